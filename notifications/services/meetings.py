"""Meetings: the only place that plans, moves and calls them off, and tells whoever takes part."""

from dataclasses import replace

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.rules import RuleBroken
from notifications import calendars, kinds
from notifications.models import (
    WAITING,
    Meeting,
    MeetingParticipant,
    MeetingState,
    Notification,
    NotificationStatus,
)
from notifications.services.feeds import touch_feeds
from notifications.services.messages import Receiver, notify

#: What an invitation that is asked anew begins with.
_UNANSWERED = {"answer": "", "answered_at": None}


@transaction.atomic
def schedule(
    *, kind, title, starts_at, ends_at, participants, place="", link="", case_number="", invite=True, by=None, now=None
):
    """Plan a meeting and invite who can be reached, each with a calendar file of their own. Returns the `Meeting`.

    `participants` are `Receiver`s; one that has neither account nor address is stored by its role alone, so that the
    screen can say "bel of schrijf zelf". `title` names no person. `link` is the path of the page that this meeting
    belongs to. Moments are aware. `by` hears of a refusal. `invite=False` is for a series of which the caller sends one message.
    """
    _check(starts_at, ends_at)
    meeting = Meeting.objects.create(
        kind=kind, title=title, starts_at=starts_at, ends_at=ends_at, place=place, link=link, case_number=case_number,
        organiser=by, organiser_role=(by.role or "") if by else "", changed_at=now or timezone.now(),
    )  # fmt: skip
    unique = list(dict.fromkeys(participants))
    MeetingParticipant.objects.bulk_create(
        MeetingParticipant(meeting=meeting, user=p.user, role=p.role, address="" if p.user else p.address)
        for p in unique
    )
    if invite:
        _invite(meeting, unique, gettext_lazy("Uitnodiging: %(title)s op %(when)s"), by=by, now=now)
    return meeting


@transaction.atomic
def move(*, meeting, starts_at, ends_at, place=None, invite=True, by=None, now=None):
    """Give a meeting another time or place and ask every participant again. Returns the `Meeting`; the same again does
    nothing.
    """
    _check(starts_at, ends_at)
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if meeting.is_cancelled:
        raise RuleBroken(_("Deze afspraak is afgezegd. Plan een nieuwe."))
    place = meeting.place if place is None else place
    if (meeting.starts_at, meeting.ends_at, meeting.place) == (starts_at, ends_at, place):
        return meeting
    meeting.starts_at, meeting.ends_at, meeting.place = starts_at, ends_at, place
    _change(meeting, "starts_at", "ends_at", "place", now=now)
    meeting.participants.update(asked=F("asked") + 1, **_UNANSWERED)
    if invite:
        _invite(meeting, _receivers(meeting), gettext_lazy("Gewijzigd: %(title)s op %(when)s"), by=by, now=now)
    return meeting


@transaction.atomic
def cancel(*, meeting, invite=True, by=None, now=None):
    """Call a meeting off and tell every participant. Returns the `Meeting`; asking twice tells nobody twice."""
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if meeting.is_cancelled:
        return meeting
    meeting.state = MeetingState.CANCELLED
    _change(meeting, "state", now=now)
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
    else:
        touch_feeds(users=[receiver.user], now=now or timezone.now())
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
    (`replace_participant`). Of a meeting still to come who leaves gets a cancellation. What they planned has no planner
    any more.
    """
    now = now or timezone.now()
    users = list(users)
    touch_feeds(users=users, now=now)
    planned = Meeting.objects.filter(case_number=case_number, organiser_role=role, organiser__in=users)
    planned.update(organiser=None, organiser_role="")
    places = MeetingParticipant.objects.filter(role=role, user__in=users, meeting__case_number=case_number)
    meetings = Meeting.objects.select_for_update().filter(pk__in=places.values("meeting_id")).order_by("pk")
    vacated = 0
    for meeting in meetings:
        leaving = list(places.filter(meeting=meeting).select_related("user").order_by("pk"))
        if not meeting.is_cancelled and meeting.starts_at >= now:
            _change(meeting, now=now)
            _call_off(meeting, [_receiver(row) for row in leaving], by=by, now=now)
        places_left = MeetingParticipant.objects.filter(pk__in=[row.pk for row in leaving])
        vacated += places_left.update(user=None, asked=F("asked") + 1, **_UNANSWERED)
    return vacated


def _replace(meeting, role, receiver, *, by, now):
    rows = list(meeting.participants.filter(role=role).select_related("user").order_by("pk"))
    leaving = [row for row in rows if _receiver(row) != receiver]
    if not leaving:
        return False
    _change(meeting, now=now)
    _call_off(meeting, [_receiver(row) for row in leaving], by=by, now=now)
    touch_feeds(users=[row.user for row in leaving if row.user], now=now)
    if len(leaving) == len(rows):
        first = leaving.pop(0)
        first.user, first.address = receiver.user, "" if receiver.user else receiver.address
        first.asked, first.answer, first.answered_at = first.asked + 1, "", None
        first.save(update_fields=["user", "address", "asked", "answer", "answered_at"])
        _invite(meeting, [receiver], gettext_lazy("Uitnodiging: %(title)s op %(when)s"), by=by, now=now)
    MeetingParticipant.objects.filter(pk__in=[row.pk for row in leaving]).delete()
    return True


def _change(meeting, *fields, now):
    """Store what changed of a meeting, with the number and the moment by which calendars tell new from old."""
    meeting.sequence += 1
    meeting.changed_at = now or timezone.now()
    meeting.save(update_fields=["sequence", "changed_at", *fields])


def _check(starts_at, ends_at):
    if ends_at <= starts_at:
        raise RuleBroken(_("De afspraak moet later eindigen dan hij begint."))


def _receiver(row):
    return Receiver(user=row.user, address=row.address, role=row.role)


def _receivers(meeting):
    return [_receiver(row) for row in meeting.participants.select_related("user")]


def _invite(meeting, receivers, subject, *, by, now):
    body = gettext_lazy(
        "De afspraak: %(facts)s\n\nBij dit bericht zit een kalenderbestand. Open het om de afspraak in de agenda te zetten."
    )
    for receiver in receivers:
        _tell(meeting, receiver, calendars.REQUEST, subject, body, by=by, now=now)


def _call_off(meeting, receivers, *, by, now):
    subject = gettext_lazy("Gaat niet door: %(title)s op %(when)s")
    body = gettext_lazy(
        "Deze afspraak gaat niet door: %(facts)s\n\nHet kalenderbestand bij dit bericht haalt de afspraak uit de agenda."
    )
    for receiver in receivers:
        _tell(meeting, receiver, calendars.CANCEL, subject, body, by=by, now=now)


def _tell(meeting, receiver, method, subject, body, *, by, now):
    if not receiver.can_be_reached:
        return
    _withdraw_waiting(meeting, receiver)
    write = calendars.cancel if method == calendars.CANCEL else calendars.request
    with override(receiver.reads):
        file = write(meeting, receiver.email, now=now)
    notify(
        key=f"meeting:{meeting.uid}:{meeting.sequence}:{method.lower()}:{receiver.key}",
        kind=kinds.INVITATION,
        receiver=receiver,
        subject=lambda: str(subject) % {"title": meeting.title, "when": _when(meeting)},
        body=lambda: str(body) % {"facts": _facts(meeting)},
        # A page behind sign-in is of no use to who has an address alone.
        link=meeting.get_absolute_url() if receiver.user else "",
        case_number=meeting.case_number,
        calendar=file,
        calendar_method=method,
        meeting=meeting,
        by=by,
        now=now,
    )


def _withdraw_waiting(meeting, receiver):
    """What is still waiting about this meeting is overtaken; arriving later, it would put an old time into a calendar."""
    waiting = Notification.objects.filter(meeting=meeting, address=receiver.email, status__in=WAITING)
    waiting.exclude(kind=kinds.ANSWER).update(status=NotificationStatus.CANCELLED)


def _when(meeting):
    return date_format(timezone.localtime(meeting.starts_at), r"l j F Y, H:i")


def _facts(meeting):
    """Title, time and place, a line each."""
    end = date_format(timezone.localtime(meeting.ends_at), "H:i")
    lines = [meeting.title, _("%(start)s tot %(end)s uur") % {"start": _when(meeting), "end": end}]
    if meeting.place:
        lines.append(_("Plaats: %s") % meeting.place)
    return "\n" + "\n".join(lines)
