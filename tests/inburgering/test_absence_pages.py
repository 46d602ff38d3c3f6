"""The institute's pages of absence, in the test client."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.roles import Role
from cases import services as cases
from cases.models import Alert
from inburgering.models import Absence, AbsenceKind, EnrolmentStatus
from inburgering.services import correct_absence
from tests.factories import TODAY


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(f"{TODAY}T12:00:00+01:00", tick=False):
        yield


@pytest.fixture
def institute(sign_in, cast):
    return sign_in(cast.instituut)


def report(client, enrolment, **data):
    data = {"lesson_on": "2026-11-19", "lesson_part": "ochtend", "kind": "onbekend", **data}
    return client.post(reverse("inburgering:report_absence", args=[enrolment.pk]), data)


def test_report_absence_saves_and_says_so(institute, enrolment):
    page = institute.get(reverse("inburgering:report_absence", args=[enrolment.pk]))
    assert 'value="2026-11-23"' in page.content.decode()
    answer = report(institute, enrolment, hours="2,5", kind="geoorloofd")
    assert answer.url == enrolment.get_absolute_url()
    absence = Absence.objects.get()
    assert (absence.kind, absence.hours) == (AbsenceKind.GEOORLOOFD, 2.5)
    assert "Verzuim gemeld: 1 les." in institute.get(answer.url).content.decode()


def test_report_absence_takes_five_days_at_once_and_shows_the_alert_as_not_taken_up(institute, enrolment):
    more = {f"more_{n}": f"2026-11-1{n}" for n in range(1, 5)}
    answer = institute.get(report(institute, enrolment, **more).url).content.decode()
    assert Absence.objects.count() == 5
    assert Alert.objects.get().title == "Vijfde verzuim"
    assert "nog niet opgepakt" in answer
    assert "Vijfde verzuim" not in answer


def test_a_double_click_says_that_it_was_reported(institute, enrolment):
    report(institute, enrolment)
    answer = institute.get(report(institute, enrolment).url).content.decode()
    assert "Dit verzuim was al gemeld." in answer
    assert Absence.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"lesson_on": "2026-11-24"}, "Deze les moet nog komen"),
        ({"lesson_on": "2020-01-01"}, "nog niet begonnen"),
        ({"lesson_on": ""}, "verplicht"),
        ({"more_1": "2026-11-19"}, "Deze dag staat er al."),
    ],
)
def test_report_absence_says_what_must_change_and_keeps_what_was_typed(institute, enrolment, data, words):
    answer = report(institute, enrolment, kind="geoorloofd", **data)
    page = answer.content.decode()
    assert words in page
    assert 'value="geoorloofd" ' in page
    assert not Absence.objects.exists()


def test_report_absence_is_for_the_own_institute_only(sign_in, cast, enrolment):
    for role, user in vars(cast.outsider).items():
        client = sign_in(user)
        assert report(client, enrolment).status_code == 404, role
    for role in ("mentor", "klantmanager", "docent", "vrijwilligerscoordinator", "statushouder"):
        assert report(sign_in(getattr(cast, role)), enrolment).status_code == 404, role
    assert not Absence.objects.exists()


def test_report_absence_before_the_start_has_no_page(institute, enrolment):
    enrolment.status = EnrolmentStatus.GEPLAATST
    enrolment.save()
    assert report(institute, enrolment).status_code == 404


def test_correct_absence_withdraws_with_a_reason(institute, miss):
    absence = miss(19)
    url = reverse("inburgering:correct_absence", args=[absence.pk])
    assert "Schrijf in een zin op" in institute.post(url, {"action": "intrekken"}).content.decode()
    institute.post(url, {"action": "intrekken", "reason": "Was toch aanwezig"})
    absence.refresh_from_db()
    assert absence.withdrawn_reason == "Was toch aanwezig"
    assert institute.get(url).status_code == 404
    page = institute.get(absence.enrolment.get_absolute_url()).content.decode()
    assert "Ingetrokken" in page


def test_correct_absence_changes_the_kind(institute, miss):
    absence = miss(19)
    institute.post(reverse("inburgering:correct_absence", args=[absence.pk]), {"action": "geoorloofd"})
    absence.refresh_from_db()
    assert absence.kind == AbsenceKind.GEOORLOOFD


def test_correct_absence_is_for_the_own_institute_only(sign_in, cast, miss):
    url = reverse("inburgering:correct_absence", args=[miss(19).pk])
    for user in (cast.outsider.instituut, cast.klantmanager, cast.mentor, cast.docent):
        assert sign_in(user).get(url).status_code == 404


def test_after_the_end_only_the_correction_stays_open(institute, cast, enrolment, miss, today):
    absence = miss(19)
    enrolment.refresh_from_db()
    enrolment.status, enrolment.ended_on = EnrolmentStatus.AFGEROND, today - timedelta(days=3)
    enrolment.save()
    cases.release(case=cast.case, role=Role.INSTITUUT, by=None, today=today)
    assert institute.get(enrolment.get_absolute_url()).status_code == 404
    url = reverse("inburgering:correct_absence", args=[absence.pk])
    assert url in institute.get(reverse("inburgering:enrolments")).content.decode()
    answer = institute.post(url, {"action": "intrekken", "reason": "Was er"})
    assert answer.url == reverse("inburgering:enrolments")
    enrolment.ended_on = today - timedelta(days=15)
    enrolment.save()
    assert institute.get(url).status_code == 404


def test_the_tab_shows_absence_to_who_reads_it(sign_in, cast, miss, today):
    for day in (3, 10, 12, 19):
        miss(day)
    url = reverse("inburgering:case_learning", args=[cast.case.number])
    for role, dates, alert in [
        ("klantmanager", True, True),
        ("statushouder", True, False),
        ("docent", False, False),
        ("maatschappelijk_begeleider", False, False),
    ]:
        page = sign_in(getattr(cast, role)).get(url).content.decode()
        assert ("19 november" in page) is dates, role
        assert ("Vierde verzuim" in page) is alert, role
    for role in ("mentor", "vrijwilligerscoordinator", "instituut", "functioneel_beheerder", "privacy_officer"):
        assert sign_in(getattr(cast, role)).get(url).status_code == 404, role
    for role, user in vars(cast.outsider).items():
        assert sign_in(user).get(url).status_code == 404, role


def test_a_correction_is_seen_on_the_tab(sign_in, cast, miss, today):
    absences = [miss(day) for day in (3, 10, 12, 19)]
    correct_absence(absence=absences[0], withdraw=True, reason="Was er", by=cast.instituut, today=today)
    page = sign_in(cast.klantmanager).get(reverse("inburgering:case_learning", args=[cast.case.number]))
    assert "Ingetrokken" in page.content.decode()
    assert "Vierde verzuim" not in page.content.decode()


def test_the_institute_reads_opgepakt_and_nothing_more(institute, cast, enrolment, miss, today):
    for day in (3, 10, 12, 19):
        miss(day)
    cases.record_follow_up(
        alert=Alert.objects.get(), key=uuid.uuid4(), contacted_on=today, channel="telefoon",
        agreed="Geheime afspraak over kinderopvang", by=cast.klantmanager, today=today,
    )  # fmt: skip
    page = institute.get(enrolment.get_absolute_url()).content.decode()
    assert "<strong>opgepakt</strong>" in page
    assert "Geheime" not in page
