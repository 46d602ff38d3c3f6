"""The home of each role: first what needs the reader, and as many queries for one dossier as for thirty."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from accounts.zones import Zone
from cases import services
from cases.models import AgreementParty, Phase
from cases.services import rights
from cases.services.plan import add_agreement
from inburgering.models import AbsenceKind, LessonPart
from inburgering.services.absence import report_absence
from jas_portal.homes import HOMES
from mentoring.models import Mentorship, MentorshipStatus
from mentoring.services.matching import open_match_request
from notifications.services import Receiver, schedule
from tests import factories
from tests.factories import TODAY


def furnish(cast, count):
    """`count` dossiers around the cast, each with something for every role's home."""
    begun = TODAY - timedelta(days=60)
    mentor = factories.make_mentor(cast.mentor, organisation=cast.vrijwilligers, max_active=50)
    for number in range(count):
        case = factories.make_case(klantmanager=cast.klantmanager, today=begun, full_name=f"Deelnemer {number:02}")
        services.assign(
            case=case, role=Role.MAATSCHAPPELIJK_BEGELEIDER, user=cast.maatschappelijk_begeleider, by=None, today=begun
        )
        add_agreement(
            case=case, party=AgreementParty.MAATSCHAPPELIJK_BEGELEIDER, what="Brieven lezen", by_when=TODAY,
            by=cast.klantmanager,
        )  # fmt: skip
        enrolment = factories.make_enrolment(case=case, institute=cast.institute, today=begun)
        for day in range(4):
            report_absence(
                enrolment=enrolment, lesson_on=TODAY - timedelta(days=day + 1), lesson_part=LessonPart.OCHTEND,
                kind=AbsenceKind.ONBEKEND, by=cast.instituut, today=TODAY,
            )  # fmt: skip
        open_match_request(case=case, organisation=cast.vrijwilligers, by=cast.klantmanager, today=begun)
        services.assign(case=case, role=Role.MENTOR, user=cast.mentor, by=None, today=begun)
        Mentorship.objects.create(mentor=mentor, case=case, status=MentorshipStatus.ACTIEF, start_date=begun)


def queries_of_home(client, user):
    """How many queries the home of this person takes, once everything that is remembered is remembered."""
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        response = client.get("/")
    assert response.status_code == 200
    return len(queries)


def test_a_home_asks_as_much_for_one_dossier_as_for_thirty(cast, client):
    furnish(cast, 1)
    with_one = {role: queries_of_home(client, getattr(cast, role.value)) for role in Role}
    Mentorship.objects.all().delete()
    type(cast.case).objects.exclude(pk=cast.case.pk).update(phase="beeindigd")
    mentor = cast.mentor
    mentor_file = factories.Mentor.objects.get(user=mentor)
    mentor_file.delete()
    furnish(cast, 30)

    assert {role: queries_of_home(client, getattr(cast, role.value)) for role in Role} == with_one
    assert max(with_one.values()) <= 25


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_an_empty_home_says_what_comes_there(role, db, client):
    user = factories.make_user(role, organisation=factories.make_organisation("Elders"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get("/")

    assert response.status_code == 200
    assert b"<h1>" in response.content


def test_the_klantmanager_sees_the_signal_first(cast, client):
    furnish(cast, 1)
    _template, today_for = HOMES[Role.KLANTMANAGER]
    home = today_for(cast.klantmanager, TODAY, timezone.now())

    first = home.work[0]
    assert (first.status, first.title, first.action) == ("Vierde verzuim", "Deelnemer 00", "Contact vastleggen")
    # The plan of the furnished dossier is late since 28 days after it was opened.
    assert [row.status for row in home.work[1:]] == ["Over tijd", "Over tijd"]
    assert home.today_count == home.work_total == 3
    assert home.dossiers == 2


def test_absence_stands_above_older_signals_and_a_request_above_late_tasks(cast, client):
    now = timezone.now()
    services.raise_alert(
        case=cast.case, key="older", kind="missing_start", for_role=Role.KLANTMANAGER, zone=Zone.PROGRAMME,
        title="Nog geen startdatum", detail="", link="", now=now - timedelta(days=40),
    )  # fmt: skip
    furnish(cast, 1)
    request = rights.ask_copy(case=cast.case, by=cast.statushouder, today=TODAY, now=now)
    _template, today_for = HOMES[Role.KLANTMANAGER]

    home = today_for(cast.klantmanager, TODAY, now)
    assert [row.status for row in home.work] == [
        "Vierde verzuim", "Nog geen startdatum", "Kopie van gegevens", "Over tijd", "Over tijd",
    ]  # fmt: skip
    assert (home.work[2].when, home.work[2].action_url) == ("nog 30 dagen", f"/dossiers/verzoeken/{request.pk}/")

    # Prepared, it waits for the privacy officer and no longer for the klantmanager.
    rights.prepare_copy(request=request, by=cast.klantmanager, today=TODAY, now=now)
    assert today_for(cast.klantmanager, TODAY, now).work_total == 4
    _template, oversight = HOMES[Role.PRIVACY_OFFICER]
    assert oversight(cast.privacy_officer, TODAY, now).copies == 1


def test_the_bar_adds_up_to_the_running_dossiers_and_each_part_opens_those(cast, sign_in):
    for phase in (Phase.AANGEMELD, Phase.INTAKE, Phase.AFGEROND):
        factories.make_case(klantmanager=cast.klantmanager, phase=phase)
    _template, today_for = HOMES[Role.KLANTMANAGER]
    home = today_for(cast.klantmanager, TODAY, timezone.now())

    assert home.dossiers == sum(number for _words, number, _url in home.parts)
    for _words, number, url in home.parts:
        found = sign_in(cast.klantmanager).get(url).context["list"].rows
        assert len(found) == number


def test_the_begeleider_sees_what_was_agreed_for_today(cast, client):
    furnish(cast, 1)
    _template, today_for = HOMES[Role.MAATSCHAPPELIJK_BEGELEIDER]
    home = today_for(cast.maatschappelijk_begeleider, TODAY, timezone.now())

    assert [(row.status, row.why) for row in home.work] == [("Vandaag", "Brieven lezen")]


def test_the_statushouder_reads_the_place_and_not_the_own_name_beside_an_appointment(cast, client):
    schedule(
        kind="check_in", title="3-maandengesprek", starts_at=timezone.now() + timedelta(days=1),
        ends_at=timezone.now() + timedelta(days=1, hours=1), place="Stadhuis", case_number=cast.case.number, invite=False,
        participants=[Receiver(user=user, role=user.role) for user in (cast.statushouder, cast.klantmanager)],
    )  # fmt: skip
    shown = {}
    for user in (cast.statushouder, cast.klantmanager):
        _template, today_for = HOMES[user.role]
        shown[user.role] = [meeting.who for meeting in today_for(user, TODAY, timezone.now()).meetings]
    assert shown == {
        Role.STATUSHOUDER: ["Stadhuis"],
        Role.KLANTMANAGER: [cast.case.statushouder.full_name],
    }
