"""Every write of messages and meetings. A message is a row of the caller's transaction; delivery comes later."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.rules import RuleBroken
from notifications import calendars
from notifications.models import Meeting, MeetingParticipant, MeetingState, Notification


@dataclass(frozen=True)
class Receiver:
    """To whom: an account, or an address. `role` is the role in which an account receives it."""

    user: object = None
    address: str = ""
    role: str = ""

    @property
    def can_be_reached(self):
        return bool(self.user or self.address)

    @property
    def email(self):
        return self.user.email if self.user else self.address

    @property
    def key(self):
        return f"{self.role}:u{self.user.pk}" if self.user else f"{self.role}:{self.address}"


@transaction.atomic
def notify(
    *, key, kind, receiver, subject, body="", link="", case_number="", calendar="", calendar_method="",
    in_inbox=True, is_secret=False, by=None, now=None,
):  # fmt: skip
    """Queue one message to one receiver, in the caller's transaction.

    `key` is unique: asking again returns the row that is there. Returns the `Notification`, or None when the receiver
    has neither account nor address ("bel of schrijf zelf" is then shown where the message was made).
    """
    if not receiver.can_be_reached:
        return None
    now = now or timezone.now()
    row, _created = Notification.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "user": receiver.user,
            "role": receiver.role if receiver.user else "",
            "address": receiver.email,
            "subject": subject,
            "body": body,
            "link": link,
            "case_number": case_number,
            "calendar": calendar,
            "calendar_method": calendar_method,
            "in_inbox": in_inbox and receiver.user is not None,
            "is_secret": is_secret,
            "created_at": now,
            "created_by": by,
            "next_attempt_at": now,
        },
    )
    return row


@transaction.atomic
def schedule(
    *, kind, title, starts_at, ends_at, participants, place="", link="", case_number="", by=None, now=None
):
    """Plan a meeting and invite who can be reached, each with a calendar file of their own. Returns the `Meeting`.

    `participants` are `Receiver`s; `title` names no person. Moments are aware.
    """
    meeting = Meeting.objects.create(
        kind=kind, title=title, starts_at=starts_at, ends_at=ends_at, place=place, link=link, case_number=case_number
    )
    MeetingParticipant.objects.bulk_create(
        MeetingParticipant(meeting=meeting, user=p.user, role=p.role, address="" if p.user else p.address)
        for p in participants
    )
    _invite(meeting, participants, by=by, now=now)
    return meeting


@transaction.atomic
def move(*, meeting, starts_at, ends_at, place=None, by=None, now=None):
    """Give a meeting another time or place and tell every participant. Returns the `Meeting`; the same again does nothing."""
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if meeting.state == MeetingState.CANCELLED:
        raise RuleBroken(_("Deze afspraak is afgezegd. Plan een nieuwe."))
    place = meeting.place if place is None else place
    if (meeting.starts_at, meeting.ends_at, meeting.place) == (starts_at, ends_at, place):
        return meeting
    meeting.starts_at, meeting.ends_at, meeting.place = starts_at, ends_at, place
    meeting.sequence += 1
    meeting.save(update_fields=["starts_at", "ends_at", "place", "sequence"])
    _invite(meeting, _receivers(meeting), by=by, now=now)
    return meeting


@transaction.atomic
def cancel(*, meeting, by=None, now=None):
    """Call a meeting off and tell every participant. Returns the `Meeting`; asking twice tells nobody twice."""
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if meeting.state == MeetingState.CANCELLED:
        return meeting
    meeting.state = MeetingState.CANCELLED
    meeting.sequence += 1
    meeting.save(update_fields=["state", "sequence"])
    _call_off(meeting, _receivers(meeting), by=by, now=now)
    return meeting


@transaction.atomic
def replace_participant(*, case_number, role, receiver, by=None, now=None):
    """In coming meetings about a dossier, the person in `role` becomes `receiver` (Amb-14). Returns how many changed."""
    now = now or timezone.now()
    changed = 0
    meetings = Meeting.objects.select_for_update().planned().filter(case_number=case_number, starts_at__gte=now)
    for meeting in meetings.filter(participants__role=role):
        row = meeting.participants.get(role=role)
        if row.user == receiver.user:
            continue
        leaving = Receiver(user=row.user, address=row.address, role=row.role)
        row.user, row.address = receiver.user, "" if receiver.user else receiver.address
        row.save(update_fields=["user", "address"])
        meeting.sequence += 1
        meeting.save(update_fields=["sequence"])
        _call_off(meeting, [leaving], by=by, now=now)
        _invite(meeting, [receiver], by=by, now=now)
        changed += 1
    return changed


def _receivers(meeting):
    return [
        Receiver(user=row.user, address=row.address, role=row.role)
        for row in meeting.participants.select_related("user")
    ]


def _invite(meeting, receivers, *, by, now):
    when = date_format(timezone.localtime(meeting.starts_at), r"l j F Y, H:i")
    for receiver in receivers:
        if not receiver.can_be_reached:
            continue
        notify(
            key=f"meeting:{meeting.uid}:{meeting.sequence}:{receiver.key}",
            kind="invitation",
            receiver=receiver,
            subject=_("Uitnodiging: %(title)s op %(when)s") % {"title": meeting.title, "when": when},
            body=_("U bent uitgenodigd. De afspraak zit als kalenderbestand bij dit bericht."),
            link=meeting.link,
            case_number=meeting.case_number,
            calendar=calendars.request(meeting, receiver.email),
            calendar_method="REQUEST",
            by=by,
            now=now,
        )


def _call_off(meeting, receivers, *, by, now):
    when = date_format(timezone.localtime(meeting.starts_at), r"l j F Y, H:i")
    for receiver in receivers:
        if not receiver.can_be_reached:
            continue
        notify(
            key=f"meeting:{meeting.uid}:{meeting.sequence}:cancel:{receiver.key}",
            kind="invitation",
            receiver=receiver,
            subject=_("Gaat niet door: %(title)s op %(when)s") % {"title": meeting.title, "when": when},
            body=_("Deze afspraak gaat voor u niet door en kan uit uw agenda."),
            link=meeting.link,
            case_number=meeting.case_number,
            calendar=calendars.cancel(meeting, receiver.email),
            calendar_method="CANCEL",
            by=by,
            now=now,
        )
