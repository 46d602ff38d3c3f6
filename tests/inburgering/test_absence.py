"""Reporting and correcting absence: state, journal, outbox and the alert."""

import uuid
from datetime import timedelta

import pytest

from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import services as cases
from cases.models import Alert, AlertStatus, JournalEntry, JournalKind
from inburgering.models import Absence, AbsenceKind, EnrolmentStatus, LessonPart
from inburgering.services import correct_absence, report_absence, report_absences
from notifications.models import Notification
from tests import factories

AFWEZIG_4 = (3, 10, 12, 19)


def journal(case, *kinds):
    return list(JournalEntry.objects.filter(case=case, kind__in=kinds).order_by("pk").values_list("text", flat=True))


def outbox():
    return [
        (row.user, row.role, row.subject) for row in Notification.objects.filter(kind="absence_alert").order_by("pk")
    ]


def handle(alert, by, today, closes=True):
    return cases.record_follow_up(
        alert=alert, key=uuid.uuid4(), contacted_on=today, channel="telefoon", agreed="Komt weer.", closes=closes,
        by=by, today=today,
    )  # fmt: skip


def test_report_absence_is_a_row_and_a_journal_line(cast, enrolment, miss):
    absence = miss(3, kind=AbsenceKind.GEOORLOOFD, hours=3)
    assert absence.is_new
    assert (absence.window, absence.reported_by, absence.kind) == (1, cast.instituut, AbsenceKind.GEOORLOOFD)
    line = JournalEntry.objects.get(case=cast.case, kind=JournalKind.ABSENCE)
    assert (line.text, line.zone, line.by) == ("Verzuim gemeld", Zone.ATTENDANCE, cast.instituut)


def test_three_absences_raise_nothing(cast, miss):
    for day in (3, 10, 12):
        miss(day)
    assert not Alert.objects.exists()
    assert outbox() == []


def test_the_fourth_raises_one_alert_for_the_klantmanager_with_the_dates(cast, miss):
    for day in (3, 10, 12):
        miss(day, kind=AbsenceKind.ONGEOORLOOFD)
    miss(19, kind=AbsenceKind.GEOORLOOFD)
    alert = Alert.objects.get()
    assert alert.title == "Vierde verzuim"
    assert alert.detail == "Gemist: 3, 10, 12 en 19 november (3 ongeoorloofd, 1 geoorloofd). Instituut Rijnland."
    assert (alert.for_role, alert.zone, alert.status) == (Role.KLANTMANAGER, Zone.ATTENDANCE, AlertStatus.NIEUW)
    assert alert.key == f"absence:{Absence.objects.first().enrolment_id}:1"
    assert outbox() == [(cast.klantmanager, "klantmanager", "Een signaal over verzuim vraagt om contact")]
    assert journal(cast.case, JournalKind.ALERT) == ["Signaal: Vierde verzuim"]


def test_the_message_names_nobody(cast, miss):
    for day in AFWEZIG_4:
        miss(day)
    row = Notification.objects.get(kind="absence_alert")
    person = cast.case.statushouder
    for name in (person.full_name, person.preferred_name, "Instituut Rijnland"):
        assert name not in row.subject + row.body


def test_the_fifth_adds_to_the_same_alert_and_mails_nobody_again(cast, miss):
    for day in (*AFWEZIG_4, 20):
        miss(day, kind=AbsenceKind.ONGEOORLOOFD if day < 12 else AbsenceKind.GEOORLOOFD)
    alert = Alert.objects.get()
    assert alert.title == "Vijfde verzuim"
    assert "2 ongeoorloofd, 3 geoorloofd" in alert.detail
    assert len(outbox()) == 1


def test_several_lessons_at_once_raise_one_alert_and_one_message(cast, enrolment, today):
    lessons = [
        {"lesson_on": today.replace(day=day), "lesson_part": "ochtend", "kind": "onbekend"} for day in (2, 3, 4, 5, 6)
    ]
    report_absences(enrolment=enrolment, lessons=lessons, by=cast.instituut, today=today)
    assert Alert.objects.get().title == "Vijfde verzuim"
    assert len(outbox()) == 1


def test_several_lessons_are_saved_together_or_not_at_all(cast, enrolment, today):
    lessons = [
        {"lesson_on": today, "lesson_part": "ochtend"},
        {"lesson_on": today + timedelta(days=1), "lesson_part": "ochtend"},
    ]
    with pytest.raises(RuleBroken):
        report_absences(enrolment=enrolment, lessons=lessons, by=cast.instituut, today=today)
    assert not Absence.objects.exists()


def test_a_double_click_is_one_row(cast, miss):
    first, second = miss(3), miss(3)
    assert (first.pk, second.is_new) == (second.pk, False)
    assert Absence.objects.count() == 1
    assert journal(cast.case, JournalKind.ABSENCE) == ["Verzuim gemeld"]


def test_the_same_lesson_with_another_kind_is_refused_with_what_stands_there(miss):
    miss(3, kind=AbsenceKind.GEOORLOOFD)
    with pytest.raises(RuleBroken, match="geoorloofd"):
        miss(3, kind=AbsenceKind.ONGEOORLOOFD)


def test_morning_and_afternoon_are_two_lessons(miss):
    miss(3)
    miss(3, lesson_part=LessonPart.MIDDAG)
    miss(10)
    miss(12)
    assert Alert.objects.get().detail.startswith("Gemist: 4 lessen op 3, 10 en 12 november")


def test_report_absence_is_refused_in_the_future_and_before_the_start(cast, enrolment, today):
    for day in (today + timedelta(days=1), enrolment.started_on - timedelta(days=1)):
        with pytest.raises(RuleBroken):
            report_absence(enrolment=enrolment, lesson_on=day, lesson_part="ochtend", by=cast.instituut, today=today)
    assert not Absence.objects.exists()


@pytest.mark.parametrize("status", [s for s in EnrolmentStatus if s != EnrolmentStatus.GESTART])
def test_report_absence_is_refused_when_the_course_does_not_run(miss, enrolment, status):
    enrolment.status = status
    enrolment.save()
    with pytest.raises(RuleBroken, match="gestart"):
        miss(3)


def test_corrected_from_four_to_three_the_alert_lapses_visibly(cast, miss, today):
    absences = [miss(day) for day in AFWEZIG_4]
    correct_absence(absence=absences[0], withdraw=True, reason="Was toch aanwezig", by=cast.instituut, today=today)
    alert = Alert.objects.get()
    assert alert.status == AlertStatus.VERVALLEN
    assert alert.detail.startswith("Na correctie niet meer boven de grens. Gemist: 10, 12 en 19 november")
    assert journal(cast.case, JournalKind.ALERT) == ["Signaal: Vierde verzuim", "Signaal vervallen: Vierde verzuim"]
    assert journal(cast.case, JournalKind.ABSENCE)[-1] == "Verzuim ingetrokken"


def test_a_lapsed_alert_reopens_and_tells_once_more(cast, miss, today):
    absences = [miss(day) for day in AFWEZIG_4]
    correct_absence(absence=absences[0], withdraw=True, reason="Was er", by=cast.instituut, today=today)
    miss(20)
    alert = Alert.objects.get()
    assert (alert.status, alert.title) == (AlertStatus.NIEUW, "Vierde verzuim")
    assert len(outbox()) == 2


def test_a_withdrawn_lesson_may_be_reported_anew(cast, miss, today):
    absence = miss(3)
    correct_absence(absence=absence, withdraw=True, reason="Vergissing", by=cast.instituut, today=today)
    assert miss(3).pk != absence.pk


def test_withdrawing_asks_a_reason_and_twice_is_once(cast, miss, today):
    absence = miss(3)
    with pytest.raises(RuleBroken):
        correct_absence(absence=absence, withdraw=True, reason=" ", by=cast.instituut, today=today)
    for _again in range(2):
        absence = correct_absence(absence=absence, withdraw=True, reason="Was er", by=cast.instituut, today=today)
    assert (absence.withdrawn_by, absence.withdrawn_reason) == (cast.instituut, "Was er")
    assert journal(cast.case, JournalKind.ABSENCE) == ["Verzuim gemeld", "Verzuim ingetrokken"]


def test_another_kind_only_changes_the_text(cast, miss, today):
    absences = [miss(day, kind=AbsenceKind.ONGEOORLOOFD) for day in AFWEZIG_4]
    correct_absence(absence=absences[0], kind=AbsenceKind.GEOORLOOFD, by=cast.instituut, today=today)
    correct_absence(absence=absences[0], kind=AbsenceKind.GEOORLOOFD, by=cast.instituut, today=today)
    alert = Alert.objects.get()
    assert (alert.status, alert.title) == (AlertStatus.NIEUW, "Vierde verzuim")
    assert "3 ongeoorloofd, 1 geoorloofd" in alert.detail
    assert journal(cast.case, JournalKind.ABSENCE).count("Verzuim gewijzigd") == 1


def test_excused_does_not_count_when_the_programme_says_so(cast, miss, today):
    settings = cast.case.programme_settings
    settings.absence_count_excused = False
    settings.save()
    for day in AFWEZIG_4:
        miss(day, kind=AbsenceKind.ONGEOORLOOFD if day != 19 else AbsenceKind.GEOORLOOFD)
    assert not Alert.objects.exists()
    last = Absence.objects.get(lesson_on=today.replace(day=19))
    correct_absence(absence=last, kind=AbsenceKind.ONGEOORLOOFD, by=cast.instituut, today=today)
    assert Alert.objects.get().title == "Vierde verzuim"


def test_a_handled_alert_closes_its_window_and_the_next_absence_opens_one(cast, miss, enrolment, today):
    for day in AFWEZIG_4:
        miss(day)
    handle(Alert.objects.get(), cast.klantmanager, today)
    fifth = miss(20)
    enrolment.refresh_from_db()
    assert (fifth.window, enrolment.absence_window) == (2, 2)
    assert Alert.objects.get().title == "Vierde verzuim"
    for day in (5, 6, 9):
        miss(day)
    second = Alert.objects.get(key=f"absence:{enrolment.pk}:2")
    assert (second.status, second.title) == (AlertStatus.NIEUW, "Vierde verzuim")
    assert second.detail.startswith("Gemist: 5, 6, 9 en 20 november")
    assert len(outbox()) == 2


def test_an_absence_belongs_to_the_window_open_when_it_was_saved(cast, miss, today):
    for day in AFWEZIG_4:
        miss(day)
    handle(Alert.objects.get(), cast.klantmanager, today)
    assert miss(2).window == 2  # an older lesson, reported later


def test_a_correction_in_a_closed_window_changes_that_alerts_text_only(cast, miss, today):
    absences = [miss(day) for day in AFWEZIG_4]
    handle(Alert.objects.get(), cast.klantmanager, today)
    miss(20)
    correct_absence(absence=absences[0], withdraw=True, reason="Was er", by=cast.instituut, today=today)
    alert = Alert.objects.get()
    assert (alert.status, alert.title) == (AlertStatus.AFGEHANDELD, "Vierde verzuim")
    assert alert.detail.startswith("Na correctie niet meer boven de grens.")
    assert len(outbox()) == 1


def test_after_contact_the_alert_stays_and_shows_the_correction(cast, miss, today):
    absences = [miss(day) for day in AFWEZIG_4]
    handle(Alert.objects.get(), cast.klantmanager, today, closes=False)
    correct_absence(absence=absences[0], withdraw=True, reason="Was er", by=cast.instituut, today=today)
    alert = Alert.objects.get()
    assert alert.status == AlertStatus.CONTACT_GEHAD
    assert alert.detail.startswith("Na correctie")
    assert miss(20).window == 1  # still the same window: nobody has handled it
    assert Alert.objects.get().detail.startswith("Gemist: 10, 12, 19 en 20 november")


def test_per_quarter_the_lessons_of_each_quarter_count_apart(cast, miss, enrolment, today):
    cast.case.programme_settings.__class__.objects.update(absence_window="quarter")
    for day in (21, 22, 23):
        miss(day, month=9)
    for day in (5, 6, 7):
        miss(day, month=10)
    assert not Alert.objects.exists()
    miss(24, month=9)
    assert Alert.objects.get().key == f"absence:{enrolment.pk}:2026-Q3:1"
    handle(Alert.objects.get(), cast.klantmanager, today)
    assert miss(25, month=9).window == 2
    miss(8, month=10)  # the fourth of its own quarter, whatever was handled in the other one
    assert Alert.objects.get(key=f"absence:{enrolment.pk}:2026-Q4:1").title == "Vierde verzuim"


def test_in_a_rolling_window_old_absence_falls_out(cast, miss):
    cast.case.programme_settings.__class__.objects.update(absence_window="rolling_days", absence_window_days=14)
    for day, month in ((21, 9), (22, 9), (3, 11), (10, 11)):
        miss(day, month)
    assert not Alert.objects.exists()
    miss(11)
    miss(12)
    assert Alert.objects.get().detail.startswith("Gemist: 3, 10, 11 en 12 november")


def test_without_klantmanager_nobody_is_mailed_and_the_alert_stands_on_every_home(cast, miss, today):
    cases.release(case=cast.case, role=Role.KLANTMANAGER, by=None, today=today)
    for day in AFWEZIG_4:
        miss(day)
    assert outbox() == []
    for klantmanager in (cast.klantmanager, cast.outsider.klantmanager):
        assert Alert.objects.visible_to(klantmanager, today).open().count() == 1


def test_after_the_end_the_institute_may_correct_until_the_grace_days_are_over(cast, miss, enrolment, today):
    absences = [miss(day) for day in AFWEZIG_4]
    enrolment.refresh_from_db()
    enrolment.status, enrolment.ended_on = EnrolmentStatus.AFGEROND, today
    enrolment.save()
    inside, outside = today + timedelta(days=14), today + timedelta(days=15)
    correct_absence(absence=absences[0], withdraw=True, reason="Was er", by=cast.instituut, today=inside)
    with pytest.raises(RuleBroken):
        correct_absence(absence=absences[1], withdraw=True, reason="Was er", by=cast.instituut, today=outside)


def test_who_reads_absence(cast, miss, today):
    miss(3)
    for user in (cast.klantmanager, cast.instituut, cast.statushouder):
        assert Absence.objects.visible_to(user, today).count() == 1
    closed = [cast.maatschappelijk_begeleider, cast.docent, cast.mentor, cast.vrijwilligerscoordinator]
    closed += [cast.functioneel_beheerder, cast.privacy_officer, *vars(cast.outsider).values()]
    for user in closed:
        assert Absence.objects.visible_to(user, today).count() == 0


def test_two_organisations_the_same_person_the_other_institute_reads_nothing(cast, miss, today):
    miss(3)
    factories.services.assign(
        case=cast.case, role=Role.INSTITUUT, organisation=cast.other_institute.organisation, by=None, today=today
    )
    assert Absence.objects.visible_to(cast.outsider.instituut, today).count() == 0
