"""The pages of Startgroep, institutes and enrolments: who may, what they show, and what they ask of the database."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Organisation, User
from accounts.roles import Role
from cases import services as cases
from cases.models import Case
from inburgering import services
from inburgering.models import (
    Enrolment,
    EnrolmentStatus,
    Institute,
    SessionAttendance,
    Startgroep,
    StartgroepParticipant,
)
from inburgering.overviews import docent_home, institute_home
from tests import factories
from tests.factories import TODAY

START = date(2026, 11, 2)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(f"{TODAY}T12:00:00+01:00", tick=False):
        yield


def plan(cast, code="Startgroep 7", start_on=START, **fields):
    fields = {"docent": cast.docent, "intake_on": start_on - timedelta(days=3), "capacity": 40, **fields}
    return services.plan_startgroep(
        code=code, start_on=start_on, pattern="2_per_week", weekdays=[0, 3], starts_at=time(9, 30), ends_at=time(12),
        location="Stadhuis", by=cast.klantmanager, today=start_on - timedelta(days=10), **fields,
    )  # fmt: skip


def join(cast, group, case=None):
    return services.add_participant(
        startgroep=group, case=case or cast.case, by=cast.klantmanager, today=START - timedelta(days=4)
    )


@pytest.fixture
def group(cast):
    """A group in its fourth week with the cast's person in it."""
    group = plan(cast)
    join(cast, group)
    return group


def queries_of(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(url)
    assert answer.status_code == 200
    return len(caught)


PAGES = {
    "startgroepen": {"docent", "klantmanager"},
    "plan_startgroep": {"docent", "klantmanager"},
    "institutes": {
        "docent", "klantmanager", "maatschappelijk_begeleider", "statushouder", "functioneel_beheerder",
    },
    "add_institute": {"functioneel_beheerder"},
    "enrolments": {"instituut"},
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_pages_without_an_id_open_for_their_roles(sign_in, cast, name):
    for role in Role:
        answer = sign_in(getattr(cast, role.value)).get(reverse(f"inburgering:{name}"))
        assert answer.status_code == (200 if role.value in PAGES[name] else 403), role


def test_pages_with_an_id_are_404_for_who_has_nothing_to_do_with_it(sign_in, cast, group, enrolment):
    participant, session = group.participants.get(), group.sessions.order_by("on").first()
    own = {
        ("startgroep", group.pk): {"docent", "klantmanager"},
        ("add_participant", group.pk): {"docent", "klantmanager"},
        ("finish_startgroep", group.pk): {"docent", "klantmanager"},
        ("remove_participant", participant.pk): {"docent", "klantmanager"},
        ("move_session", session.pk): {"docent", "klantmanager"},
        ("cancel_session", session.pk): {"docent", "klantmanager"},
        ("call_roll", session.pk): {"docent"},
        ("institute", cast.institute.pk): PAGES["institutes"] | {"instituut"},
        ("edit_institute", cast.institute.pk): {"instituut", "functioneel_beheerder"},
        ("enrolment", enrolment.pk): {"instituut", "docent", "klantmanager"},
        ("enrol", cast.case.number): {"docent", "klantmanager"},
    }
    #: An outsider of these roles may come here too: all groups for a klantmanager, institutes are no secret.
    shared = {
        "startgroep": {"klantmanager"}, "add_participant": {"klantmanager"}, "finish_startgroep": {"klantmanager"},
        "move_session": {"klantmanager"}, "cancel_session": {"klantmanager"},
        "institute": PAGES["institutes"], "edit_institute": {"functioneel_beheerder"},
    }  # fmt: skip
    wrong = []
    for (name, pk), roles in own.items():
        url = reverse(f"inburgering:{name}", args=[pk])
        for people, allowed in ((cast, roles), (cast.outsider, shared.get(name, set()))):
            for role in Role:
                code = sign_in(getattr(people, role.value)).get(url).status_code
                if code != (200 if role.value in allowed else 404):
                    wrong.append((name, people is cast, role.value, code))
    assert wrong == []


def test_plan_startgroep_from_the_page(sign_in, cast):
    client = sign_in(cast.klantmanager)
    data = {
        "code": "Startgroep 8", "docent": cast.docent.pk, "intake_on": "2026-12-03", "start_on": "2026-12-07",
        "weeks": "6", "pattern": "2_per_week", "weekdays": ["0", "3"], "starts_at": "09:30", "ends_at": "12:00",
        "location": "", "capacity": "12",
    }  # fmt: skip
    url = reverse("inburgering:plan_startgroep")
    assert "Kies twee lesdagen." in client.post(url, data | {"weekdays": ["0"]}).content.decode()
    assert "Vóór" in client.post(url, data | {"intake_on": "2026-12-07"}).content.decode()
    answer = client.post(url, data)
    group = Startgroep.objects.get()
    assert answer.url == group.get_absolute_url()
    assert group.sessions.count() == 13
    assert group.weekdays == [0, 3]
    # Christmas Eve is a working day; the Monday after Christmas too; nothing was moved.
    page = client.get(answer.url).content.decode()
    assert "Groepsintake" in page
    assert "Nog geen deelnemers" in page


def test_holidays_are_pointed_out_on_the_page_of_the_group(sign_in, cast):
    group = plan(cast, start_on=date(2027, 3, 22))
    page = sign_in(cast.docent).get(group.get_absolute_url()).content.decode()
    assert "29 maart 2027" in page  # Easter Monday
    assert "Feestdag of weekend" in page


def test_add_participant_searches_and_adds(sign_in, cast, group):
    case = factories.make_case(klantmanager=cast.klantmanager, full_name="Zerai Habtom")
    factories.make_case(klantmanager=cast.outsider.klantmanager, full_name="Zerai Elders")
    client = sign_in(cast.klantmanager)
    url = reverse("inburgering:add_participant", args=[group.pk])
    page = client.get(url, {"q": "zerai"}).content.decode()
    assert "Zerai Habtom" in page
    assert "Zerai Elders" not in page
    assert "Selam Tekle" not in client.get(url).content.decode()  # already in it
    answer = client.post(url, {"number": case.number}, follow=True)
    assert "bel of schrijf zelf" in answer.content.decode().lower()
    assert StartgroepParticipant.objects.filter(case=case).exists()


def test_add_participant_does_not_take_somebody_elses_dossier(sign_in, cast, group):
    case = factories.make_case(klantmanager=cast.outsider.klantmanager)
    url = reverse("inburgering:add_participant", args=[group.pk])
    assert sign_in(cast.klantmanager).post(url, {"number": case.number}).status_code == 404


def test_a_klantmanager_sees_the_others_of_a_group_as_a_number(sign_in, cast, group):
    join(cast, group, factories.make_case(klantmanager=cast.outsider.klantmanager, full_name="Onbekende Ander"))
    page = sign_in(cast.klantmanager).get(group.get_absolute_url()).content.decode()
    assert "Selam Tekle" in page
    assert "Onbekende Ander" not in page
    assert "En 1 deelnemer uit een dossier dat u niet ziet." in page


def roll(client, session, status, seen_at=""):
    data = {"seen_at": seen_at}
    for participant in session.startgroep.participants.all():
        data |= {f"status_{participant.pk}": status, f"remark_{participant.pk}": ""}
    return client.post(reverse("inburgering:call_roll", args=[session.pk]), data)


def test_call_roll_fills_only_on_demand_and_saves_only_on_save(sign_in, cast, group):
    client, session = sign_in(cast.docent), group.sessions.get(on=TODAY)
    url = reverse("inburgering:call_roll", args=[session.pk])
    assert "checked" not in client.get(url).content.decode()
    assert client.get(url, {"vul": "aanwezig"}).content.decode().count("checked") == 1
    assert not SessionAttendance.objects.exists()
    assert "Kies of deze persoon er was." in roll(client, session, "").content.decode()
    assert roll(client, session, "aanwezig").url == group.get_absolute_url()
    assert SessionAttendance.objects.get().status == "aanwezig"
    page = client.get(group.get_absolute_url()).content.decode()
    assert "1 aanwezig, 7 niet opgenomen" in page


def test_call_roll_after_somebody_else_shows_what_stands_there_and_then_replaces_it(sign_in, cast, group):
    client, session = sign_in(cast.docent), group.sessions.get(on=TODAY)
    roll(client, session, "aanwezig")
    answer = roll(client, session, "afwezig")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "intussen opgenomen" in page
    assert "Nu staat er: Aanwezig" in page
    session.refresh_from_db()
    assert session.roll_called_at.isoformat() in page
    assert SessionAttendance.objects.get().status == "aanwezig"
    assert roll(client, session, "afwezig", seen_at=session.roll_called_at.isoformat()).status_code == 302
    assert SessionAttendance.objects.get().status == "afwezig"


@pytest.mark.parametrize("moment", ["2026-13-45T99:99", "gisteren", "\x00", "9" * 5000])
def test_call_roll_with_a_moment_that_cannot_be(sign_in, cast, group, moment):
    client, session = sign_in(cast.docent), group.sessions.get(on=TODAY)
    assert roll(client, session, "aanwezig").status_code == 302
    assert roll(client, session, "afwezig", seen_at=moment).status_code == 200
    assert SessionAttendance.objects.get().status == "aanwezig"


def test_call_roll_without_whom_the_docent_sees_no_longer(sign_in, cast, group):
    gone = factories.make_case(klantmanager=cast.klantmanager, full_name="Vertrokken Persoon")
    join(cast, group, gone)
    session = group.sessions.get(on=TODAY)
    client, url = sign_in(cast.docent), reverse("inburgering:call_roll", args=[session.pk])
    roll(client, session, "aanwezig")
    assert "Vertrokken Persoon" in client.get(url).content.decode()
    cases.release(case=gone, role=Role.DOCENT, by=None, today=TODAY)

    assert "Vertrokken Persoon" not in client.get(url).content.decode()
    session.refresh_from_db()
    assert roll(client, session, "afwezig", seen_at=session.roll_called_at.isoformat()).status_code == 302
    marks = {row.participant.case: row.status for row in SessionAttendance.objects.all()}
    assert marks == {cast.case: "afwezig", gone: "aanwezig"}


def test_call_roll_of_a_coming_session_has_no_page(sign_in, cast, group):
    session = group.sessions.order_by("on").last()
    assert roll(sign_in(cast.docent), session, "aanwezig").status_code == 404


def test_move_cancel_and_finish_from_the_page(sign_in, cast, group):
    client, session = sign_in(cast.docent), group.sessions.get(on=date(2026, 11, 26))
    answer = client.post(
        reverse("inburgering:move_session", args=[session.pk]),
        {"on": "2026-11-27", "starts_at": "10:00", "ends_at": "12:00"},
    )
    assert answer.url == group.get_absolute_url()
    client.post(reverse("inburgering:cancel_session", args=[session.pk]))
    session.refresh_from_db()
    assert (session.on, session.cancelled_at is not None) == (date(2026, 11, 27), True)
    page = client.post(reverse("inburgering:finish_startgroep", args=[group.pk]), follow=True).content.decode()
    assert "De laatste bijeenkomst is nog niet geweest." in page


def test_enrol_shows_how_much_room_there_is(sign_in, cast):
    client = sign_in(cast.docent)
    url = reverse("inburgering:enrol", args=[cast.case.number])
    assert "Instituut Rijnland: 20 plaatsen vrij van 20, 0 wachten" in client.get(url).content.decode()
    answer = client.post(url, {"institute": cast.institute.pk, "appointment_on": "2026-11-25"})
    assert answer.url == Enrolment.objects.get().get_absolute_url()
    assert "Resultaat verzonden" in client.get(answer.url).content.decode()


def test_a_step_from_the_page_and_the_waiting_list_told(sign_in, cast):
    enrolment = factories.make_enrolment(
        case=cast.case, institute=cast.institute, status=EnrolmentStatus.RESULTAAT_VERZONDEN
    )
    Institute.objects.filter(pk=cast.institute.pk).update(capacity=0)
    client = sign_in(cast.instituut)
    url = reverse("inburgering:advance_enrolment", args=[enrolment.pk, "plaatsen"])
    page = client.post(url, {"on": "2026-11-23", "lessons_per_week": "2"}, follow=True).content.decode()
    assert "Alle plaatsen zijn bezet: deze persoon staat nu op de wachtlijst." in page
    assert "plaats 1 op de wachtlijst" in page
    assert "2 lessen per week" in page


def test_a_step_that_passed_leads_back(sign_in, cast, enrolment):
    url = reverse("inburgering:advance_enrolment", args=[enrolment.pk, "plaatsen"])
    assert sign_in(cast.instituut).get(url).url == enrolment.get_absolute_url()
    url = reverse("inburgering:advance_enrolment", args=[enrolment.pk, "bestaat-niet"])
    assert sign_in(cast.instituut).get(url).status_code == 404


def test_an_institute_keeps_its_own_numbers_and_nothing_else(sign_in, cast):
    client = sign_in(cast.instituut)
    Institute.objects.update(as_of=date(2026, 1, 1))
    url = reverse("inburgering:edit_institute", args=[cast.institute.pk])
    client.post(url, {"capacity": "25", "expected_wait_weeks": "4", "name": "Gekaapt", "contracted": ""})
    institute = Institute.objects.get(pk=cast.institute.pk)
    assert (institute.capacity, institute.expected_wait_weeks, institute.as_of) == (25, 4, TODAY)
    assert (institute.contracted, institute.organisation.name) == (True, "Instituut Rijnland")
    other = Institute.objects.get(pk=cast.other_institute.pk)
    assert other.as_of == date(2026, 1, 1)


def test_the_beheerder_adds_and_edits_institutes(sign_in, cast):
    client = sign_in(cast.functioneel_beheerder)
    data = {"name": "Talencentrum", "capacity": "8", "expected_wait_weeks": "12", "contracted": "on"}
    url = reverse("inburgering:add_institute")
    client.post(url, data)
    assert "Dit instituut staat er al." in client.post(url, data).content.decode()
    institute = Institute.objects.get(organisation__name="Talencentrum")
    client.post(
        reverse("inburgering:edit_institute", args=[institute.pk]),
        {"name": "Academisch talencentrum", "capacity": "6", "expected_wait_weeks": "20"},
    )
    institute.refresh_from_db()
    assert (institute.capacity, institute.contracted) == (6, False)
    assert Organisation.objects.filter(name="Academisch talencentrum").count() == 1


def test_names_on_a_waiting_list_are_for_who_sees_the_dossier(sign_in, cast, enrolment):
    Enrolment.objects.update(status=EnrolmentStatus.WACHTLIJST, waitlist_since=TODAY)
    url = cast.institute.get_absolute_url()
    for user, sees in ((cast.klantmanager, True), (cast.outsider.klantmanager, False)):
        page = sign_in(user).get(url).content.decode()
        assert ("Selam Tekle" in page) is sees
        assert ("1 persoon wacht uit een dossier dat u niet ziet." in page) is not sees


@pytest.mark.parametrize(
    ("query", "found"),
    [({"q": "groep 8"}, {"Startgroep 8"}), ({"state": "gepland"}, {"Startgroep 8"}), ({"q": "zzz"}, set())],
)
def test_search_and_filter_of_startgroepen(sign_in, cast, group, query, found):
    User.objects.filter(pk=cast.docent.pk).update(name="Nadia Amrani")  # no number that a search may find
    plan(cast, "Startgroep 8", date(2027, 1, 4))
    page = sign_in(cast.docent).get(reverse("inburgering:startgroepen"), query).content.decode()
    assert {name for name in ("Startgroep 7", "Startgroep 8") if f">{name}</a>" in page} == found


def test_lists_order_and_page(sign_in, cast):
    for number in range(30):
        plan(cast, f"Groep {number:02d}", START + timedelta(weeks=number))
    client = sign_in(cast.docent)
    url = reverse("inburgering:startgroepen")
    first = client.get(url, {"sort": "code"}).content.decode()
    assert "Groep 00</a>" in first
    assert "Groep 29</a>" not in first
    assert "Groep 29</a>" in client.get(url, {"sort": "code", "page": "2"}).content.decode()
    assert "Groep 29</a>" in client.get(url, {"sort": "-code"}).content.decode()
    assert client.get(url, {"sort": "nonsense", "page": "999"}).status_code == 200


def test_odd_addresses_are_answered(sign_in, cast, group):
    odd = {"q": "\x00'\"<b>", "status": "bogus", "state": "bogus", "contracted": "9", "sort": "-", "page": "-3"}
    for user, name in (
        (cast.instituut, "enrolments"), (cast.docent, "startgroepen"), (cast.klantmanager, "institutes"),
    ):  # fmt: skip
        assert sign_in(user).get(reverse(f"inburgering:{name}"), odd).status_code == 200
    url = reverse("inburgering:add_participant", args=[group.pk])
    assert sign_in(cast.klantmanager).get(url, odd).status_code == 200
    assert sign_in(cast.klantmanager).post(url, {"number": "\x00"}).status_code == 404


def test_cursisten_finds_filters_and_orders(sign_in, cast, enrolment):
    other = factories.make_case(full_name="Zerai Habtom")
    factories.make_enrolment(
        case=other, institute=cast.institute, status=EnrolmentStatus.WACHTLIJST, waitlist_since=TODAY
    )
    elsewhere = factories.make_case(full_name="Zerai Elders")
    factories.make_enrolment(case=elsewhere, institute=cast.other_institute)
    client, url = sign_in(cast.instituut), reverse("inburgering:enrolments")
    everybody = client.get(url).content.decode()
    assert everybody.index("Selam Tekle") < everybody.index("Zerai Habtom")
    assert "Zerai Elders" not in everybody
    turned = client.get(url, {"sort": "-name"}).content.decode()
    assert turned.index("Zerai Habtom") < turned.index("Selam Tekle")
    for query in ({"q": "zerai"}, {"status": "wachtlijst"}):
        page = client.get(url, query).content.decode()
        assert "Zerai Habtom" in page
        assert "Selam Tekle" not in page
    assert "Niemand gevonden" in client.get(url, {"q": "niemand"}).content.decode()


def test_a_waiting_dossier_is_read_a_little_and_not_written(sign_in, cast, group, enrolment, miss):
    for day in (3, 10, 12, 19):
        miss(day)
    cases.release(case=cast.case, role=Role.KLANTMANAGER, by=None, today=TODAY)
    client = sign_in(cast.outsider.klantmanager)
    tab = client.get(enrolment.get_learning_url()).content.decode()
    assert "Instituut Rijnland" in tab
    assert "donderdag 19 november" not in tab  # attendance is not among what a waiting dossier shows
    page = client.get(enrolment.get_absolute_url()).content.decode()
    assert "/stap/" not in page
    participant = group.participants.get()
    for name, args in [
        ("advance_enrolment", [enrolment.pk, "stoppen"]),
        ("enrol", [cast.case.number]),
        ("remove_participant", [participant.pk]),
    ]:
        assert client.get(reverse(f"inburgering:{name}", args=args)).status_code == 404, name


# --- The same number of queries with 1 and with 30 rows ---


def crowd(cast, group, number):
    """So many people in the group, each in a course here that was missed four times, and so many waiting."""
    for index in range(number):
        case = factories.make_case(klantmanager=cast.klantmanager, full_name=f"Persoon {index:02d}")
        join(cast, group, case)
        case.refresh_from_db()
        factories.make_enrolment(case=case, institute=cast.institute)
    session = group.sessions.order_by("on").first()
    SessionAttendance.objects.bulk_create(
        SessionAttendance(session=session, participant=p, status="te_laat") for p in group.participants.all()
    )
    Enrolment.objects.update(started_on=START, status=EnrolmentStatus.GESTART)
    for enrolment in Enrolment.objects.all():
        services.report_absence(
            enrolment=enrolment, lesson_on=TODAY, lesson_part="ochtend", by=cast.instituut, today=TODAY
        )


@pytest.fixture
def measure(sign_in, cast):
    """Queries of the pages that show many people, by name."""

    def _measure(group):
        session = group.sessions.get(on=TODAY)
        one = Enrolment.objects.order_by("pk").first()
        urls = {
            "startgroepen": (cast.docent, reverse("inburgering:startgroepen")),
            "startgroep": (cast.docent, group.get_absolute_url()),
            "startgroep of the klantmanager": (cast.klantmanager, group.get_absolute_url()),
            "call_roll": (cast.docent, reverse("inburgering:call_roll", args=[session.pk])),
            "add_participant": (cast.klantmanager, reverse("inburgering:add_participant", args=[group.pk])),
            "institutes": (cast.klantmanager, reverse("inburgering:institutes")),
            "institute": (cast.klantmanager, cast.institute.get_absolute_url()),
            "enrolments": (cast.instituut, reverse("inburgering:enrolments")),
            "enrolment": (cast.instituut, one.get_absolute_url()),
            "case_learning": (cast.klantmanager, one.get_learning_url()),
        }
        found = {name: queries_of(sign_in(user), url) for name, (user, url) in urls.items()}
        for name, overview, user in (
            ("docent_home", docent_home, cast.docent),
            ("institute_home", institute_home, cast.instituut),
        ):
            with CaptureQueriesContext(connection) as caught:
                overview(user, TODAY)
            found[name] = len(caught)
        return found

    return _measure


def test_query_counts_do_not_grow_with_the_rows(cast, measure):
    group = plan(cast)
    crowd(cast, group, 1)
    few = measure(group)
    for index in range(29):
        plan(cast, f"Groep {index}", START + timedelta(days=index))
        factories.make_institute(f"Instituut {index}")
    SessionAttendance.objects.all().delete()
    crowd(cast, group, 29)
    assert measure(group) == few
    assert max(few.values()) <= 16, few


# --- What the homes show ---


def test_docent_home_begins_with_today_and_what_was_not_recorded(cast, group):
    home = docent_home(cast.docent, TODAY)
    assert (home.sessions_today, home.unrecorded) == (1, 7)
    assert (home.work[0].status, home.work[0].when, home.work[0].title) == ("Vandaag", "09:30", "Startgroep 7")
    assert home.work[1].status == "Niet opgenomen"
    assert home.work[1].why == "Bijeenkomst van donderdag 19 november"
    assert [g.row.code for g in home.groups] == ["Startgroep 7"]
    assert home.groups[0].attendance.open == 8
    assert home.to_enrol == 1  # the picture can be formed since 23 November
    assert docent_home(cast.outsider.docent, TODAY).work == []


def test_institute_home_asks_for_places_dates_and_starts(cast):
    states = [
        (EnrolmentStatus.RESULTAAT_VERZONDEN, {"result_sent_on": TODAY}),
        (EnrolmentStatus.GEPLAATST, {}),
        (EnrolmentStatus.STARTDATUM_BEKEND, {"start_on": TODAY}),
        (EnrolmentStatus.STARTDATUM_BEKEND, {"start_on": TODAY + timedelta(days=1)}),
        (EnrolmentStatus.WACHTLIJST, {"waitlist_since": TODAY - timedelta(days=9)}),
        (EnrolmentStatus.GESTART, {}),
    ]
    for status, fields in states:
        case = factories.make_case()
        factories.make_enrolment(case=case, institute=cast.institute, status=status, **fields)
    started = Enrolment.objects.started().get()
    services.report_absence(enrolment=started, lesson_on=TODAY, lesson_part="avond", by=cast.instituut, today=TODAY)
    home = institute_home(cast.instituut, TODAY)
    assert [row.status for row in home.work] == ["Wacht op plaats", "Geen startdatum", "Begonnen?", "Plaats vrij"]
    assert (home.to_place, home.to_date, home.waiting, home.in_course) == (1, 1, 1, 1)
    assert home.absences_this_week == 1
    assert home.institute.placed == 4
    assert institute_home(cast.outsider.instituut, TODAY).work == []


def test_nothing_here_shows_a_name_to_a_mentor(sign_in, cast, group, enrolment):
    assert not Enrolment.objects.visible_to(cast.mentor, TODAY).exists()
    assert not StartgroepParticipant.objects.visible_to(cast.mentor, TODAY).exists()
    assert not SessionAttendance.objects.visible_to(cast.mentor, TODAY).exists()
    assert not Case.objects.visible_to(cast.mentor, TODAY).exists()
