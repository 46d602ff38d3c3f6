"""What nobody types and somebody sends: NUL, numbers beyond every database, days beyond every calendar."""

import pytest
from django.urls import reverse

from accounts.forms import DayField
from cases.models import Case, Phase
from tests.factories import TODAY


@pytest.mark.parametrize("number", ["%00", "JAS-2026-0001%00", "%F0%9F%98%80", "A" * 21, "%0d%0aX-Merk:1"])
@pytest.mark.parametrize("tail", ["", "tijdlijn/", "plan/", "plan/pdf/", "overdragen/"])
def test_what_is_no_dossier_number_is_no_address(cast, sign_in, number, tail):
    answer = sign_in(cast.klantmanager).get(f"/dossiers/{number}/{tail}")

    assert answer.status_code == 404
    assert "X-Merk" not in answer.headers


@pytest.mark.parametrize("address", ["/inburgering/dossiers/%00/leren/", "/mentoren/dossier/%00/"])
def test_nor_is_it_one_of_the_apps_above(cast, sign_in, address):
    assert sign_in(cast.klantmanager).get(address).status_code == 404


@pytest.mark.parametrize("page", ["9" * 30, "9" * 5000, "0", "-1", "²", "٣", "\x00", "1e9"])
@pytest.mark.parametrize("name", ["list", "alerts", "unassigned"])
def test_a_page_that_cannot_be_is_another_page(cast, sign_in, name, page):
    assert sign_in(cast.klantmanager).get(reverse(f"cases:{name}"), {"page": page}).status_code == 200


@pytest.mark.parametrize("field", ["q", "phase", "sort", "municipality"])
def test_nul_in_a_filter_finds_what_no_filter_finds(cast, sign_in, field):
    page = sign_in(cast.klantmanager).get(reverse("cases:list"), {field: "a\x00b"})

    assert page.status_code == 200
    assert cast.case.number in page.content.decode()


def test_nul_among_the_chosen_dossiers_chooses_nothing(cast, sign_in):
    data = {"case": ["\x00", "JAS\x00"], "to": cast.outsider.klantmanager.pk}
    answer = sign_in(cast.klantmanager).post(reverse("cases:hand_over_several"), data)

    assert answer.url == f"{reverse('cases:list')}?overdragen=1"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1899-12-31", "2101-01-01"])
def test_a_day_outside_this_century_is_asked_again(cast, sign_in, day):
    data = {
        "full_name": "Selam", "preferred_name": "Selam", "programme_start": day, "legal_regime": "wi2021",
        "group": "asielstatushouder", "leerroute": "onbekend", "pip_date": day,
    }  # fmt: skip
    answer = sign_in(cast.klantmanager).post(reverse("cases:open_case"), data)

    assert answer.status_code == 200
    assert "Klopt het jaar?" in answer.content.decode()
    assert Case.objects.filter(phase=Phase.AANGEMELD).count() == 1


def test_a_day_of_this_century_is_taken(db):
    assert DayField().clean(TODAY.isoformat()) == TODAY
    assert DayField(required=False).clean("") is None
