"""The case page: who reads what of a dossier, and nothing more; in a fixed number of queries."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.roles import Role
from accounts.zones import Zone
from cases import overviews, services
from cases.models import Phase, Task, TermSource
from cases.models.task import TaskStatus
from tests import factories
from tests.cases.conftest import MARKS
from tests.factories import TODAY

PAGES = ("case", "timeline")

#: Per role the zones whose marked texts show on the case page and its timeline.
SHOWS = {
    Role.KLANTMANAGER: {"contact", "programme", "benefit", "health", "learning", "attendance", "work"},
    Role.MAATSCHAPPELIJK_BEGELEIDER: {"contact", "programme", "money", "legal"},
    Role.MENTOR: {"contact", "mentoring", "volunteer"},
    Role.VRIJWILLIGERSCOORDINATOR: {"contact", "mentoring", "volunteer"},
    Role.DOCENT: {"contact", "programme", "learning", "attendance"},
    Role.STATUSHOUDER: {
        "contact", "programme", "benefit", "money", "legal", "health", "learning", "attendance", "mentoring", "work",
    },
}  # fmt: skip


@pytest.mark.parametrize("role", SHOWS)
def test_nothing_of_a_closed_zone_occurs_in_a_page(marked, sign_in, role):
    client = sign_in(getattr(marked, role.value))

    text = "".join(client.get(reverse(f"cases:{page}", args=[marked.case.number])).content.decode() for page in PAGES)

    assert {zone.value for zone in Zone if MARKS[zone] in text} == SHOWS[role]


@pytest.mark.parametrize(
    ("role", "shows"),
    [
        (Role.KLANTMANAGER, True),
        (Role.MAATSCHAPPELIJK_BEGELEIDER, True),
        (Role.DOCENT, True),
        (Role.STATUSHOUDER, True),
        (Role.MENTOR, False),
        (Role.VRIJWILLIGERSCOORDINATOR, False),
    ],
)
def test_address_shows_to_who_reads_the_programme(marked, sign_in, role, shows):
    page = sign_in(getattr(marked, role.value)).get(reverse("cases:case", args=[marked.case.number]))

    assert ("Adreslaan-merk" in page.content.decode()) is shows


@pytest.mark.parametrize("role", SHOWS)
def test_alert_shows_to_the_role_it_is_for_alone(marked, sign_in, role):
    client = sign_in(getattr(marked, role.value))

    text = "".join(client.get(reverse(f"cases:{page}", args=[marked.case.number])).content.decode() for page in PAGES)

    assert ("Vierde verzuim" in text) is (role == Role.KLANTMANAGER)


def test_statushouder_reads_that_an_alert_was_followed_up(marked, sign_in):
    services.record_follow_up(
        alert=marked.alert,
        key="7f3c1f0e-2222-4444-8888-000000000001",
        contacted_on=TODAY,
        channel="telefoon",
        agreed="Belt bij ziekte.",
        by=marked.klantmanager,
        today=TODAY,
    )

    page = sign_in(marked.statushouder).get(reverse("cases:timeline", args=[marked.case.number]))

    assert "Signaal opgevolgd: Vierde verzuim" in page.content.decode()
    assert "Signaal: Vierde" not in page.content.decode()


def test_a_mentor_reads_only_the_chosen_way_to_be_reached(marked, sign_in):
    services.edit_person(
        case=marked.case, phone="0612345678", email="persoon@prive.example", channel="telefoon", by=marked.klantmanager
    )

    mentor = sign_in(marked.mentor).get(reverse("cases:case", args=[marked.case.number])).content.decode()
    coordinator = (
        sign_in(marked.vrijwilligerscoordinator).get(reverse("cases:case", args=[marked.case.number])).content.decode()
    )

    assert "0612345678" in mentor
    assert "persoon@prive.example" not in mentor
    assert "persoon@prive.example" in coordinator


@pytest.mark.parametrize("role", [*SHOWS, Role.INSTITUUT, Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER])
def test_an_outsider_finds_nothing(marked, sign_in, role):
    client = sign_in(getattr(marked.outsider, role.value))

    for page in (*PAGES, "plan", "plan_pdf"):
        assert client.get(reverse(f"cases:{page}", args=[marked.case.number])).status_code == 404


def test_a_mentor_reads_that_the_phase_changed_and_not_which_data_did(marked, sign_in):
    services.move_phase(case=marked.case, to=Phase.INTAKE, by=marked.klantmanager, today=TODAY)
    services.change_route(case=marked.case, leerroute="b1", municipality="Leiden", by=marked.klantmanager)

    page = sign_in(marked.mentor).get(reverse("cases:timeline", args=[marked.case.number])).content.decode()

    assert "Fase: Intake" in page
    for closed in ("Leerroute", "Adres gewijzigd", "Plan van Aanpak"):
        assert closed not in page


def test_a_docent_adds_tasks_in_a_column_of_their_own(marked):
    header = overviews.case_header(marked.case, marked.docent, TODAY)

    column = overviews.who_does_what(marked.case, header, marked.docent, TODAY).columns[-1]

    assert (column.title, column.can_add, [person.name for person in column.people]) == (
        "Docent Startgroep",
        True,
        [marked.docent.name],
    )


def test_an_ended_relation_closes_the_page_that_moment(marked, sign_in):
    client = sign_in(marked.mentor)
    address = reverse("cases:case", args=[marked.case.number])
    assert client.get(address).status_code == 200

    services.release(case=marked.case, role=Role.MENTOR, by=None, today=TODAY)

    assert client.get(address).status_code == 404


def test_three_columns_with_nineteen_tasks_for_the_person_themselves(cast):
    user, case = cast.statushouder, cast.case

    header = overviews.case_header(case, user, TODAY)
    page = overviews.who_does_what(case, header, user, TODAY)

    assert [(column.title, len([t for t in column.tasks if t.pk])) for column in page.columns] == [
        ("Klantmanager", 7),  # and the valuation of the diploma
        ("VluchtelingenWerk", 7),
        ("Mentor", 6),
    ]


def test_titles_of_a_zone_read_in_summary_show_without_their_state(cast):
    Task.objects.filter(case=cast.case, template="r15").update(status=TaskStatus.AFGEROND)

    header = overviews.case_header(cast.case, cast.maatschappelijk_begeleider, TODAY)
    page = overviews.who_does_what(cast.case, header, cast.maatschappelijk_begeleider, TODAY)

    klantmanager = {task.title: task.state for task in page.columns[0].tasks}
    assert klantmanager["Beoordeelt de uitkeringsaanvraag"] == "title"
    assert [task.title for task in page.columns[2].tasks] == []


def test_names_stand_with_organisation_and_deputy(cast):
    gemeente = cast.organisations[Role.KLANTMANAGER]
    deputy = factories.make_user(Role.KLANTMANAGER, name="Vera Vervanger", organisation=gemeente)
    services.name_deputy(
        holder=cast.klantmanager, deputy=deputy, starts_on=TODAY, last_day=TODAY, by=cast.klantmanager, today=TODAY
    )

    header = overviews.case_header(cast.case, cast.klantmanager, TODAY)
    column = overviews.who_does_what(cast.case, header, cast.klantmanager, TODAY).columns[0]

    assert [(p.name, p.organisation, p.deputy) for p in column.people] == [
        (cast.klantmanager.name, "Gemeente Leiden", ""),
        ("Vera Vervanger", "Gemeente Leiden", cast.klantmanager.name),
    ]


def test_header_tells_where_the_dossier_stands(cast):
    case = cast.case
    services.move_phase(case=case, to=Phase.INTAKE, by=cast.klantmanager, today=TODAY + timedelta(days=10))
    case.refresh_from_db()
    case.goal_deadline = TODAY.replace(year=2029)
    case.legal_term_end, case.legal_term_source = TODAY.replace(year=2030), TermSource.DUO
    case.save()

    header = overviews.case_header(case, cast.klantmanager, TODAY)

    assert [(step.label, step.state, step.when) for step in header.phases[:3]] == [
        ("Aangemeld", "done", "23 nov 2026"),
        ("Intake", "now", "sinds 3 dec 2026"),
        ("Startgroep", "todo", ""),
    ]
    assert dict(header.facts) == {
        "Doeldatum": "23 november 2029 (eerst 23 november 2028)",
        "Wet, leerroute": "Wi2021",
        "Inburgeringstermijn": "t/m 23 november 2030 (DUO)",
        "Taal": "Tigrinya",
        "Woont in": "Merenwijk",
    }


def test_header_of_a_pause_keeps_the_line(cast):
    services.move_phase(case=cast.case, to=Phase.STARTGROEP, by=cast.klantmanager, today=TODAY)
    services.move_phase(case=cast.case, to=Phase.PAUZE, reason="Geboorte", by=cast.klantmanager, today=TODAY)
    cast.case.refresh_from_db()

    header = overviews.case_header(cast.case, cast.mentor, TODAY)

    assert [step.state for step in header.phases] == ["done", "done", "done", "todo", "todo", "todo"]
    assert header.badge == "Pauze, sinds 23 nov 2026"


def test_who_cannot_be_mailed_is_called_or_written_to(cast):
    case = factories.make_case(klantmanager=cast.klantmanager)

    assert overviews.case_header(case, cast.klantmanager, TODAY).write_yourself is True
    assert overviews.case_header(cast.case, cast.klantmanager, TODAY).write_yourself is False


@pytest.mark.parametrize("role", SHOWS)
def test_queries_stay_the_same_however_much_there_is(
    marked, sign_in, role, django_assert_max_num_queries, django_assert_num_queries
):
    client = sign_in(getattr(marked, role.value))
    address = reverse("cases:case", args=[marked.case.number])
    client.get(address)
    with django_assert_max_num_queries(20) as first:
        client.get(address)
    for number in range(20):
        Task.objects.create(
            case=marked.case, title=f"nog een {number}", owner_role=Role.KLANTMANAGER, zone=Zone.PROGRAMME
        )
        services.record(case=marked.case, kind="task", zone=Zone.CONTACT, text="nog een")

    with django_assert_num_queries(len(first)):
        client.get(address)


def test_a_waiting_dossier_shows_contact_and_programme_to_a_klantmanager(marked, sign_in):
    services.release(case=marked.case, role=Role.KLANTMANAGER, by=None, today=TODAY)
    client = sign_in(marked.outsider.klantmanager)

    page = client.get(reverse("cases:case", args=[marked.case.number])).content.decode()
    page += client.get(reverse("cases:timeline", args=[marked.case.number])).content.decode()

    assert {zone.value for zone in Zone if MARKS[zone] in page} == {"contact", "programme"}
    assert "Neem dit dossier op u" in page
    for address in ("plan", "plan_pdf", "edit_plan", "move_phase", "edit_person", "edit_household", "add_task"):
        assert client.get(reverse(f"cases:{address}", args=[marked.case.number])).status_code == 404
