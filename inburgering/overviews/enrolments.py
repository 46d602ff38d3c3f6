"""What the pages of an enrolment show: the institute's list, the enrolment, the tab of the dossier."""

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.roles import Role
from accounts.zones import Zone
from cases.models import Alert, AlertStatus
from cases.reach import reader_of
from cases.words import language_and_interpreter, written
from inburgering.models import (
    Absence,
    Enrolment,
    EnrolmentStatus,
    StartgroepParticipant,
)
from inburgering.overviews.attendance import Attendance, attendance_of
from inburgering.services.absence import ABSENCE_ALERT
from inburgering.steps import open_steps, skip_steps

#: Colours of a state, beside its words.
TONES = {
    EnrolmentStatus.AFSPRAAK: "info",
    EnrolmentStatus.RESULTAAT_VERZONDEN: "info",
    EnrolmentStatus.WACHTLIJST: "soon",
    EnrolmentStatus.GEPLAATST: "info",
    EnrolmentStatus.STARTDATUM_BEKEND: "info",
    EnrolmentStatus.GESTART: "done",
    EnrolmentStatus.ONDERBROKEN: "soon",
}


@dataclass(frozen=True)
class EnrolmentRow:
    """One line of Cursisten."""

    name: str
    number: str
    url: str
    status: str
    tone: str
    since: str
    course_group: str
    level: str
    missed: int
    report_url: str


def enrolment_rows(enrolments):
    """Rows for these enrolments `with_missed()` (a page of them), in their order; one query."""
    rows = enrolments.select_related("case__statushouder")
    return [
        EnrolmentRow(
            name=row.case.statushouder.full_name,
            number=row.case.number,
            url=row.get_absolute_url(),
            status=row.get_status_display(),
            tone=TONES.get(row.status, ""),
            since=written(_since(row)),
            course_group=row.course_group,
            level=row.level,
            missed=row.missed,
            report_url=(
                reverse("inburgering:report_absence", args=[row.pk]) if row.status == EnrolmentStatus.GESTART else ""
            ),
        )
        for row in rows
    ]


def _since(row):
    """The date that belongs to where the enrolment stands."""
    return {
        EnrolmentStatus.AFSPRAAK: row.appointment_on,
        EnrolmentStatus.RESULTAAT_VERZONDEN: row.result_sent_on,
        EnrolmentStatus.WACHTLIJST: row.waitlist_since,
        EnrolmentStatus.GEPLAATST: row.placed_on,
        EnrolmentStatus.STARTDATUM_BEKEND: row.start_on,
        EnrolmentStatus.GESTART: row.started_on,
    }.get(row.status, row.ended_on)


@dataclass(frozen=True)
class AbsenceLine:
    """One reported absence. `correct_url` is empty for who may not correct it."""

    when: str
    part: str
    kind: str
    hours: str
    withdrawn: bool
    reason: str
    correct_url: str


@dataclass(frozen=True)
class EnrolmentPage:
    """Everything one enrolment shows to the role that looks."""

    enrolment: Enrolment
    name: str
    status: str
    tone: str
    facts: list
    steps: list
    next_steps: list
    skips: list
    warning: str
    waiting_place: int | None
    shows_absence: bool
    absences: list
    missed: int
    alert: str
    can_report: bool
    contact: list


def enrolment_page(enrolment, user, today):
    """The page of one enrolment for this user, in a fixed number of queries.

    `enrolment` comes with case, statushouder, settings and institute. Attendance only where the role reads it; the
    institute hears of the alert only whether it was taken up.
    """
    shows_absence = reads_absence(enrolment.case, user, today)
    may = may_step(enrolment.case, user, today)
    absences = _absence_lines(enrolment, user) if shows_absence else []
    return EnrolmentPage(
        enrolment=enrolment,
        name=enrolment.case.statushouder.full_name,
        status=enrolment.get_status_display(),
        tone=TONES.get(enrolment.status, ""),
        facts=_facts(enrolment),
        steps=[
            {
                "when": written(step.on),
                "text": f"{step.get_status_display()}: {step.reason}" if step.reason else step.get_status_display(),
                "by": str(step.by or ""),
            }
            for step in enrolment.steps.select_related("by").order_by("-at", "-pk")
        ],
        next_steps=open_steps(user.role, enrolment.status) if may else [],
        skips=skip_steps(user.role, enrolment.status) if may else [],
        warning=lessons_warning(enrolment),
        waiting_place=waiting_place(enrolment),
        shows_absence=shows_absence,
        absences=absences,
        missed=sum(1 for line in absences if not line.withdrawn),
        alert=alert_in_a_word(enrolment) if user.role == Role.INSTITUUT else "",
        can_report=user.role == Role.INSTITUUT and enrolment.status == EnrolmentStatus.GESTART,
        contact=_contact(enrolment.case.statushouder),
    )


def _contact(person):
    """How the person is reached (contact zone)."""
    return [
        (_("Roepnaam"), person.preferred_name),
        (_("Telefoon"), person.phone),
        (_("E-mailadres"), person.email),
        (_("Taal"), language_and_interpreter(person.language, person.needs_interpreter)),
    ]


def may_step(case, user, today):
    """Whether this person may write in this visible dossier's enrolments: not who only sees it waiting (§5.7 (9))."""
    return user.role == Role.INSTITUUT or reader_of(case, user, today).writes(Zone.PROGRAMME)


def _facts(enrolment):
    return [
        (_("Instituut"), enrolment.institute.organisation.name),
        (_("Groep"), enrolment.course_group),
        (_("Niveau"), enrolment.level),
        (_("Lessen per week"), enrolment.lessons_per_week),
        (_("Startdatum"), written(enrolment.started_on or enrolment.start_on)),
        *([(_("Beëindigd op"), written(enrolment.ended_on))] if enrolment.ended_on else []),
    ]


def reads_absence(case, user, today):
    """Whether this person reads the absence of this visible dossier at its institute (a docent: the Startgroep's only)."""
    return user.role != Role.DOCENT and reader_of(case, user, today).reads(Zone.ATTENDANCE)


def _absence_lines(enrolment, user):
    rows = Absence.objects.filter(enrolment=enrolment).order_by("-lesson_on", "-pk")
    may_correct = user.role == Role.INSTITUUT
    return [
        AbsenceLine(
            when=date_format(row.lesson_on, "l j F Y"),
            part=row.get_lesson_part_display().lower(),
            kind=row.get_kind_display(),
            hours=f"{row.hours.normalize():f}".replace(".", ",") if row.hours else "",
            withdrawn=row.withdrawn_at is not None,
            reason=row.withdrawn_reason,
            correct_url=(
                reverse("inburgering:correct_absence", args=[row.pk]) if may_correct and not row.withdrawn_at else ""
            ),
        )
        for row in rows
    ]


def alert_in_a_word(enrolment):
    """Whether the latest absence alert was taken up: all an institute hears of it. "" without a standing alert."""
    alert = (
        Alert.objects.filter(kind=ABSENCE_ALERT, key__startswith=f"absence:{enrolment.pk}:")
        .exclude(status=AlertStatus.VERVALLEN)
        .order_by("-raised_at", "-pk")
        .first()
    )
    if alert is None:
        return ""
    if alert.status in (AlertStatus.CONTACT_GEHAD, AlertStatus.AFGEHANDELD):
        return _("opgepakt")
    return _("nog niet opgepakt")


def lessons_warning(enrolment):
    """The sentence when there are fewer lessons a week than the programme asks (R50); it blocks nothing."""
    least = enrolment.case.programme_settings.lessons_per_week_min
    if enrolment.lessons_per_week is None or enrolment.lessons_per_week >= least:
        return ""
    return _("%(count)d lessen per week: het programma vraagt er minstens %(least)d.") % {
        "count": enrolment.lessons_per_week,
        "least": least,
    }


def waiting_place(enrolment):
    """The place on the institute's waiting list, from 1; None when not on it."""
    if enrolment.status != EnrolmentStatus.WACHTLIJST:
        return None
    before = Enrolment.objects.waiting().filter(institute=enrolment.institute_id)
    return (
        before.filter(
            Q(waitlist_since__lt=enrolment.waitlist_since)
            | Q(waitlist_since=enrolment.waitlist_since, pk__lt=enrolment.pk)
        ).count()
        + 1
    )


# --- The tab "Leren en verzuim" of a dossier ---


@dataclass(frozen=True)
class CourseCard:
    """One enrolment on the tab."""

    institute: str
    url: str
    status: str
    tone: str
    facts: list
    waiting_place: int | None
    warning: str
    absences: list
    missed: int
    told: str


@dataclass(frozen=True)
class GroupCard:
    """One Startgroep on the tab; `attendance` only for who reads it."""

    code: str
    url: str
    period: str
    attendance: Attendance | None


@dataclass(frozen=True)
class LearningTab:
    """What the dossier shows of Startgroep, course and absence to the role that looks."""

    groups: list
    courses: list
    alerts: list
    reads_absence: bool
    can_enrol: bool


def learning_tab(case, user, today):
    """The tab for this user: no absence for who reads attendance in part or not at all; no alerts but one's own."""
    full = reader_of(case, user, today).reads(Zone.ATTENDANCE)
    participants = list(
        StartgroepParticipant.objects.filter(case=case).select_related("startgroep").order_by("-joined_on")
    )
    attendance = attendance_of(participants, user, today) if full else {}
    linked = user.role in (Role.DOCENT, Role.KLANTMANAGER)
    groups = [
        GroupCard(
            code=p.startgroep.code,
            url=(
                p.startgroep.get_absolute_url()
                if user.role == Role.KLANTMANAGER or (linked and p.startgroep.docent_id == user.pk)
                else ""
            ),
            period=_("%(start)s tot en met %(end)s")
            % {"start": written(p.startgroep.start_on), "end": written(p.left_on or p.startgroep.ends_on)},
            attendance=attendance.get(p.pk),
        )
        for p in participants
    ]
    enrolments = list(
        Enrolment.objects.filter(case=case)
        .select_related("institute__organisation", "case__programme_settings")
        .order_by("-pk")
    )
    lines = {}
    if full and user.role != Role.DOCENT:
        for row in Absence.objects.filter(enrolment__in=enrolments).order_by("-lesson_on", "-pk"):
            lines.setdefault(row.enrolment_id, []).append(
                AbsenceLine(
                    when=date_format(row.lesson_on, "l j F Y"),
                    part=row.get_lesson_part_display().lower(),
                    kind=row.get_kind_display(),
                    hours="",
                    withdrawn=row.withdrawn_at is not None,
                    reason=row.withdrawn_reason if user.role != Role.STATUSHOUDER else "",
                    correct_url="",
                )
            )
    told = _told(enrolments) if user.role == Role.STATUSHOUDER else {}
    courses = [
        CourseCard(
            institute=row.institute.organisation.name,
            url=row.get_absolute_url() if linked else "",
            status=row.get_status_display(),
            tone=TONES.get(row.status, ""),
            facts=_facts(row)[1:],
            waiting_place=waiting_place(row),
            warning=lessons_warning(row) if linked else "",
            absences=lines.get(row.pk, []),
            missed=sum(1 for line in lines.get(row.pk, []) if not line.withdrawn),
            told=told.get(row.pk, ""),
        )
        for row in enrolments
    ]
    alerts = list(
        Alert.objects.filter(case=case, for_role=user.role, zone__in=[Zone.ATTENDANCE, Zone.PROGRAMME])
        .open()
        .order_by("-changed_at")
        if user.role == Role.KLANTMANAGER
        else []
    )
    return LearningTab(
        groups=groups,
        courses=courses,
        alerts=alerts,
        reads_absence=full and user.role != Role.DOCENT,
        can_enrol=linked
        and may_step(case, user, today)
        and not case.is_closed
        and not any(row.is_open for row in enrolments),
    )


def _told(enrolments):
    """For the person: that there was contact about absence, in plain words, once there was (§5.7)."""
    rows = Alert.objects.filter(
        kind=ABSENCE_ALERT,
        case__in={row.case_id for row in enrolments},
        status__in=[AlertStatus.CONTACT_GEHAD, AlertStatus.AFGEHANDELD],
    ).order_by("changed_at")
    words = {}
    for alert in rows:
        enrolment = int(alert.key.split(":")[1])
        day = written(timezone.localtime(alert.handled_at or alert.changed_at))
        words[enrolment] = _("Uw klantmanager heeft met u gesproken over gemiste lessen (%s).") % day
    return words
