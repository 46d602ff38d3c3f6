"""The Plan van Aanpak: two people at once, agreements, versions that never change, and who reads what."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from accounts.rules import RuleBroken
from cases import overviews, services
from cases.models import Agreement, JournalKind, PlanVanAanpak, PlanVersion, Task, TaskStatus
from cases.plan_content import read
from cases.services.plan import PLAN_FIELDS
from notifications.models import Notification
from tests import factories
from tests.factories import TODAY


@pytest.fixture
def planned(cast):
    """The cast's dossier with a plan that can be established."""
    services.edit_plan(
        case=cast.case,
        revision=0,
        main_goal="werk",
        goal_text="Werken in de zorg",
        wishes="Een opleiding",
        evaluate_on=TODAY + timedelta(days=90),
        by=cast.klantmanager,
    )
    services.add_agreement(
        case=cast.case,
        party=Role.STATUSHOUDER,
        what="Gaat naar de cursus",
        by_when=date(2026, 12, 1),
        by=cast.klantmanager,
    )
    return cast


def establish(cast, **changes):
    fields = {"agreed_on": TODAY, "by": cast.klantmanager, "today": TODAY, **changes}
    return services.establish_plan(case=cast.case, **fields)


def lines(case):
    return list(case.journal.filter(kind=JournalKind.PLAN).order_by("pk").values_list("text", flat=True))


# --- The living plan ---------------------------------------------------------------------------------


def test_the_same_again_writes_nothing(planned):
    services.edit_plan(case=planned.case, revision=2, main_goal="werk", by=planned.klantmanager)

    assert PlanVanAanpak.objects.get().revision == 2
    assert lines(planned.case) == ["Plan van Aanpak gewijzigd", "Afspraak toegevoegd"]


def test_reading_a_plan_makes_none(cast, sign_in):
    answer = sign_in(cast.klantmanager).get(reverse("cases:plan", args=[cast.case.number]))

    assert answer.status_code == 200
    assert not PlanVanAanpak.objects.exists()


def test_an_old_revision_writes_nothing(planned):
    with pytest.raises(services.PlanChanged, match=planned.klantmanager.name):
        services.edit_plan(case=planned.case, revision=0, wishes="Iets anders", by=planned.klantmanager)

    assert PlanVanAanpak.objects.get().wishes == "Een opleiding"


def sent(cast, **changes):
    """What a browser sends that opened the form now: values, what they were, and the revision."""
    plan = PlanVanAanpak.objects.get(case=cast.case)
    data = {"revision": plan.revision}
    for name in PLAN_FIELDS:
        value = getattr(plan, name)
        data[name] = data[f"initial-{name}"] = "" if value is None else str(value)
    return data | changes


def test_two_at_once_the_second_sees_both_texts_and_loses_nothing(planned, sign_in):
    client, address = sign_in(planned.klantmanager), reverse("cases:edit_plan", args=[planned.case.number])
    second = sent(planned, wishes="Mijn tekst", obstacles="Nieuw bij mij")
    client.post(address, sent(planned, wishes="Tekst van de ander"))

    answer = client.post(address, second)

    page = answer.content.decode()
    assert "Tekst van de ander" in page
    assert "Mijn tekst" in page
    assert "Nieuw bij mij" in page
    assert "intussen ook gewijzigd" in page
    assert PlanVanAanpak.objects.get().wishes == "Tekst van de ander"

    # Saving again, having seen both, is a decision.
    form = answer.context["form"]
    again = {name: form[name].value() for name in form.fields} | {
        f"initial-{name}": form.data[f"initial-{name}"] for name in PLAN_FIELDS
    }
    assert client.post(address, {name: value or "" for name, value in again.items()}).status_code == 302
    plan = PlanVanAanpak.objects.get()
    assert (plan.wishes, plan.obstacles) == ("Mijn tekst", "Nieuw bij mij")


def test_a_review_on_a_day_that_has_been_is_refused_unless_it_stood_there(planned, sign_in):
    client, address = sign_in(planned.klantmanager), reverse("cases:edit_plan", args=[planned.case.number])
    answer = client.post(address, sent(planned, evaluate_on="2020-01-01", wishes="Blijft staan"))
    assert answer.context["form"].errors == {"evaluate_on": ["Deze dag is al voorbij. Kies vandaag of later."]}
    assert "Blijft staan" in answer.content.decode()

    PlanVanAanpak.objects.update(evaluate_on=TODAY - timedelta(days=9))
    assert client.post(address, sent(planned, wishes="Werk in een keuken")).status_code == 302


def test_two_at_once_in_different_sections_are_both_kept(planned, sign_in):
    client, address = sign_in(planned.klantmanager), reverse("cases:edit_plan", args=[planned.case.number])
    second = sent(planned, obstacles="Van de tweede")
    client.post(address, sent(planned, wishes="Van de eerste"))

    answer = client.post(address, second)

    plan = PlanVanAanpak.objects.get()
    assert answer.status_code == 302
    assert (plan.wishes, plan.obstacles) == ("Van de eerste", "Van de tweede")


# --- Agreements --------------------------------------------------------------------------------------


def test_an_agreement_is_made_changed_done_and_taken_out(planned, sign_in):
    client, number = sign_in(planned.klantmanager), planned.case.number
    key = "7f3c1f0e-2222-4444-8888-000000000002"
    made = {"key": key, "party": "klantmanager", "what": "Belt het instituut", "by_when": "2026-12-24"}

    for _twice in range(2):
        client.post(reverse("cases:add_agreement", args=[number]), made)
    agreement = Agreement.objects.get(key=key)
    client.post(reverse("cases:change_agreement", args=[agreement.pk]), made | {"what": "Mailt het instituut"})
    for _twice in range(2):
        client.post(reverse("cases:tick_agreement", args=[agreement.pk]), {"done": "1"})
    agreement.refresh_from_db()

    assert (agreement.what, agreement.party) == ("Mailt het instituut", "klantmanager")
    assert agreement.done_on is not None
    for _twice in range(2):
        client.post(reverse("cases:delete_agreement", args=[agreement.pk]))
    assert not Agreement.objects.filter(key=key).exists()
    assert lines(planned.case)[2:] == [
        "Afspraak toegevoegd",
        "Afspraak gewijzigd",
        "Afspraak gedaan",
        "Afspraak verwijderd",
    ]


@pytest.mark.parametrize("name", ["change_agreement", "tick_agreement", "delete_agreement"])
def test_agreements_of_another_dossier_are_not_found(planned, sign_in, name):
    agreement = Agreement.objects.get()

    for user in (planned.outsider.klantmanager, planned.maatschappelijk_begeleider, planned.statushouder):
        assert sign_in(user).post(reverse(f"cases:{name}", args=[agreement.pk])).status_code == 404
    assert Agreement.objects.get() == agreement


# --- Establishing ------------------------------------------------------------------------------------


def test_establish_freezes_completes_and_tells(planned):
    versions = [establish(planned) for _twice in range(2)]

    assert versions[0] == versions[1]
    assert versions[0].number == 1
    assert Task.objects.get(case=planned.case, template="r17").status == TaskStatus.AFGEROND
    assert lines(planned.case)[-1] == "Plan van Aanpak, versie 1 vastgesteld"
    (message,) = Notification.objects.filter(kind="plan_established")
    assert message.user == planned.statushouder
    assert "Tekle" not in message.subject + message.body


def test_a_version_keeps_what_the_plan_was(planned):
    services.edit_household(case=planned.case, text="Met een dochter", by=planned.klantmanager)
    establish(planned)
    services.edit_plan(case=planned.case, revision=2, wishes="Nu iets anders", by=planned.klantmanager)
    services.delete_agreement(agreement=Agreement.objects.get(), by=planned.klantmanager)
    services.hand_over(case=planned.case, to=planned.outsider.klantmanager, by=planned.klantmanager, today=TODAY)

    content = read(PlanVersion.objects.get().content)

    assert (content.main_goal, content.goal_text, content.household) == (
        "Betaald werk",
        "Werken in de zorg",
        "Met een dochter",
    )
    assert [section.text for section in content.sections] == ["", "Een opleiding", "", "", ""]
    assert [(row.party_label, row.what, row.by_when_words) for row in content.agreements] == [
        ("Statushouder", "Gaat naar de cursus", "1 december 2026")
    ]
    assert [person["name"] for person in content.people] == [
        planned.klantmanager.name,
        planned.maatschappelijk_begeleider.name,
    ]
    assert content.deadlines == [("Doeldatum van het programma", "23 november 2028")]


def test_an_established_version_never_changes(planned):
    version = establish(planned)
    version.number = 9

    with pytest.raises(RuleBroken):
        version.save()


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [({"main_goal": ""}, "het doel"), ({"evaluate_on": None}, "weer bespreekt"), ("agreement", "een afspraak")],
)
def test_what_lacks_is_named(planned, missing, sentence):
    if missing == "agreement":
        services.delete_agreement(agreement=Agreement.objects.get(), by=planned.klantmanager)
    else:
        services.edit_plan(case=planned.case, revision=2, **missing, by=planned.klantmanager)

    with pytest.raises(RuleBroken, match=sentence):
        establish(planned)

    assert not PlanVersion.objects.exists()
    assert Task.objects.get(case=planned.case, template="r17").status == TaskStatus.OPEN


def test_a_plan_that_changed_under_ones_eyes_is_read_again(planned):
    services.edit_plan(case=planned.case, revision=2, wishes="Anders", by=planned.klantmanager)

    with pytest.raises(RuleBroken, match="intussen gewijzigd"):
        establish(planned, revision=2)
    with pytest.raises(RuleBroken, match="toekomst"):
        establish(planned, agreed_on=TODAY + timedelta(days=1))


def test_the_next_version_and_what_it_changed(planned, sign_in):
    establish(planned)
    services.edit_plan(case=planned.case, revision=2, wishes="Een opleiding in de zorg", by=planned.klantmanager)
    services.tick_agreement(agreement=Agreement.objects.get(), done=True, by=planned.klantmanager, today=TODAY)
    version = establish(planned)

    page = overviews.version_page(version)

    assert (page.number, page.previous, page.latest) == (2, 1, 2)
    found = {
        difference.label: [(piece.text, piece.kind) for piece in difference.pieces] for difference in page.differences
    }
    assert found["Wensen"] == [("Een opleiding", "same"), (" in de zorg", "new")]
    assert found["Afspraak"][-1] == (", gedaan op 23 november 2026", "new")
    html = sign_in(planned.klantmanager).get(reverse("cases:plan_version", args=[planned.case.number, 2]))
    assert "Wat is anders dan in versie 1" in html.content.decode()


def test_plan_to_version_in_the_browser_words(planned, sign_in):
    client, number = sign_in(planned.klantmanager), planned.case.number
    page = client.get(reverse("cases:establish_plan", args=[number]))
    revision = page.context["form"].initial["revision"]

    answer = client.post(
        reverse("cases:establish_plan", args=[number]),
        {
            "agreed_on": timezone.localdate().isoformat(),
            "language_used": "ti",
            "interpreter_present": "on",
            "revision": revision,
        },
    )

    assert answer.url == f"/dossiers/{number}/plan/versies/1/"
    shown = client.get(answer.url).content.decode()
    assert "Tigrinya, met tolk" in shown


# --- Who reads what ------------------------------------------------------------------------------------


def test_vluchtelingenwerk_reads_its_own_agreements_and_nothing_else(marked, sign_in):
    page = sign_in(marked.maatschappelijk_begeleider).get(reverse("cases:plan", args=[marked.case.number]))

    text = page.content.decode()
    assert "afspraak-vwn-merk" in text
    for closed in ("afspraak-gemeente-merk", "plandoel-merk", "huishouden-merk", "Betaald werk"):
        assert closed not in text


def test_the_person_reads_the_whole_plan_in_easy_words(marked, sign_in):
    text = sign_in(marked.statushouder).get(reverse("cases:my_plan")).content.decode()

    for open_text in ("afspraak-vwn-merk", "afspraak-gemeente-merk", "plandoel-merk", "huishouden-merk", "Wat u wilt"):
        assert open_text in text


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.KLANTMANAGER, 200),
        (Role.STATUSHOUDER, 200),
        (Role.MAATSCHAPPELIJK_BEGELEIDER, 404),
        (Role.MENTOR, 404),
        (Role.VRIJWILLIGERSCOORDINATOR, 404),
        (Role.DOCENT, 404),
    ],
)
def test_who_reads_the_versions(planned, sign_in, role, status):
    services.assign(case=planned.case, role=Role.MENTOR, user=planned.mentor, by=None, today=TODAY)
    services.assign(
        case=planned.case, role=Role.VRIJWILLIGERSCOORDINATOR, organisation=planned.vrijwilligers, by=None, today=TODAY
    )
    establish(planned)
    client = sign_in(getattr(planned, role.value))

    for name in ("plan_version", "plan_version_pdf"):
        assert client.get(reverse(f"cases:{name}", args=[planned.case.number, 1])).status_code == status
    assert client.get(reverse("cases:plan_version", args=[planned.case.number, 2])).status_code == 404


def test_plan_pages_cost_the_same_with_more_versions(planned, sign_in, django_assert_num_queries):
    client, number = sign_in(planned.klantmanager), planned.case.number
    establish(planned)
    addresses = [reverse("cases:plan", args=[number]), reverse("cases:plan_version", args=[number, 1])]
    counts = []
    for address in addresses:
        client.get(address)
        with CaptureQueriesContext(connection) as count:
            client.get(address)
        counts.append(len(count))
    for turn in range(3):
        plan = PlanVanAanpak.objects.get()
        services.edit_plan(case=planned.case, revision=plan.revision, wishes=f"{turn}", by=planned.klantmanager)
        establish(planned)

    for address, number_of_queries in zip(addresses, counts, strict=True):
        with django_assert_num_queries(number_of_queries):
            client.get(address)


def test_a_plan_belongs_to_one_dossier(planned, sign_in):
    other = factories.make_case(klantmanager=planned.outsider.klantmanager)
    establish(planned)

    assert sign_in(planned.outsider.klantmanager).get(
        reverse("cases:plan_version", args=[other.number, 1])
    ).status_code == 404  # fmt: skip
