"""Meetings: the only place that plans, moves and calls them off, and tells whoever takes part."""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.rules import RuleBroken
from notifications import calendars, kinds
from notifications.models import Meeting, MeetingParticipant, MeetingState, Notification, NotificationStatus
from notifications.services.messages import Receiver, notify


@transaction.atomic
def schedule(
    *, kind, title, starts_at, ends_at, participants, place="", link="", case_number="", invite=True, by=None, now=None
):
    """Plan a meeting and invite who can be reached, each with a calendar file of their own. Returns the `Meeting`.

    `participants` are `Receiver`s; one that has neither account nor address is stored by its role alone, so that the
    screen can say "bel of schrijf zelf". `title` names no person. `link` is the path of the page that this meeting
    belongs to. Moments are aware. `invite=False` is for a series of which the caller sends one message.
    """
    _check(starts_at, ends_at)
    meeting = Meeting.objects.create(
        kind=kind, title=title, starts_at=starts_at, ends_at=ends_at, place=place, link=link, case_number=case_number
    )
    unique = list(dict.fromkeys(participants))
    MeetingParticipant.objects.bulk_create(
        MeetingParticipant(meeting=meeting, user=p.user, role=p.role, address="" if p.user else p.address)
        for p in unique
    )
    if invite:
        _invite(meeting, unique, _("Uitnodiging: %(title)s op %(when)s"), by=by, now=now)
    return meeting


@transaction.atomic
def move(*, meeting, starts_at, ends_at, place=None, invite=True, by=None, now=None):
    """Give a meeting another time or place and tell every participant. Returns the `Meeting`; the same again does nothing."""
    _check(starts_at, ends_at)
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if meeting.is_cancelled:
        raise RuleBroken(_("Deze afspraak is afgezegd. Plan een nieuwe."))
    place = meeting.place if place is None else place
    if (meeting.starts_at, meeting.ends_at, meeting.place) == (starts_at, ends_at, place):
        return meeting
    meeting.starts_at, meeting.ends_at, meeting.place = starts_at, ends_at, place
    meeting.sequence += 1
    meeting.save(update_fields=["starts_at", "ends_at", "place", "sequence"])
    if invite:
        _invite(meeting, _receivers(meeting), _("Gewijzigd: %(title)s op %(when)s"), by=by, now=now)
    return meeting


@transaction.atomic
def cancel(*, meeting, invite=True, by=None, now=None):
    """Call a meeting off and tell every participant. Returns the `Meeting`; asking twice tells nobody twice."""
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if meeting.is_cancelled:
        return meeting
    meeting.state = MeetingState.CANCELLED
    meeting.sequence += 1
    meeting.save(update_fields=["state", "sequence"])
    if invite:
        _call_off(meeting, _receivers(meeting), by=by, now=now)
    return meeting


@transaction.atomic
def join(*, meetings, receiver, by=None, now=None):
    """Put one more receiver into these meetings, without a message: the caller sends one for the series. Returns nothing."""
    MeetingParticipant.objects.bulk_create(
        [
            MeetingParticipant(
                meeting=meeting,
                user=receiver.user,
                role=receiver.role,
                address="" if receiver.user else receiver.address,
            )
            for meeting in meetings
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def leave(*, meetings, receiver, by=None, now=None):
    """Take a receiver out of these meetings, without a message: the caller sends one for the series. Returns how many."""
    rows = MeetingParticipant.objects.filter(meeting__in=meetings, role=receiver.role, user=receiver.user)
    if receiver.user is None:
        rows = rows.filter(address=receiver.address)
    return rows.delete()[0]


@transaction.atomic
def replace_participant(*, case_number, role, receiver, by=None, now=None):
    """In coming meetings about a dossier, the person in `role` becomes `receiver` (Amb-14). Returns how many changed.

    Who leaves gets a cancellation, who comes an invitation; the others hear nothing, for them nothing changed.
    """
    now = now or timezone.now()
    receiver = replace(receiver, role=role)
    involved = MeetingParticipant.objects.filter(role=role, meeting__case_number=case_number)
    meetings = (
        Meeting.objects.select_for_update()
        .planned()
        .filter(pk__in=involved.values("meeting_id"), starts_at__gte=now)
        .order_by("pk")
    )
    return sum(_replace(meeting, role, receiver, by=by, now=now) for meeting in meetings)


@transaction.atomic
def vacate(*, case_number, role, users, by=None, now=None):
    """Take `users` out of every meeting about a dossier in `role`: access has ended (model §5.7 (3)). Returns how many
    places.

    What has been goes out of their agendas too. The place stays, by its role alone, for who comes after
    (`replace_participant`). Of a meeting still to come who leaves gets a cancellation.
    """
    now = now or timezone.now()
    places = MeetingParticipant.objects.filter(role=role, user__in=users, meeting__case_number=case_number)
    meetings = Meeting.objects.select_for_update().filter(pk__in=places.values("meeting_id")).order_by("pk")
    vacated = 0
    for meeting in meetings:
        leaving = list(places.filter(meeting=meeting).select_related("user").order_by("pk"))
        if not meeting.is_cancelled and meeting.starts_at >= now:
            meeting.sequence += 1
            meeting.save(update_fields=["sequence"])
            _call_off(meeting, [_receiver(row) for row in leaving], by=by, now=now)
        vacated += MeetingParticipant.objects.filter(pk__in=[row.pk for row in leaving]).update(user=None)
    return vacated


def _replace(meeting, role, receiver, *, by, now):
    rows = list(meeting.participants.filter(role=role).select_related("user").order_by("pk"))
    leaving = [row for row in rows if _receiver(row) != receiver]
    if not leaving:
        return False
    meeting.sequence += 1
    meeting.save(update_fields=["sequence"])
    _call_off(meeting, [_receiver(row) for row in leaving], by=by, now=now)
    if len(leaving) == len(rows):
        first = leaving.pop(0)
        first.user, first.address = receiver.user, "" if receiver.user else receiver.address
        first.save(update_fields=["user", "address"])
        _invite(meeting, [receiver], _("Uitnodiging: %(title)s op %(when)s"), by=by, now=now)
    MeetingParticipant.objects.filter(pk__in=[row.pk for row in leaving]).delete()
    return True


def _check(starts_at, ends_at):
    if ends_at <= starts_at:
        raise RuleBroken(_("De afspraak moet later eindigen dan hij begint."))


def _receiver(row):
    return Receiver(user=row.user, address=row.address, role=row.role)


def _receivers(meeting):
    return [_receiver(row) for row in meeting.participants.select_related("user")]


def _invite(meeting, receivers, subject, *, by, now):
    body = _(
        "De afspraak: %(facts)s\n\nBij dit bericht zit een kalenderbestand. Open het om de afspraak in de agenda te zetten."
    )
    for receiver in receivers:
        _tell(meeting, receiver, calendars.REQUEST, subject, body, by=by, now=now)


def _call_off(meeting, receivers, *, by, now):
    subject = _("Gaat niet door: %(title)s op %(when)s")
    body = _(
        "Deze afspraak gaat niet door: %(facts)s\n\nHet kalenderbestand bij dit bericht haalt de afspraak uit de agenda."
    )
    for receiver in receivers:
        _tell(meeting, receiver, calendars.CANCEL, subject, body, by=by, now=now)


def _tell(meeting, receiver, method, subject, body, *, by, now):
    if not receiver.can_be_reached:
        return
    _withdraw_waiting(meeting, receiver)
    write = calendars.cancel if method == calendars.CANCEL else calendars.request
    words = {"title": meeting.title, "when": _when(meeting), "facts": _facts(meeting)}
    notify(
        key=f"meeting:{meeting.uid}:{meeting.sequence}:{method.lower()}:{receiver.key}",
        kind=kinds.INVITATION,
        receiver=receiver,
        subject=subject % words,
        body=body % words,
        # A page behind sign-in is of no use to who has an address alone.
        link=meeting.get_absolute_url() if receiver.user else "",
        case_number=meeting.case_number,
        calendar=write(meeting, receiver.email, now=now),
        calendar_method=method,
        meeting=meeting,
        by=by,
        now=now,
    )


def _withdraw_waiting(meeting, receiver):
    """What is still waiting about this meeting is overtaken; arriving later, it would put an old time into a calendar."""
    waiting = Notification.objects.filter(meeting=meeting, address=receiver.email, status=NotificationStatus.QUEUED)
    waiting.update(status=NotificationStatus.CANCELLED)


def _when(meeting):
    return date_format(timezone.localtime(meeting.starts_at), r"l j F Y, H:i")


def _facts(meeting):
    """Title, time and place, a line each."""
    end = date_format(timezone.localtime(meeting.ends_at), "H:i")
    lines = [meeting.title, _("%(start)s tot %(end)s uur") % {"start": _when(meeting), "end": end}]
    if meeting.place:
        lines.append(_("Plaats: %s") % meeting.place)
    return "\n" + "\n".join(lines)
