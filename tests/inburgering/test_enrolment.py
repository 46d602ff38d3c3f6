"""Enrolling, the steps with date and actor, the waiting list, and what follows from a start."""

import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection

from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import services as cases
from cases.models import Alert, AlertStatus, Assignment, Case, Disclosure, JournalEntry, JournalKind, Phase
from inburgering import services
from inburgering.models import Enrolment, EnrolmentStatus, EnrolmentStep, Institute, StartgroepParticipant
from inburgering.overviews.enrolments import lessons_warning, waiting_place
from inburgering.services.enrolment import without_start_date
from inburgering.steps import STEPS, open_steps, skip_steps
from notifications.models import Notification
from tests import factories
from tests.factories import TODAY

S = EnrolmentStatus
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def course(cast, today):
    """The cast's dossier, just enrolled."""
    return services.enrol(
        case=cast.case, institute=cast.institute, appointment_on=today, by=cast.docent, today=today, now=NOW
    )


@pytest.fixture
def step(today, cast):
    """`step(enrolment, name, by, ...)` takes a step today; by default by the one whose step it is."""

    def _step(enrolment, name, by=None, on=None, **fields):
        by = by or (cast.instituut if Role.INSTITUUT in STEPS[name].roles else cast.docent)
        return services.advance_enrolment(
            enrolment=enrolment, step=name, on=on or today, by=by, today=today, now=NOW, **fields
        )

    return _step


def journal(case, *kinds):
    return list(JournalEntry.objects.filter(case=case, kind__in=kinds).order_by("pk").values_list("text", flat=True))


def fill(institute, today, number=None):
    """Take all but `number` places of an institute by other people."""
    for _n in range(institute.capacity - (number or 0)):
        factories.make_enrolment(case=factories.make_case(), institute=institute, today=today)


def at_result(institute, today, number=1):
    """Enrolments whose result was sent, waiting to be placed."""
    rows = []
    for _n in range(number):
        case = factories.make_case()
        rows.append(
            factories.make_enrolment(case=case, institute=institute, today=today, status=S.RESULTAAT_VERZONDEN)
        )
    Enrolment.objects.filter(pk__in=[row.pk for row in rows]).update(placed_on=None, started_on=None)
    return rows


def test_enrol_puts_the_institute_around_the_dossier(cast, course, today):
    assert (course.status, course.appointment_on) == (S.AFSPRAAK, today)
    around = Assignment.objects.filter(case=cast.case).current(today).of_role(Role.INSTITUUT).get()
    assert (around.organisation, around.user) == (cast.institute.organisation, None)
    assert Enrolment.objects.visible_to(cast.instituut, today).get() == course
    assert journal(cast.case, JournalKind.ENROLMENT) == ["Inschrijving: afspraak met instituut"]
    first = EnrolmentStep.objects.get()
    assert (first.status, first.on, first.by) == (S.AFSPRAAK, today, cast.docent)
    assert Case.objects.get(pk=cast.case.pk).phase == Phase.PLAATSING


def test_enrol_twice_is_once_and_elsewhere_is_refused(cast, course, today):
    again = services.enrol(
        case=cast.case, institute=cast.institute, appointment_on=today, by=cast.klantmanager, today=today
    )
    assert again == course
    with pytest.raises(RuleBroken, match="Instituut Rijnland"):
        services.enrol(
            case=cast.case, institute=cast.other_institute, appointment_on=today, by=cast.klantmanager, today=today
        )
    assert Enrolment.objects.count() == 1


def test_enrol_is_refused_without_agreements_and_in_a_closed_dossier(cast, today):
    cast.institute.contracted = False
    cast.institute.save()
    with pytest.raises(RuleBroken, match="geen afspraken"):
        services.enrol(case=cast.case, institute=cast.institute, appointment_on=today, by=cast.docent, today=today)
    cases.move_phase(case=cast.case, to=Phase.BEEINDIGD, reason="Verhuisd", by=cast.klantmanager, today=today)
    with pytest.raises(RuleBroken, match="gesloten"):
        services.enrol(
            case=cast.case, institute=cast.other_institute, appointment_on=today, by=cast.docent, today=today
        )


def test_the_five_steps_each_with_date_and_actor(cast, course, step, today):
    step(course, "resultaat")
    step(course, "plaatsen", course_group="B1-groep", level="B1", lessons_per_week=3)
    step(course, "startdatum", on=today + timedelta(days=7))
    done = services.advance_enrolment(
        enrolment=course, step="gestart", on=today + timedelta(days=7), by=cast.instituut,
        today=today + timedelta(days=7), now=NOW,
    )  # fmt: skip
    assert (done.status, done.course_group, done.level, done.lessons_per_week) == (S.GESTART, "B1-groep", "B1", 3)
    assert (done.result_sent_on, done.placed_on, done.start_on, done.started_on) == (
        today, today, today + timedelta(days=7), today + timedelta(days=7),
    )  # fmt: skip
    assert list(EnrolmentStep.objects.values_list("status", "by")) == [
        (S.AFSPRAAK, cast.docent.pk),
        (S.RESULTAAT_VERZONDEN, cast.docent.pk),
        (S.GEPLAATST, cast.instituut.pk),
        (S.STARTDATUM_BEKEND, cast.instituut.pk),
        (S.GESTART, cast.instituut.pk),
    ]
    assert Case.objects.get(pk=cast.case.pk).phase == Phase.INBURGERING


def test_sending_the_result_is_a_logged_disclosure_and_tells_the_institute(cast, course, step):
    step(course, "resultaat")
    line = JournalEntry.objects.get(case=cast.case, kind=JournalKind.DISCLOSURE)
    assert (line.text, line.by) == ("Toetsresultaat verzonden naar Instituut Rijnland", cast.docent)
    assert line.zone == Zone.PROGRAMME
    told = Notification.objects.filter(kind="enrolment")
    assert [(row.user, row.role) for row in told] == [(cast.instituut, Role.INSTITUUT)]


def test_a_start_date_tells_docent_and_klantmanager_without_a_name(cast, course, step, today):
    step(course, "resultaat")
    step(course, "plaatsen")
    step(course, "startdatum", on=today + timedelta(days=7))
    told = Notification.objects.filter(kind="enrolment").exclude(user=cast.instituut)
    assert {row.user for row in told} == {cast.docent, cast.klantmanager}
    assert not any("Selam" in row.subject + row.body for row in told)


def test_a_step_twice_is_once(course, step):
    step(course, "resultaat")
    step(course, "resultaat")
    assert EnrolmentStep.objects.filter(status=S.RESULTAAT_VERZONDEN).count() == 1
    assert Notification.objects.filter(kind="enrolment").count() == 1


def test_each_step_is_its_own_roles(cast, course, step):
    with pytest.raises(RuleBroken):
        step(course, "resultaat", by=cast.instituut)
    step(course, "resultaat")
    for name in ("startdatum", "gestart", "onderbreken"):
        with pytest.raises(RuleBroken):
            step(course, name)
    assert Enrolment.objects.get().status == S.RESULTAAT_VERZONDEN


def test_steps_as_data():
    def names(role, status):
        return [s.name for s in open_steps(role, status)], [s.name for s in skip_steps(role, status)]

    assert names(Role.INSTITUUT, S.AFSPRAAK) == ([], [])
    assert names(Role.INSTITUUT, S.RESULTAAT_VERZONDEN) == (["plaatsen", "wachtlijst"], [])
    assert names(Role.INSTITUUT, S.GESTART) == (["onderbreken", "afronden", "stoppen"], [])
    assert names(Role.DOCENT, S.AFSPRAAK) == (
        ["resultaat", "intrekken"],
        ["plaatsen", "wachtlijst", "startdatum", "gestart"],
    )
    assert names(Role.KLANTMANAGER, S.GESTART) == (["afronden", "stoppen", "overstappen"], ["onderbreken"])
    for role in Role:
        for status in (S.AFGEROND, S.GESTOPT, S.OVERGESTAPT, S.INGETROKKEN):
            assert names(role, status) == ([], [])
    assert names(Role.MENTOR, S.GESTART) == names(Role.MAATSCHAPPELIJK_BEGELEIDER, S.GESTART) == ([], [])


def test_a_docent_skips_forward_with_a_reason_only(cast, course, step, today):
    with pytest.raises(RuleBroken, match="waarom"):
        step(course, "gestart", by=cast.docent)
    done = step(course, "gestart", by=cast.docent, reason="Was al begonnen voor dit portaal")
    assert (done.status, done.started_on, done.placed_on, done.start_on) == (S.GESTART, today, today, today)
    assert EnrolmentStep.objects.last().reason == "Was al begonnen voor dit portaal"


def test_a_course_may_start_before_the_startgroep_ends_straight_from_there(cast, step, today):
    group = services.plan_startgroep(
        code="Startgroep 9", docent=cast.docent, start_on=today, intake_on=today - timedelta(days=1),
        pattern="2_per_week", weekdays=[0, 3], starts_at=time(9), ends_at=time(12), capacity=5, by=cast.docent,
        today=today,
    )  # fmt: skip
    services.add_participant(startgroep=group, case=cast.case, by=cast.klantmanager, today=today)
    course = services.enrol(
        case=cast.case, institute=cast.institute, appointment_on=today, by=cast.docent, today=today
    )
    assert Case.objects.get(pk=cast.case.pk).phase == Phase.STARTGROEP
    step(course, "gestart", by=cast.klantmanager, reason="Kon meteen beginnen")
    assert Case.objects.get(pk=cast.case.pk).phase == Phase.INBURGERING


def test_beyond_the_capacity_one_comes_on_the_waiting_list(cast, course, step, today):
    fill(cast.institute, today)
    step(course, "resultaat")
    done = step(course, "plaatsen")
    assert (done.status, done.waitlist_since, done.placed_on) == (S.WACHTLIJST, today, None)
    assert waiting_place(done) == 1
    assert journal(cast.case, JournalKind.ENROLMENT)[-1] == "Inschrijving: wachtlijst"
    with pytest.raises(RuleBroken, match="nog geen plaats"):
        step(course, "plaatsen")
    other = Enrolment.objects.started().exclude(pk=course.pk).first()
    step(other, "stoppen", reason="Verhuisd")
    assert step(course, "plaatsen").status == S.GEPLAATST


def test_no_step_goes_around_the_capacity(cast, course, step, today):
    fill(cast.institute, today)
    for name in ("startdatum", "gestart"):
        done = step(course, name, by=cast.docent, reason="Ingelezen")
        assert done.status == S.WACHTLIJST
        Enrolment.objects.filter(pk=course.pk).update(status=S.AFSPRAAK)


def test_places_on_the_waiting_list_are_by_date(cast, step, today):
    rows = at_result(cast.institute, today, 3)
    for row, days in zip(rows, (1, 3, 2), strict=True):
        step(row, "wachtlijst", on=today - timedelta(days=days))
    assert [waiting_place(Enrolment.objects.get(pk=row.pk)) for row in rows] == [3, 1, 2]


def test_counts_of_an_institute(cast, step, today):
    fill(cast.institute, today, number=18)
    step(at_result(cast.institute, today)[0], "wachtlijst")
    row = Institute.objects.with_counts().get(pk=cast.institute.pk)
    assert (row.capacity, row.placed, row.free, row.waiting) == (20, 2, 18, 1)


def test_fewer_than_three_lessons_warns_and_blocks_nothing(cast, course, step):
    step(course, "resultaat")
    done = step(course, "plaatsen", lessons_per_week=2)
    assert done.status == S.GEPLAATST
    assert lessons_warning(done) == "2 lessen per week: het programma vraagt er minstens 3."
    done.lessons_per_week = 3
    assert lessons_warning(done) == ""


def test_interrupted_and_resumed(enrolment, step):
    assert step(enrolment, "onderbreken").status == S.ONDERBROKEN
    assert step(enrolment, "hervatten").status == S.GESTART


@pytest.mark.parametrize(
    ("name", "status"), [("afronden", S.AFGEROND), ("stoppen", S.GESTOPT), ("overstappen", S.OVERGESTAPT)]
)
def test_an_end_releases_the_institute(cast, enrolment, step, today, name, status):
    by = cast.klantmanager
    if STEPS[name].needs_reason:
        with pytest.raises(RuleBroken, match="waarom"):
            step(enrolment, name, by=by)
    done = step(enrolment, name, by=by, reason="Gaat verhuizen")
    assert (done.status, done.ended_on, done.end_reason) == (status, today, "Gaat verhuizen")
    assert not Enrolment.objects.visible_to(cast.instituut, today).exists()
    assert not Case.objects.visible_to(cast.instituut, today).exists()


def test_after_an_end_one_may_enrol_anew(cast, enrolment, step, today):
    step(enrolment, "overstappen", by=cast.docent, reason="Past beter")
    new = services.enrol(
        case=cast.case, institute=cast.other_institute, appointment_on=today, by=cast.docent, today=today
    )
    assert new.status == S.AFSPRAAK
    assert Enrolment.objects.visible_to(cast.outsider.instituut, today).get() == new


def test_an_end_before_the_first_lesson_is_refused(enrolment, step):
    with pytest.raises(RuleBroken, match="eerste les"):
        step(enrolment, "afronden", on=enrolment.started_on - timedelta(days=1))


def test_the_future_is_for_start_dates_only(course, step, today):
    with pytest.raises(RuleBroken, match="toekomst"):
        step(course, "resultaat", on=today + timedelta(days=1))


# --- R42: no start date some weeks after the Startgroep ---


@pytest.fixture
def after_startgroep(cast):
    """The cast's person was in a Startgroep whose last day was 18 October 2026."""
    group = services.plan_startgroep(
        code="Startgroep 5", docent=cast.docent, start_on=date(2026, 9, 7), intake_on=date(2026, 9, 3),
        pattern="2_per_week", weekdays=[0, 3], starts_at=time(9), ends_at=time(12), capacity=5, by=cast.docent,
        today=date(2026, 8, 1), now=NOW,
    )  # fmt: skip
    return services.add_participant(
        startgroep=group, case=cast.case, by=cast.klantmanager, today=date(2026, 9, 3), now=NOW
    )


def test_the_alert_comes_after_more_than_28_days(cast, after_startgroep):
    last_quiet_day = date(2026, 11, 15)  # 18 October + 28 days
    assert services.raise_missing_start(today=last_quiet_day) == 0
    assert services.raise_missing_start(today=last_quiet_day + timedelta(days=1)) == 1
    alert = Alert.objects.get()
    assert (alert.title, alert.for_role, alert.zone) == ("Nog geen startdatum", Role.KLANTMANAGER, Zone.PROGRAMME)
    assert services.raise_missing_start(today=date(2026, 12, 1)) == 0
    assert Alert.objects.count() == 1


def test_a_start_date_withdraws_the_alert_and_a_withdrawn_enrolment_reopens_it(cast, after_startgroep, step, today):
    services.raise_missing_start(today=today)
    course = services.enrol(
        case=cast.case, institute=cast.institute, appointment_on=today, by=cast.docent, today=today
    )
    assert Alert.objects.get().status == AlertStatus.NIEUW
    step(course, "startdatum", by=cast.docent, on=today + timedelta(days=9), reason="Per telefoon gehoord")
    assert Alert.objects.get().status == AlertStatus.VERVALLEN
    assert services.raise_missing_start(today=today) == 0
    step(course, "intrekken", by=cast.docent, reason="Gaat niet door")
    assert services.raise_missing_start(today=today) == 1
    assert Alert.objects.get().status == AlertStatus.NIEUW


@pytest.mark.parametrize("phase", [Phase.PAUZE, Phase.BEEINDIGD])
def test_nobody_waits_in_a_paused_or_closed_dossier(cast, after_startgroep, today, phase):
    cases.move_phase(case=cast.case, to=phase, reason="Ziek", by=cast.klantmanager, today=today)
    assert not without_start_date(today).exists()


def test_docents_are_released_four_weeks_after_the_course_began(cast, enrolment):
    started = enrolment.started_on
    assert services.release_docents(today=started + timedelta(days=27)) == 0
    day = started + timedelta(days=28)
    Assignment.objects.filter(role=Role.DOCENT).update(starts_on=started)
    assert services.release_docents(today=day) == 1
    assert services.release_docents(today=day) == 0
    assert not Case.objects.visible_to(cast.docent, day).exists()


def test_a_closed_dossier_gives_its_places_back(cast, enrolment, today):
    cases.move_phase(case=cast.case, to=Phase.BEEINDIGD, reason="Verhuisd", by=cast.klantmanager, today=today)
    assert services.end_for_closed_cases(today=today) == 1
    assert services.end_for_closed_cases(today=today) == 0
    enrolment.refresh_from_db()
    assert (enrolment.status, enrolment.ended_on) == (S.GESTOPT, today)


# --- Two people at once ---


@pytest.mark.django_db(transaction=True)
def test_two_placements_for_the_last_place_give_one_place(cast, today):
    cast.institute.capacity = 1
    cast.institute.save()
    rows = at_result(cast.institute, today, 2)
    together, errors = threading.Barrier(2), []

    def place(enrolment):
        try:
            together.wait()
            services.advance_enrolment(enrolment=enrolment, step="plaatsen", on=today, by=cast.instituut, today=today)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=place, args=[row]) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(Enrolment.objects.values_list("status", flat=True)) == [S.GEPLAATST, S.WACHTLIJST]


@pytest.mark.django_db(transaction=True)
def test_two_people_for_the_last_place_of_a_startgroep(cast, today):
    group = services.plan_startgroep(
        code="Startgroep 1", docent=cast.docent, start_on=today + timedelta(days=7), intake_on=today,
        pattern="1_per_2_weeks", weekdays=[0], starts_at=time(9), ends_at=time(12), capacity=1, by=cast.docent,
        today=today,
    )  # fmt: skip
    people = [factories.make_case(klantmanager=cast.klantmanager) for _n in range(2)]
    together, refused = threading.Barrier(2), []

    def join(case):
        try:
            together.wait()
            services.add_participant(startgroep=group, case=case, by=cast.klantmanager, today=today)
        except RuleBroken as broken:
            refused.append(broken.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=join, args=[case]) for case in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert StartgroepParticipant.objects.count() == 1
    assert len(refused) == 1


@pytest.mark.django_db(transaction=True)
def test_a_third_and_a_fourth_absence_at_once_raise_one_alert(cast, enrolment, miss, today):
    for day in (3, 10):
        miss(day)
    together, errors = threading.Barrier(3), []

    def report(day):
        try:
            together.wait()
            miss(day)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=report, args=[day]) for day in (12, 19, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Alert.objects.get().title == "Vijfde verzuim"
    assert Notification.objects.filter(kind="absence_alert").count() == 1


def test_a_result_that_is_sent_to_the_institute_is_a_disclosure_once(cast):
    enrolment = factories.make_enrolment(case=cast.case, institute=cast.institute, status="afspraak", today=TODAY)
    services.advance_enrolment(enrolment=enrolment, step="resultaat", on=TODAY, by=cast.docent, today=TODAY)
    (row,) = Disclosure.objects.all()
    assert (row.case, row.receiver, row.basis, row.disclosed_on, row.source) == (
        cast.case, "Instituut Rijnland", "wi2021", TODAY, f"enrolment:{enrolment.pk}",
    )  # fmt: skip
