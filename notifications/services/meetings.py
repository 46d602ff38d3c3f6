"""Meetings: the only place that plans, moves and calls them off, and tells whoever takes part."""

from dataclasses import replace

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts.models import RoleAssignment
from accounts.rules import RuleBroken
from notifications import calendars, kinds
from notifications.models import (
    NOT_RECEIVED,
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
#: The subject of a first invitation.
_INVITATION = gettext_lazy("Uitnodiging: %(title)s op %(when)s")


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
        _invite(meeting, unique, _INVITATION, by=by, now=now)
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
def join(*, meetings, receiver, case_number="", invite=False, by=None, now=None):
    """Put one more receiver into these meetings. Returns how many were new to them; who takes part already is asked nothing.

    Without a message: the caller sends one for the series. With `invite` each new one is an invitation of its own.
    `case_number` says whose place it is where the meetings are about no dossier; so `readdress` finds it, and a place
    that no message reaches yet.
    """
    now = now or timezone.now()
    there = set(_places_of(receiver, case_number).filter(meeting__in=meetings).values_list("meeting_id", flat=True))
    new = [meeting for meeting in meetings if meeting.pk not in there]
    MeetingParticipant.objects.bulk_create(
        [
            MeetingParticipant(
                meeting=meeting,
                user=receiver.user,
                role=receiver.role,
                address="" if receiver.user else receiver.address,
                case_number=case_number,
            )
            for meeting in new
        ],
        ignore_conflicts=True,
    )
    if new and receiver.user:
        touch_feeds(users=[receiver.user], now=now)
    if invite:
        for meeting in new:
            _invite(meeting, [receiver], _INVITATION, by=by, now=now)
    return len(new)


@transaction.atomic
def leave(*, meetings, receiver, case_number="", by=None, now=None):
    """Take a receiver out of these meetings. Returns how many places were given up.

    Without a message: the caller sends one for the series. Only what was asked for one meeting is taken back for that
    meeting: an invitation that waits does not go out, and one that went out is followed by a file that takes the coming
    meeting out of their calendar again. Not so while another has a place at the same address.
    """
    now = now or timezone.now()
    places = _places_of(receiver, case_number).filter(meeting__in=meetings)
    left = list(Meeting.objects.select_for_update().filter(pk__in=places.values("meeting_id")).order_by("pk"))
    asked = _asked(left, receiver, besides=places)
    went_out = asked.exclude(status__in=(*WAITING, NotificationStatus.CANCELLED, *NOT_RECEIVED))
    invited = set(went_out.values_list("meeting_id", flat=True))
    asked.filter(status__in=WAITING).update(status=NotificationStatus.CANCELLED)
    for meeting in left:
        if meeting.pk in invited and not meeting.is_cancelled and meeting.starts_at >= now:
            _change(meeting, now=now)
            _take_out(meeting, receiver, by=by, now=now)
    if receiver.user:
        touch_feeds(users=[receiver.user], now=now)
    return places.delete()[0]


@transaction.atomic
def readdress(*, case_number, before, receiver, by=None, now=None):
    """The person of a dossier, who was reached as `before`, is from now on reached as `receiver`: another address, an
    account of their own, or neither. Returns how many coming meetings now have the new one.

    1. What was not delivered to the old address goes to the new one, invitations left out: those are made anew. The old
       address hears nothing more, also not that it is over: it may be somebody else's.
    2. The places in coming meetings become those of the new one, and the links of before stop.
    3. About each meeting of the dossier goes an invitation, about those of a series one message that lists them.
    """
    now = now or timezone.now()
    places = MeetingParticipant.objects.filter(
        Q(case_number=case_number) | Q(meeting__case_number=case_number),
        role=receiver.role,
        meeting__in=Meeting.objects.upcoming(now),
    )
    locked = list(Meeting.objects.select_for_update().filter(pk__in=places.values("meeting_id")).order_by("pk"))
    stale = {place.meeting_id: place for place in places.select_related("user") if _receiver(place) != receiver}
    meetings = sorted((meeting for meeting in locked if meeting.pk in stale), key=lambda meeting: meeting.starts_at)
    series = [meeting for meeting in meetings if meeting.case_number != case_number]
    if before.can_be_reached:
        asked = _asked(meetings, before, besides=places)
        asked.filter(status__in=(*WAITING, *NOT_RECEIVED)).update(status=NotificationStatus.CANCELLED)
        _send_on(case_number, before, receiver, told_anew={meeting.kind for meeting in series})
    for meeting in meetings:
        place = stale[meeting.pk]
        place.user, place.address = receiver.user, "" if receiver.user else receiver.address
        place.asked, place.answer, place.answered_at = place.asked + 1, "", None
        place.save(update_fields=["user", "address", "asked", "answer", "answered_at"])
        _change(meeting, now=now)
        if meeting.case_number == case_number:
            _invite(meeting, [receiver], _INVITATION, by=by, now=now)
    touch_feeds(users=[user for user in (before.user, receiver.user) if user], now=now)
    if series:
        _list_series(series, receiver, case_number=case_number, by=by, now=now)
    return len(meetings)


@transaction.atomic
def replace_participant(*, case_number, role, receiver, stays=(), by=None, now=None):
    """In coming meetings about a dossier, the person in `role` becomes `receiver` (Amb-14). Returns how many changed.

    Who leaves gets a cancellation, who comes an invitation; the others hear nothing, for them nothing changed. `stays`
    are accounts that keep their place in that role: deputies.
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
    return sum(_replace(meeting, role, receiver, stays=stays, by=by, now=now) for meeting in meetings)


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


def _replace(meeting, role, receiver, *, stays, by, now):
    rows = list(meeting.participants.filter(role=role).select_related("user").order_by("pk"))
    is_there = any(_receiver(row) == receiver for row in rows)
    leaving = [row for row in rows if _receiver(row) != receiver and (row.user is None or row.user not in stays)]
    if not leaving:
        return False
    _change(meeting, now=now)
    _call_off(meeting, [_receiver(row) for row in leaving], by=by, now=now)
    touch_feeds(users=[row.user for row in leaving if row.user], now=now)
    if not is_there:
        first = leaving.pop(0)
        first.user, first.address = receiver.user, "" if receiver.user else receiver.address
        first.asked, first.answer, first.answered_at = first.asked + 1, "", None
        first.save(update_fields=["user", "address", "asked", "answer", "answered_at"])
        _invite(meeting, [receiver], _INVITATION, by=by, now=now)
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


def _places_of(receiver, case_number=""):
    """The places of this receiver: those of the dossier when it is given, else of the account or at the address."""
    places = MeetingParticipant.objects.filter(role=receiver.role)
    if case_number:
        return places.filter(case_number=case_number)
    places = places.filter(user=receiver.user)
    return places if receiver.user else places.filter(address__iexact=receiver.address)


def _asked(meetings, receiver, *, besides):
    """The invitations to this receiver for `meetings`, save where somebody else has a place (not in `besides`) at that
    address: then they are theirs too."""
    asked = Notification.objects.filter(
        meeting__in=meetings, address__iexact=receiver.email, calendar_method=calendars.REQUEST
    )
    if receiver.user:
        return asked
    others = MeetingParticipant.objects.filter(meeting__in=meetings, user=None, address__iexact=receiver.email)
    shared = set(others.exclude(pk__in=besides.values("pk")).values_list("meeting_id", flat=True))
    return asked.exclude(meeting__in=shared)


def _send_on(case_number, before, receiver, *, told_anew):
    """What waits about a dossier goes to where its person is reached now, and what failed when it is tried again; what is
    told anew goes nowhere."""
    missed = Notification.objects.filter(
        case_number=case_number,
        user=before.user,
        address__iexact=before.email,
        status__in=(*WAITING, *NOT_RECEIVED),
    )
    anew = Q(kind__in=told_anew) | Q(calendar_method=calendars.REQUEST)
    (missed.filter(anew) if receiver.can_be_reached else missed).update(status=NotificationStatus.CANCELLED)
    missed.update(address=receiver.email)


def _list_series(meetings, receiver, *, case_number, by, now):
    """One message about meetings in a row: which, when and where."""

    def body():
        lines = [f"{_span(meeting)}: {meeting.title}{meeting.place and f', {meeting.place}'}" for meeting in meetings]
        return _("U bent uitgenodigd voor deze bijeenkomsten:\n%s") % "\n".join(lines)

    notify(
        key=f"series:{meetings[0].uid}:{meetings[0].sequence}:{case_number}:{receiver.key}",
        kind=meetings[0].kind,
        receiver=receiver,
        subject=gettext_lazy("Uw bijeenkomsten"),
        body=body,
        link=reverse("notifications:agenda") if receiver.user else "",
        case_number=case_number,
        by=by,
        now=now,
    )


def _receiver(row):
    return Receiver(user=row.user, address=row.address, role=row.role)


def _receivers(meeting):
    """Everybody who takes part, once: two people may have one address between them."""
    return list(dict.fromkeys(_receiver(row) for row in meeting.participants.select_related("user")))


def _invite(meeting, receivers, subject, *, by, now):
    body = gettext_lazy(
        "De afspraak: %(facts)s\n\nBij dit bericht zit een kalenderbestand. Open het om de afspraak in de agenda te zetten."
    )
    for receiver in _who_may_come(receivers, now):
        _tell(meeting, receiver, calendars.REQUEST, subject, body, by=by, now=now)


def _who_may_come(receivers, now):
    """Those without an account, and those whose account works in their role today. At most one query."""
    users = [receiver.user for receiver in receivers if receiver.user]
    current = {(user.pk, "") for user in users if user.is_active}
    if users:
        roles = RoleAssignment.objects.current(timezone.localdate(now)).filter(user__in=users)
        current.update(roles.values_list("user_id", "role"))
    return [receiver for receiver in receivers if not receiver.user or (receiver.user.pk, receiver.role) in current]


def _call_off(meeting, receivers, *, by, now):
    subject = gettext_lazy("Gaat niet door: %(title)s op %(when)s")
    body = gettext_lazy(
        "Deze afspraak gaat niet door: %(facts)s\n\nHet kalenderbestand bij dit bericht haalt de afspraak uit de agenda."
    )
    for receiver in receivers:
        _tell(meeting, receiver, calendars.CANCEL, subject, body, by=by, now=now)


def _take_out(meeting, receiver, *, by, now):
    """The meeting goes on without this receiver."""
    subject = gettext_lazy("U doet niet meer mee: %(title)s op %(when)s")
    body = gettext_lazy(
        "U doet niet meer mee aan deze afspraak: %(facts)s\n\nHet kalenderbestand bij dit bericht haalt de afspraak uit de "
        "agenda."
    )
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


def _span(meeting):
    """The day, and from when until when."""
    end = date_format(timezone.localtime(meeting.ends_at), "H:i")
    return _("%(start)s tot %(end)s uur") % {"start": _when(meeting), "end": end}


def _facts(meeting):
    """Title, time and place, a line each."""
    lines = [meeting.title, _span(meeting)]
    if meeting.place:
        lines.append(_("Plaats: %s") % meeting.place)
    return "\n" + "\n".join(lines)
