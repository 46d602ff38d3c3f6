"""Absence at the institute: reporting, correcting, and the alert to the klantmanager (R57, Amb-11)."""

from collections import Counter
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import services as cases
from cases.models import Alert, AlertStatus, Assignment, JournalKind
from inburgering import rules
from inburgering.models import Absence, AbsenceKind, Enrolment, EnrolmentStatus
from notifications import services as notifications
from notifications.services import Receiver

ABSENCE_ALERT = "absence"

ORDINALS = {
    1: gettext_lazy("Eerste"),
    2: gettext_lazy("Tweede"),
    3: gettext_lazy("Derde"),
    4: gettext_lazy("Vierde"),
    5: gettext_lazy("Vijfde"),
    6: gettext_lazy("Zesde"),
    7: gettext_lazy("Zevende"),
    8: gettext_lazy("Achtste"),
    9: gettext_lazy("Negende"),
    10: gettext_lazy("Tiende"),
    11: gettext_lazy("Elfde"),
    12: gettext_lazy("Twaalfde"),
}
#: Dates that an alert spells out; earlier ones are counted.
DATES_IN_ALERT = 12


@transaction.atomic
def report_absence(*, enrolment, lesson_on, lesson_part, kind=AbsenceKind.ONBEKEND, hours=None, by, today, now=None):
    """Write down one missed lesson of a started course. Returns the `Absence`; its `is_new` says whether it was made now.

    1. Lock the enrolment, so that two reports count one after the other.
    2. The same lesson again: the row that is there (a double click), unless it says something else.
    3. The course must have started; the lesson lies between that day and today.
    4. Put it in the window open now (Amb-11d), and one line in the journal.
    5. Count, and raise, extend or leave the alert; who has to be told gets a message.
    """
    now = now or timezone.now()
    enrolment = _lock(enrolment)
    standing = enrolment.absences.standing().filter(lesson_on=lesson_on, lesson_part=lesson_part).first()
    if standing:
        if standing.kind != kind:
            raise RuleBroken(
                _("Voor deze les staat al verzuim: %s. Verander het daar als dat niet klopt.")
                % standing.get_kind_display().lower()
            )
        standing.is_new = False
        return standing
    if enrolment.status != EnrolmentStatus.GESTART:
        raise RuleBroken(_("Verzuim melden kan alleen bij een cursus die is gestart."))
    if lesson_on > today:
        raise RuleBroken(_("Deze les moet nog komen. Kies een dag tot en met vandaag."))
    if enrolment.started_on and lesson_on < enrolment.started_on:
        raise RuleBroken(_("Op die dag was de cursus nog niet begonnen."))
    absence = Absence.objects.create(
        enrolment=enrolment,
        lesson_on=lesson_on,
        lesson_part=lesson_part,
        kind=kind,
        hours=hours,
        window=_open_window(enrolment, lesson_on),
        reported_at=now,
        reported_by=by,
    )
    absence.is_new = True
    cases.record(
        case=enrolment.case, kind=JournalKind.ABSENCE, zone=Zone.ATTENDANCE, text=_("Verzuim gemeld"), by=by, now=now
    )
    _weigh(enrolment, absence, by=by, today=today, now=now)
    return absence


@transaction.atomic
def report_absences(*, enrolment, lessons, by, today, now=None):
    """Write down several missed lessons, all or none. `lessons`: dicts of lesson_on, lesson_part, kind, hours.

    Returns the `Absence`s in the order given.
    """
    return [report_absence(enrolment=enrolment, by=by, today=today, now=now, **lesson) for lesson in lessons]


@transaction.atomic
def correct_absence(*, absence, kind=None, withdraw=False, reason="", by, today, now=None):
    """Take an absence back (`withdraw`, with a reason) or give it another `kind`. Returns the `Absence`.

    The alert of its window is counted anew: it may be withdrawn, visibly, or only take the new text. After the end of
    an enrolment an institute may correct until the grace days are over (model §5.7 (3)).
    """
    now = now or timezone.now()
    enrolment = _lock(absence.enrolment)
    absence = Absence.objects.select_for_update().get(pk=absence.pk, enrolment=enrolment)
    if absence.withdrawn_at:
        if withdraw:
            return absence
        raise RuleBroken(_("Dit verzuim is al ingetrokken."))
    if not enrolment.is_open and today > correctable_until(enrolment):
        raise RuleBroken(_("Deze inschrijving is te lang geleden beëindigd om nog te corrigeren."))
    if withdraw:
        if not reason.strip():
            raise RuleBroken(_("Schrijf in een zin op waarom dit geen verzuim was."))
        absence.withdrawn_at, absence.withdrawn_by, absence.withdrawn_reason = now, by, reason.strip()
        absence.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        text = _("Verzuim ingetrokken")
    else:
        if kind is None or kind == absence.kind:
            return absence
        absence.kind = kind
        absence.save(update_fields=["kind"])
        text = _("Verzuim gewijzigd")
    cases.record(case=enrolment.case, kind=JournalKind.ABSENCE, zone=Zone.ATTENDANCE, text=text, by=by, now=now)
    _weigh(enrolment, absence, by=by, today=today, now=now)
    return absence


def correctable_until(enrolment):
    """The last day on which the institute may correct absence of an ended enrolment; None while it goes on."""
    if enrolment.is_open or enrolment.ended_on is None:
        return None
    return enrolment.ended_on + timedelta(days=enrolment.case.programme_settings.report_grace_days)


def alert_key(enrolment, number, lesson_on):
    """The key of the alert of a window of this enrolment."""
    return rules.window_key(enrolment.pk, enrolment.case.programme_settings.absence_window, number, lesson_on)


def _lock(enrolment):
    return (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("case__programme_settings", "institute__organisation")
        .get(pk=enrolment.pk)
    )


def _open_window(enrolment, lesson_on):
    """The number of the window open now. It opens lazily: when the alert of the last one turns out to be handled.

    The alert's row is locked too: a follow-up that is being saved right now is waited for.
    """
    per_quarter = enrolment.case.programme_settings.absence_window == rules.QUARTER
    number = enrolment.absence_window
    if per_quarter:
        same = [
            row.window for row in enrolment.absences.all() if rules.quarter(row.lesson_on) == rules.quarter(lesson_on)
        ]
        number = max(same, default=1)
    alert = Alert.objects.select_for_update().filter(key=alert_key(enrolment, number, lesson_on)).first()
    if alert and alert.status == AlertStatus.AFGEHANDELD:
        number += 1
    if not per_quarter and number != enrolment.absence_window:
        enrolment.absence_window = number
        enrolment.save(update_fields=["absence_window"])
    return number


def _weigh(enrolment, absence, *, by, today, now):
    """Count the window of `absence` and bring its alert in line (Amb-11d)."""
    settings = enrolment.case.programme_settings
    missed = [
        rules.Missed(row.lesson_on, row.kind, row.window)
        for row in enrolment.absences.standing().order_by("lesson_on")
    ]
    together = rules.in_window(
        rules.counted(missed, settings.absence_count_excused),
        settings.absence_window,
        absence.window,
        absence.lesson_on,
        settings.absence_window_days,
    )
    key = alert_key(enrolment, absence.window, absence.lesson_on)
    detail = _detail(enrolment, together)
    if not rules.asks_for_contact(len(together), settings.absence_threshold):
        detail = _("Na correctie niet meer boven de grens. %s") % detail
        cases.withdraw_alert(key=key, detail=detail[:500], by=by, now=now)
        return
    alert, tell = cases.raise_alert(
        case=enrolment.case,
        key=key,
        kind=ABSENCE_ALERT,
        for_role=Role.KLANTMANAGER,
        zone=Zone.ATTENDANCE,
        title=_title(len(together)),
        detail=detail[:500],
        link=enrolment.get_learning_url(),
        by=by,
        now=now,
    )
    if tell:
        _tell_klantmanagers(alert, by=by, today=today, now=now)


def _title(count):
    ordinal = ORDINALS.get(count)
    return _("%s verzuim") % ordinal if ordinal else _("%(count)de verzuim") % {"count": count}


def _detail(enrolment, together):
    """Which lessons, by date, how they divide, and where; nothing about why (Amb-11b, peers #20)."""
    if not together:
        return _("Er staat geen verzuim meer.")
    kinds = Counter(m.kind for m in together)
    split = ", ".join(
        f"{kinds[kind]} {label}"
        for kind, label in (
            (AbsenceKind.ONGEOORLOOFD, _("ongeoorloofd")),
            (AbsenceKind.GEOORLOOFD, _("geoorloofd")),
            (AbsenceKind.ONBEKEND, _("met nog onbekende reden")),
        )
        if kinds[kind]
    )
    latest = together[-DATES_IN_ALERT:]
    days = list(dict.fromkeys(m.lesson_on for m in latest))
    dates = in_words(days)
    if len(days) < len(latest):
        dates = _("%(count)d lessen op %(dates)s") % {"count": len(latest), "dates": dates}
    earlier = len(together) - len(latest)
    if earlier:
        dates = ngettext("%(count)d eerdere les, %(dates)s", "%(count)d eerdere lessen, %(dates)s", earlier) % {
            "count": earlier,
            "dates": dates,
        }
    return _("Gemist: %(dates)s (%(split)s). %(institute)s.") % {
        "dates": dates,
        "split": split,
        "institute": enrolment.institute.organisation.name,
    }


def in_words(days):
    """Dates in one phrase, months named once: "28 oktober, 3, 10 en 12 november"."""
    parts = []
    for index, day in enumerate(days):
        following = days[index + 1] if index + 1 < len(days) else None
        same_month = following and (following.year, following.month) == (day.year, day.month)
        parts.append(str(day.day) if same_month else f"{day.day} {MONTHS[day.month]}")
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s en %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}


def _tell_klantmanagers(alert, *, by, today, now):
    """One message each to who is klantmanager today; without one the alert stands on every klantmanager's home."""
    current = Assignment.objects.filter(case=alert.case_id, user__isnull=False).current(today)
    for assignment in current.of_role(Role.KLANTMANAGER).select_related("user"):
        notifications.notify(
            key=f"alert:{alert.pk}:{now.isoformat()}:{assignment.user_id}",
            kind="absence_alert",
            receiver=Receiver(user=assignment.user, role=Role.KLANTMANAGER),
            subject=_("Een signaal over verzuim vraagt om contact"),
            body=_(
                "In een van uw dossiers is vaker verzuimd dan afgesproken. Neem contact op en leg vast wat u afspreekt."
            ),
            link=alert.link,
            case_number=alert.case.number,
            by=by,
            now=now,
        )
