"""A BSN or V-nummer in free text: found, sent back with all that was typed, and no other number mistaken for one."""

import importlib

import pytest
from django import forms
from django.conf import settings
from django.urls import reverse

from accounts.forms import WithoutSecretNumbers, is_free_text
from accounts.secret_numbers import BSN, V_NUMBER, secret_number_in, without_secret_number
from cases.models import PlanVanAanpak
from inburgering.forms import RollForm
from tests.test_conventions import APPS

#: Forms whose words are asked for and not kept, and the field of every search.
ONLY_ASK, SEARCH = ("Filter", "FilterForm", "SearchForm"), "q"


# 111222333, 123456782 and 012345672 pass the elfproef and belong to nobody.
@pytest.mark.parametrize(
    "text",
    [
        "111222333", "BSN 123456782.", "bsn:123456782", "zijn bsn is 123.456.782", "123 456 782", "1234-56-782", "12 34 56 782",
        "1 2 3 4 5 6 7 8 2", "123/456/782", "1234 56782", "١١١٢٢٢٣٣٣", "111\u200b222333", "111\u2011222\u2011333", "12345672", "12.345.672",
        "sofinummer 12345672", "op 23-11-2026 belde 111222333", "111222333 op 23-11-2026", "(111222333)", "klantnummer 123456782",
        "geboren 1-2-1990, 123456782", "tel 06-12345678 bsn 123456782",
    ],
)  # fmt: skip
def test_a_bsn_is_found(text):
    assert secret_number_in(text) == BSN


@pytest.mark.parametrize(
    "text",
    [
        "1234567890", "V-nummer 1234567890", "v1234567890", "V 1234567890", "V-NR. 0987654321", "VNR 0987654321", "Vnr:1234567890",
        "het V-nummer is 1234567890", "vreemdelingennummer 12 34 56 78 90", "V-nummer: 123 456 7890", "IND-nummer 1234567890",
        "Zie 2801234567 van de IND",
    ],
)  # fmt: skip
def test_a_v_nummer_is_found(text):
    assert secret_number_in(text) == V_NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "", "111222334", "000000000", "06 00 00 00 00", "0612345678", "06-12345672", "06 12 34 56 72", "071-5165165", "071 516 51 65",
        "+31 612345672", "+31612345672", "0031 6 12345672", "+31 (0)6 12345672", "JAS-2026-0042", "JAS-2026-00042", "L2200001",
        "L123456782", "25-04-2022", "2022-04-25 00:00:00", "25042022", "20220425", "23-11-2026 10:30", "23-11-2026 9 uur",
        "van 9.00-12.00 en 13.00-16.00", "2312 AB", "Breestraat 123, 2311 CJ Leiden", "€ 1.234,56", "1.000.000", "€ 100.000.000",
        "NL91 ABNA 0417 1643 00", "NL91ABNA0417164300", "zaaknummer 2026001234", "kenmerk: 2026001234", "KvK 12345672", "KvK-nummer 12345672",
        "deelnemer123456782@post.example", "https://voorbeeld.example/bericht/1234567890", "11122233301", "4 x 15 minuten in week 47",
        "2026/2027", "maandag 9-12, dinsdag 13-16, 24 plaatsen",
    ],
)  # fmt: skip
def test_other_numbers_are_left_alone(text):
    assert secret_number_in(text) == ""


def test_a_field_for_another_number_takes_eight_and_ten_digits():
    assert secret_number_in("12345672", is_number=True) == ""
    assert secret_number_in("1234567890", is_number=True) == ""
    assert secret_number_in("bsn 12345672", is_number=True) == BSN
    assert secret_number_in("123456782", is_number=True) == BSN
    assert secret_number_in("V1234567890", is_number=True) == V_NUMBER


def test_what_is_kept_beside_a_text_does_not_hold_the_number():
    assert without_secret_number("Selam") == "Selam"
    assert without_secret_number("111222333") == "•••"


def every_form():
    """Each form class of the portal, that of other packages left out."""
    for package in (*APPS, "jas_portal"):
        root = settings.BASE_DIR / package
        for path in root.rglob("*forms*.py"):
            importlib.import_module(".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts))
    waiting, found = [forms.BaseForm], set()
    while waiting:
        for form in waiting.pop().__subclasses__():
            waiting.append(form)
            if form.__module__.split(".")[0] in (*APPS, "jas_portal"):
                found.add(form)
    return sorted(found, key=lambda form: (form.__module__, form.__qualname__))


def test_every_form_whose_words_are_kept_guards_them():
    unguarded = {
        f"{form.__module__}.{form.__qualname__}: {name}"
        for form in every_form()
        if not issubclass(form, WithoutSecretNumbers) and not form.__name__.endswith(ONLY_ASK)
        for name, field in form.base_fields.items()
        # A code of the second factor or of a mail is digits by nature.
        if is_free_text(name, field)
        and name != SEARCH
        and not (form.__module__ == "accounts.sign_in_forms" and name in ("code", "login"))
    }
    assert unguarded == set()


def test_every_free_text_of_every_form_is_refused_with_a_bsn():
    checked = 0
    for form in every_form():
        if not issubclass(form, WithoutSecretNumbers):
            continue

        # Only what guards, without what a form asks for to be made.
        class Bare(WithoutSecretNumbers, forms.Form):
            other_numbers = form.other_numbers

        Bare.base_fields = {name: field for name, field in form.base_fields.items() if is_free_text(name, field)}
        for name in Bare.base_fields:
            bound = Bare({name: "bsn 111222333"})
            assert bound.errors.get(name), f"{form.__qualname__}.{name}"
            assert bound[name].value() == "bsn 111222333"
            checked += 1
    assert checked > 40


def test_a_field_that_a_form_adds_by_itself_is_guarded():
    class Grown(WithoutSecretNumbers, forms.Form):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.fields["remark_1"] = forms.CharField(required=False)
            self.fields["phone"] = forms.CharField(required=False)

    form = Grown({"remark_1": "V-nummer 1234567890", "phone": "123456782"})

    assert list(form.errors) == ["remark_1"]
    assert "V-nummer" in form.errors["remark_1"][0]


def test_a_plan_with_a_bsn_is_sent_back_and_nothing_typed_is_lost(cast, sign_in):
    client = sign_in(cast.klantmanager)
    address = reverse("cases:edit_plan", args=[cast.case.number])
    page = client.get(address).content.decode()
    data = {name: "" for name in client.get(address).context["form"].fields} | {
        "revision": 0,
        "goal_text": "Werk in de zorg, bsn 111222333",
        "wishes": "Een opleiding in de avond",
    }

    answer = client.post(address, data)

    assert answer.status_code in (200, 422)
    text = answer.content.decode()
    assert "kan zijn. Het portaal bewaart geen BSN" in text
    assert "Werk in de zorg, bsn 111222333" in text
    assert "Een opleiding in de avond" in text
    assert "111222333" not in page
    assert not PlanVanAanpak.objects.filter(wishes__contains="avond")


def test_the_remark_of_a_roll_is_guarded(cast):
    class Participant:
        pk = 7
        case = cast.case

    form = RollForm({"status_7": "aanwezig", "remark_7": "bsn 111222333"}, participants=[Participant], marks={})

    assert "remark_7" in form.errors
