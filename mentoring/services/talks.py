"""The 3- and 6-month talks as appointments: planned with the match, moved, missed, called off, overdue."""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases.models import Alert, AlertStatus, JournalKind, ProgrammeSettings
from cases.services import let_deputies_in, raise_alert, record, withdraw_alert
from mentoring.models import CheckIn, CheckInKind, CheckInStatus, Mentorship
from mentoring.people import coordinators_of, deputies_of, klantmanager_of, statushouder_of
from mentoring.rules import TALK_MINUTES, check_in_due, check_in_targets
from notifications import services as notifications
from notifications.services import Receiver

#: The sort of the meetings and of the alerts of talks.
CHECK_IN = "check_in"


def plan_check_ins(*, mentorship, first_at, first_place, second_at, second_place, by, today, now):
    """Plan both talks of a match that begins, in the caller's transaction (R29, R30). Returns the two `CheckIn`s."""
    settings = ProgrammeSettings.objects.on(today)
    first_on, second_on = check_in_targets(mentorship.start_date, settings)
    talks = []
    for kind, target, starts_at, place in (
        (CheckInKind.M3, first_on, first_at, first_place),
        (CheckInKind.M6, second_on, second_at, second_place),
    ):
        talk = CheckIn(mentorship=mentorship, kind=kind, target_on=target, due_on=target)
        talk.save()
        _plan(talk, starts_at, place, settings=settings, by=by, today=today, now=now)
        talks.append(talk)
    return talks


def participants(check_in, *, by, today):
    """Who takes part: mentor, statushouder and who leads the talk; each as `Receiver` with a role.

    Nobody in a role, or nobody that a message reaches: the role alone, so that the screen says who must be called and
    a later klantmanager takes the place (Amb-14).
    """
    mentorship = check_in.mentorship
    if check_in.kind == CheckInKind.M3:
        leader = klantmanager_of(mentorship.case, today)
    else:
        leader = _leading_coordinator(mentorship, by=by, today=today)
    return [
        Receiver(user=mentorship.mentor.user, role=Role.MENTOR),
        statushouder_of(mentorship.case),
        Receiver(user=leader, role=check_in.leading_role),
    ]


@transaction.atomic
def move_check_in(*, check_in, starts_at, place, by, today, now=None):
    """Give an open talk a date, or another one; the target stays (model §5.3). Everybody who takes part hears of it.

    Returns the `CheckIn`; the same again changes nothing.
    """
    now = now or timezone.now()
    check_in = _open(check_in)
    if starts_at <= now:
        raise RuleBroken(_("Kies een moment dat nog komt."))
    place = place.strip()
    meeting = check_in.meeting
    if (
        check_in.status == CheckInStatus.GEPLAND
        and meeting is not None
        and not meeting.is_cancelled
        and (meeting.starts_at, meeting.place) == (starts_at, place)
    ):
        return check_in
    withdraw_alert(key=check_in.alert_key, by=by, now=now)
    settings = ProgrammeSettings.objects.on(today)
    _plan(check_in, starts_at, place, settings=settings, by=by, today=today, now=now)
    text = _("%s heeft een andere datum") % check_in.get_kind_display()
    record(case=check_in.mentorship.case, kind=JournalKind.CHECK_IN, zone=Zone.MENTORING, text=text, by=by, now=now)
    return check_in


@transaction.atomic
def miss_check_in(*, check_in, by, today, now=None):
    """A talk does not take place, or did not: it waits for a new date; the target stays. Returns the `CheckIn`."""
    now = now or timezone.now()
    check_in = _open(check_in)
    if check_in.status == CheckInStatus.TE_PLANNEN:
        return check_in
    withdraw_alert(key=check_in.alert_key, by=by, now=now)
    if check_in.meeting and check_in.meeting.starts_at > now:
        notifications.cancel(meeting=check_in.meeting, by=by, now=now)
    settings = ProgrammeSettings.objects.on(today)
    check_in.status = CheckInStatus.TE_PLANNEN
    check_in.due_on = check_in_due(check_in.target_on, None, settings.check_in_window_days, today)
    check_in.save(update_fields=["status", "due_on"])
    text = _("%s is niet doorgegaan") % check_in.get_kind_display()
    record(case=check_in.mentorship.case, kind=JournalKind.CHECK_IN, zone=Zone.MENTORING, text=text, by=by, now=now)
    return check_in


def lapse_check_ins(*, mentorship, by, today, now):
    """Call off what is still open of a match that ends: talks VERVALLEN, meetings cancelled, alerts taken back.

    Returns how many talks lapsed.
    """
    lapsed = 0
    for check_in in CheckIn.objects.select_for_update(of=("self",)).filter(mentorship=mentorship).open():
        withdraw_alert(key=check_in.alert_key, by=by, now=now)
        close_meeting(check_in, by=by, now=now)
        check_in.status = CheckInStatus.VERVALLEN
        check_in.save(update_fields=["status"])
        lapsed += 1
    return lapsed


def close_meeting(check_in, *, by, now):
    """Take a talk that is still to come out of people's calendars; what has been stays there."""
    if check_in.meeting and check_in.meeting.starts_at > now:
        notifications.cancel(meeting=check_in.meeting, by=by, now=now)


def raise_overdue_check_ins(today, now=None):
    """Raise one alert for each open talk whose day has passed: to the klantmanager for the first, to the coordinator
    for the second (R29, R30). Running it again raises nothing new. Returns how many were raised."""
    now = now or timezone.now()
    waiting = list(
        CheckIn.objects.overdue(today)
        .filter(mentorship__in=Mentorship.objects.active())
        .select_related("mentorship__case", "mentorship__mentor__organisation")
    )
    keys = [check_in.alert_key for check_in in waiting]
    raised = set(
        Alert.objects.filter(key__in=keys).exclude(status=AlertStatus.VERVALLEN).values_list("key", flat=True)
    )
    return sum(_raise_overdue(check_in, today, now) for check_in in waiting if check_in.alert_key not in raised)


@transaction.atomic
def _raise_overdue(check_in, today, now):
    # Between the list and now somebody may have recorded or moved it.
    check_in = _locked(check_in)
    if not check_in.is_open or check_in.due_on > today or not check_in.mentorship.is_active:
        return False
    mentorship, kind = check_in.mentorship, check_in.get_kind_display()
    if check_in.status == CheckInStatus.GEPLAND:
        title, detail = (
            _("%s nog niet vastgelegd") % kind,
            _("De afgesproken dag is voorbij. Leg vast hoe het ging of plan een nieuwe datum."),
        )
    else:
        title, detail = (
            _("%s nog niet gepland") % kind,
            _("De streefdatum is voorbij en er is geen afspraak. Plan een datum."),
        )
    link = reverse("mentoring:check_in", args=[check_in.pk])
    _alert, is_new = raise_alert(
        case=mentorship.case,
        key=check_in.alert_key,
        kind=CHECK_IN,
        for_role=check_in.leading_role,
        zone=Zone.MENTORING,
        title=title,
        detail=detail,
        link=link,
        now=now,
    )
    if not is_new:
        return False
    if check_in.kind == CheckInKind.M3:
        receivers = [klantmanager_of(mentorship.case, today)]
    else:
        receivers = coordinators_of(mentorship.mentor.organisation, today)
    for user in receivers:
        if user is not None:
            notifications.notify(
                key=f"{check_in.alert_key}:{user.pk}",
                kind=CHECK_IN,
                receiver=Receiver(user=user, role=check_in.leading_role),
                subject=title,
                body=_("In het portaal staat een gesprek dat op u wacht."),
                link=link,
                case_number=mentorship.case.number,
                now=now,
            )
    return True


def _plan(check_in, starts_at, place, *, settings, by, today, now):
    """Give the talk its appointment: the meeting moves along, or a new one takes the place of one called off."""
    ends_at = starts_at + timedelta(minutes=TALK_MINUTES)
    if check_in.meeting and not check_in.meeting.is_cancelled:
        check_in.meeting = notifications.move(
            meeting=check_in.meeting, starts_at=starts_at, ends_at=ends_at, place=place, by=by, now=now
        )
        _let_successor_in(check_in, by=by, today=today, now=now)
    else:
        check_in.meeting = notifications.schedule(
            kind=CHECK_IN,
            title=check_in.get_kind_display(),
            starts_at=starts_at,
            ends_at=ends_at,
            participants=participants(check_in, by=by, today=today),
            place=place,
            link=reverse("mentoring:check_in", args=[check_in.pk]),
            case_number=check_in.mentorship.case.number,
            by=by,
            now=now,
        )
    let_deputies_in(case=check_in.mentorship.case, by=by, today=today, now=now)
    check_in.status = CheckInStatus.GEPLAND
    planned_on = timezone.localdate(starts_at)
    check_in.due_on = check_in_due(check_in.target_on, planned_on, settings.check_in_window_days, today)
    check_in.save(update_fields=["meeting", "status", "due_on"])


def _let_successor_in(check_in, *, by, today, now):
    """A talk that was missed keeps its appointment; the klantmanager who came since takes the empty place in it."""
    leader = klantmanager_of(check_in.mentorship.case, today) if check_in.kind == CheckInKind.M3 else None
    if leader:
        notifications.replace_participant(
            case_number=check_in.mentorship.case.number,
            role=Role.KLANTMANAGER,
            receiver=Receiver(user=leader, role=Role.KLANTMANAGER),
            stays=deputies_of(check_in.mentorship.case, today),
            by=by,
            now=now,
        )


def _leading_coordinator(mentorship, *, by, today):
    """Who confirmed the match, as long as that person coordinates; otherwise who acts now, or a colleague."""
    current = RoleAssignment.objects.current(today).filter(
        role=Role.VRIJWILLIGERSCOORDINATOR, organisation=mentorship.mentor.organisation_id
    )
    order = [user_id for user_id in (mentorship.confirmed_by_id, by.pk if by else None) if user_id]
    found = {row.user_id: row.user for row in current.select_related("user")}
    return next((found[user_id] for user_id in order if user_id in found), next(iter(found.values()), None))


def _locked(check_in):
    return (
        CheckIn.objects.select_for_update(of=("self",))
        .select_related("meeting", "mentorship__mentor__user", "mentorship__case__statushouder__user")
        .get(pk=check_in.pk)
    )


def _open(check_in):
    """The talk, locked; refuses when it is recorded or has lapsed."""
    check_in = _locked(check_in)
    if not check_in.is_open:
        raise RuleBroken(_("Dit gesprek is al vastgelegd of vervallen."))
    return check_in
