"""The chapters about learning: institutes, Startgroepen with roll call, enrolments, and the missed lessons of scenario 1."""

import random
from datetime import time, timedelta

from cases import services as cases
from cases.models import Alert, FollowUpChannel, Phase
from cases.models.programme import StartgroepPattern
from cases.rules import suggested_working_day
from inburgering.models import AbsenceKind, AttendanceStatus, Enrolment, Institute, LessonPart
from inburgering.services.absence import correct_absence, report_absence
from inburgering.services.enrolment import advance_enrolment, enrol
from inburgering.services.startgroep import add_participant, call_roll, finish_startgroep, plan_startgroep
from jas_portal.demo.stories import CLASSMATES, at

#: Places of the four institutes; the academic one is small and has a waiting list (R52).
CAPACITY, WAIT_WEEKS = (16, 14, 12, 6), (2, 3, 4, 20)


def make_institutes(people, today):
    """The language schools. Returns them in the order of their organisations."""
    return [
        Institute.objects.create(
            organisation=organisation,
            capacity=CAPACITY[index],
            expected_wait_weeks=WAIT_WEEKS[index],
            as_of=today - timedelta(days=4 * index),
        )
        for index, organisation in enumerate(people.institutes)
    ]


def teach(stories, people, institutes, today):
    """Startgroepen, enrolments and absence, for the dossiers that came so far."""
    chance = random.Random(11)  # invented people, the same each time  # nosec B311
    by_phase = {phase: [story for story in stories if story.phase == phase] for phase in Phase}
    docent, colleague = people["docent"], people["docent2"]
    monday = today - timedelta(days=today.weekday())
    running, coming = by_phase[Phase.STARTGROEP][:12], by_phase[Phase.STARTGROEP][12:]
    started = by_phase[Phase.INBURGERING] + by_phase[Phase.AFGEROND] + by_phase[Phase.BEEINDIGD]
    _startgroep("Startgroep 6", docent, monday - timedelta(days=77), by_phase[Phase.PLAATSING], today, chance)
    first = started[0].start + timedelta(days=28)
    first -= timedelta(days=first.weekday())
    _startgroep("Startgroep 5", colleague, first, started[:CLASSMATES], today, chance)
    _startgroep("Startgroep 7", docent, monday - timedelta(days=14), running, today, chance)
    _startgroep("Startgroep 8", docent, monday + timedelta(days=28), coming, today, chance)
    for number, story in enumerate(started):
        _course(story, institutes[_school(number)], people, docent, today, chance)
    _placing(by_phase[Phase.PLAATSING], institutes, people, docent, today)
    _absence(by_phase[Phase.INBURGERING], people, today)


def _startgroep(code, docent, start, members, today, chance):
    """Plan a group, let its members join, and call the roll of every session that has been."""
    planned = min(today, start - timedelta(days=21))
    intake = suggested_working_day(start - timedelta(days=4))
    group = plan_startgroep(
        code=code, docent=docent, start_on=start, intake_on=intake, pattern=StartgroepPattern.TWO_PER_WEEK,
        weekdays=[0, 3], starts_at=time(9, 30), ends_at=time(12, 0), capacity=14, location="Stadhuis, zaal 2",
        by=docent, today=planned, now=at(planned, 9),
    )  # fmt: skip
    joined = []
    for story in members:
        day = min(today, max(planned, story.start, intake - timedelta(days=10)))
        participant = add_participant(
            startgroep=group, case=story.case, joined_on=day, by=docent, today=day, now=at(day, 11)
        )
        joined.append((participant, chance.random()))
    # The roll of the last session stays open: that is what the docent's home asks for.
    held = [session for session in group.sessions.filter(cancelled_at=None).order_by("on") if session.on <= today]
    open_roll = held[-1:] if group.ends_on >= today else []
    for session in held:
        if session in open_roll:
            continue
        marks = {
            participant.pk: (_mark(chance, diligence), "")
            for participant, diligence in joined
            if participant.joined_on <= session.on
        }
        if marks:
            call_roll(session=session, marks=marks, by=docent, today=session.on, now=at(session.on, 13))
    if group.ends_on < today:
        finish_startgroep(startgroep=group, by=docent, today=group.ends_on, now=at(group.ends_on, 16))
    return group


def _mark(chance, diligence):
    drawn = chance.random()
    if drawn < 0.72 + diligence * 0.25:
        return AttendanceStatus.AANWEZIG
    return chance.choice(
        [AttendanceStatus.TE_LAAT, AttendanceStatus.TE_LAAT, AttendanceStatus.AFWEZIG_GEMELD, AttendanceStatus.AFWEZIG]
    )


def _contact(people, institute):
    """The account that acts for an institute."""
    return next(
        user for user in people.by_email.values() if user.acting_as.organisation_id == institute.organisation_id
    )


def _steps(enrolment, steps):
    """Take steps of an enrolment; each is (name, day, by, facts)."""
    for name, day, by, facts in steps:
        enrolment = advance_enrolment(
            enrolment=enrolment, step=name, on=facts.pop("on", day), by=by, today=day, now=at(day, 15), **facts
        )
    return enrolment


def _school(number):
    """Which institute the course of person `number` is at: the first with Selam Tekle, and six at the academic one."""
    if number < CLASSMATES:
        return 0
    return 3 if number % 2 and number < 20 else (1, 2)[number // 2 % 2]


def _course(story, institute, people, docent, today, chance):
    """A course that began, from appointment to first lesson."""
    contact = _contact(people, institute)
    first = suggested_working_day(story.start + timedelta(days=75))
    # Who followed Startgroep 5 began after it, or in one case before its end (R42).
    asked = suggested_working_day(first - timedelta(days=28))
    cases.assign(case=story.case, role="docent", user=docent, by=story.klantmanager, today=asked, now=at(asked, 9))
    enrolment = enrol(
        case=story.case, institute=institute, appointment_on=asked, by=docent, today=asked, now=at(asked, 9, 30)
    )
    placed = asked + timedelta(days=7)
    group = f"{story.case.leerroute.upper()}-groep {1 + story.index % 3}"
    return _steps(
        enrolment,
        [
            ("resultaat", asked, docent, {}),
            (
                "plaatsen",
                placed,
                contact,
                {"course_group": group, "level": "A1", "lessons_per_week": 2 + chance.randrange(3)},
            ),
            ("startdatum", placed, contact, {"on": first}),
            ("gestart", first, contact, {}),
        ],
    )


def _placing(stories, institutes, people, docent, today):
    """Six people between Startgroep and course, each at another step."""
    for number, story in enumerate(stories[:5]):  # the sixth has no institute yet
        institute = institutes[3] if number in (0, 1, 2) else institutes[1]
        contact = _contact(people, institute)
        asked = today - timedelta(days=25 - number)
        enrolment = enrol(
            case=story.case, institute=institute, appointment_on=asked, by=docent, today=asked, now=at(asked, 10)
        )
        sent = asked + timedelta(days=2)
        steps = [("resultaat", sent, docent, {})]
        if number in (0, 1):
            steps.append(("wachtlijst", sent + timedelta(days=1), contact, {}))
        if number >= 3:
            steps.append(("plaatsen", sent + timedelta(days=5), contact, {"level": "A1", "lessons_per_week": 3}))
        if number == 4:
            steps.append(("startdatum", today - timedelta(days=2), contact, {"on": today + timedelta(days=12)}))
        _steps(enrolment, steps)


def _absence(stories, people, today):
    """Scenario 1: a fourth today, exactly three, five of which two excused, and four corrected to three."""
    reporter = people["instituut"]

    def enrolment(number):
        return Enrolment.objects.get(case=stories[number].case)

    def report(number, days_ago, kind=AbsenceKind.ONGEOORLOOFD, reported=None):
        lesson = suggested_working_day(today - timedelta(days=days_ago)) if days_ago else today
        lesson = min(lesson, today)
        day = min(today, lesson + timedelta(days=1)) if reported is None else reported
        return report_absence(
            enrolment=enrolment(number), lesson_on=lesson, lesson_part=LessonPart.OCHTEND, kind=kind, by=reporter,
            today=day, now=at(day, 16 if day < today else 8),
        )  # fmt: skip

    for days_ago in (20, 13, 11):
        report(0, days_ago)
    report(0, 4, reported=today)  # Selam Tekle: the fourth, saved today
    for days_ago in (30, 22, 9):
        report(1, days_ago)
    for days_ago, kind in ((33, AbsenceKind.ONGEOORLOOFD), (26, AbsenceKind.GEOORLOOFD), (19, AbsenceKind.GEOORLOOFD),
                           (12, AbsenceKind.ONGEOORLOOFD), (5, AbsenceKind.ONBEKEND)):  # fmt: skip
        report(2, days_ago, kind)
    for days_ago in (28, 21, 14):
        report(3, days_ago)
    mistaken = report(3, 7)
    correct_absence(
        absence=mistaken, withdraw=True, reason="De les ging niet door.", by=reporter, today=today - timedelta(days=2),
        now=at(today - timedelta(days=2)),
    )  # fmt: skip
    # One that was picked up last month.
    for days_ago in (70, 62, 55, 48):
        report(6, days_ago)
    alert = Alert.objects.filter(case=stories[6].case).first()
    if alert:
        day = today - timedelta(days=42)
        cases.record_follow_up(
            alert=alert, key="6f1dfd3c-27a4-4a0c-9d0b-7a8a2d1c0001", contacted_on=day, channel=FollowUpChannel.GESPREK,
            agreed="Oppas op dinsdag geregeld met VluchtelingenWerk. Over een maand bellen we weer.", closes=True,
            by=stories[6].klantmanager, today=day, now=at(day, 11),
        )  # fmt: skip
