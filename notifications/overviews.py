"""What the pages of notifications show, built with a fixed number of queries."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst, get_text_list
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from icalendar import Calendar

from accounts.clock import midnight
from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.searching import every_word, has_every_word
from notifications import kinds
from notifications.kinds import Way
from notifications.models import (
    NOT_RECEIVED,
    UNDELIVERED,
    Answer,
    Meeting,
    MeetingParticipant,
    MeetingState,
    Notification,
    NotificationStatus,
    Preference,
    RefusedAddress,
)

#: How far back a feed goes, and how long a meeting called off stays in it, so that every app has taken it away.
FEED_PAST_DAYS = 60
LIST_DAYS = 28
WEEK_DAYS = 7
FOUND_PER_PAGE = 25


@dataclass(frozen=True)
class Slot:
    """One meeting in an agenda, its words ready."""

    title: str
    url: str
    starts_at: datetime
    start: str
    end: str
    place: str
    case_number: str
    with_whom: str
    is_cancelled: bool
    must_be_phoned: bool
    #: What the reader answered, in words; "" when nothing yet.
    own_answer: str = ""


@dataclass(frozen=True)
class Day:
    date: date
    label: str
    short_label: str
    is_today: bool
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Agenda:
    """The meetings of one person in a stretch of days; `days` holds every day of a week, or the days of a list that
    have something. When searched, `page` is the page of what was found and the stretch is everything."""

    first: date
    last: date
    days: tuple[Day, ...]
    count: int
    previous: date
    next: date
    next_meeting: Meeting | None = None
    page: Page | None = None

    @property
    def words(self):
        """The stretch of days, written out."""
        if self.first == self.last:
            return date_format(self.first, "l j F Y")
        return _("%(first)s tot en met %(last)s") % {
            "first": date_format(self.first, "j F" if self.first.year == self.last.year else "j F Y"),
            "last": date_format(self.last, "j F Y"),
        }


def day_of(user, day, *, kind="", today):
    """One day."""
    return _stretch(user, day, 1, kind=kind, today=today, empty_days=True)


def week_of(user, day, *, kind="", today):
    """The week (Monday to Sunday) that `day` lies in."""
    first = day - timedelta(days=day.weekday())
    return _stretch(user, first, WEEK_DAYS, kind=kind, today=today, empty_days=True)


def list_from(user, day, *, kind="", today):
    """Four weeks from `day` on, only days with meetings."""
    return _stretch(user, day, LIST_DAYS, kind=kind, today=today, empty_days=False)


def search(user, words, *, kind="", since, page, today):
    """Meetings, past and coming, with these words in title, place or dossier number; latest first."""
    found = _meetings(user, kind).filter(every_word(words, "title", "place", "case_number"))
    if since:
        found = found.filter(starts_at__gte=midnight(since))
    listed = Paginator(found.order_by("-starts_at", "-pk"), FOUND_PER_PAGE).get_page(page)
    days = _days(list(listed), user, today)
    return Agenda(
        first=since or today,
        last=today,
        days=days,
        count=listed.paginator.count,
        previous=today,
        next=today,
        page=listed,
    )


def agenda_url(*, view="", day=None, kind=""):
    """The address of the agenda seen in this way, from this day on, of this sort of meeting."""
    chosen = {"weergave": view, "van": day.isoformat() if day else "", "soort": kind}
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"{reverse('notifications:agenda')}?{query}"


def _meetings(user, kind):
    people = MeetingParticipant.objects.select_related("user")
    return Meeting.objects.of_user(user).of_kind(kind).prefetch_related(Prefetch("participants", people))


def _stretch(user, first, length, *, kind, today, empty_days):
    after = first + timedelta(days=length)
    meetings = list(_meetings(user, kind).between(midnight(first), midnight(after)))
    days = _days(meetings, user, today)
    if empty_days:
        filled = {day.date: day for day in days}
        every = (first + timedelta(days=number) for number in range(length))
        days = tuple(filled.get(day) or _day(day, (), today) for day in every)
    later = None
    if not meetings:
        later = Meeting.objects.of_user(user).of_kind(kind).planned()
        later = later.filter(starts_at__gte=midnight(max(after, today))).first()
    return Agenda(
        first=first,
        last=after - timedelta(days=1),
        days=days,
        count=len(meetings),
        previous=first - timedelta(days=length),
        next=after,
        next_meeting=later,
    )


def _days(meetings, user, today):
    emails = {row.email for meeting in meetings for row in meeting.participants.all() if row.email}
    refused = set(RefusedAddress.objects.filter(address__in=emails).values_list("address", flat=True))
    slots = [_slot(meeting, user, refused) for meeting in meetings]
    grouped = groupby(slots, key=lambda slot: slot.starts_at.date())
    return tuple(_day(day, tuple(sorted(group, key=lambda slot: slot.starts_at)), today) for day, group in grouped)


def _day(day, slots, today):
    return Day(
        date=day,
        label=capfirst(date_format(day, "l j F" if day.year == today.year else "l j F Y")),
        short_label=date_format(day, "D j b"),
        is_today=day == today,
        slots=slots,
    )


def _slot(meeting, user, refused):
    start = timezone.localtime(meeting.starts_at)
    others = [row for row in meeting.participants.all() if row.user_id != user.pk]
    own = [row for row in meeting.participants.all() if row.user_id == user.pk and row.role in ("", user.role)]
    # Whom to phone is work of those who help, not of the person it is about.
    helps = user.role != Role.STATUSHOUDER
    return Slot(
        title=meeting.title,
        url=meeting.get_absolute_url(),
        starts_at=start,
        start=date_format(start, "H:i"),
        end=date_format(timezone.localtime(meeting.ends_at), "H:i"),
        place=meeting.place,
        case_number=meeting.case_number if helps else "",
        with_whom=get_text_list(
            list(dict.fromkeys(str(row.role_label).lower() for row in others if row.role)), _("en")
        ),
        is_cancelled=meeting.is_cancelled,
        must_be_phoned=helps
        and not meeting.is_cancelled
        and any(not row.can_be_reached or row.email in refused for row in others),
        own_answer=str(own[0].own_answer) if own and not meeting.is_cancelled else "",
    )


@dataclass(frozen=True)
class Participant:
    """Who takes part, as the reader may know it: a statushouder is never named here."""

    role: str
    name: str
    is_reader: bool
    #: Why somebody must phone or write; "" when the invitation can be trusted to arrive.
    must_be_phoned: str
    answer: str
    answer_label: str
    #: The tone of the answer as a status: done, urgent, soon or "".
    tone: str
    answered_at: datetime | None


def participants_of(meeting, user):
    """Everybody who takes part in `meeting`, with what they answered, for the eyes of `user`; three queries."""
    last_by_address = {
        address.lower(): status
        for address, status in Notification.objects.filter(meeting=meeting, kind=kinds.INVITATION)
        .order_by("pk")
        .values_list("address", "status")
    }
    places = list(meeting.participants.select_related("user"))
    roles = RoleAssignment.objects.current().filter(user__in=[row.user_id for row in places if row.user_id])
    current = set(roles.values_list("user_id", "role"))
    shown = []
    for row in places:
        if not row.can_be_reached:
            reason = _("Geen account en geen e-mailadres: bel of schrijf zelf.")
        elif row.user_id and row.role and (row.user_id, row.role) not in current:
            reason = _("Dit account of deze rol is gestopt en krijgt geen uitnodiging: bel of schrijf zelf.")
        elif last_by_address.get(row.email) in NOT_RECEIVED:
            reason = _("De uitnodiging is niet aangekomen: bel of schrijf zelf.")
        else:
            reason = ""
        is_reader = row.user_id == user.pk
        named = row.user is not None and (is_reader or row.role != Role.STATUSHOUDER)
        shown.append(
            Participant(
                role=str(row.role_label),
                name=str(row.user) if named else "",
                is_reader=is_reader,
                must_be_phoned=reason if user.role != Role.STATUSHOUDER else "",
                answer=row.answer,
                answer_label=str(row.get_answer_display()) if row.answer else _("Nog geen antwoord"),
                tone={Answer.YES: "done", Answer.NO: "urgent", Answer.MAYBE: "soon"}.get(row.answer, ""),
                answered_at=row.answered_at,
            )
        )
    return shown


@dataclass(frozen=True)
class Feed:
    """What a calendar app reads of one person in one role."""

    name: str
    #: As `FEED_COLUMNS`, with whether this person comes: plain rows, because there may be hundreds.
    rows: list[tuple]
    #: The same as long as nothing in it changed.
    fingerprint: str
    changed_at: datetime


#: What a feed reads of a meeting.
FEED_COLUMNS = ("pk", "uid", "sequence", "starts_at", "ends_at", "title", "place", "state", "changed_at")


def feed_of(user, feed, now):
    """The meetings of `user` in the role worked in, from two months back on; two queries, whatever their number."""
    since = now - timedelta(days=FEED_PAST_DAYS)
    found = Meeting.objects.of_user(user).filter(ends_at__gte=since).order_by("starts_at", "pk")
    places = MeetingParticipant.objects.filter(user=user, answer=Answer.NO, role__in=["", user.role])
    declined = set(places.filter(meeting__ends_at__gte=since).values_list("meeting_id", flat=True))
    rows = [(*row, row[0] not in declined) for row in found.values_list(*FEED_COLUMNS)]
    told = repr((feed.pk, feed.made_at, get_language(), [(row[0], row[2], row[-2], row[-1]) for row in rows]))
    return Feed(
        name=_("%(portal)s, %(role)s") % {"portal": settings.PORTAL_NAME, "role": Role(user.role).label.lower()},
        rows=rows,
        fingerprint=hashlib.sha256(told.encode()).hexdigest()[:32],
        changed_at=max([feed.changed_at, *(row[-2] for row in rows)]),
    )


def takes_mail(user_pk, address):
    """Whether no mail server refused mail to this account, or without one to this address, for good. One query."""
    marked = RefusedAddress.objects
    return not (marked.filter(user=user_pk) if user_pk else marked.of(address)).exists()


def calendar_facts(text):
    """A calendar file in words: (label, value) of what a calendar would show."""
    [event] = Calendar.from_ical(text).walk("VEVENT")
    start, end = (timezone.localtime(event.decoded(name)) for name in ("DTSTART", "DTEND"))
    cancelled = event.get("STATUS") == "CANCELLED"
    return [
        (_("Soort"), _("Afzegging") if cancelled else _("Uitnodiging")),
        (_("Afspraak"), str(event["SUMMARY"])),
        (_("Begint"), date_format(start, r"l j F Y, H:i")),
        (_("Eindigt"), date_format(end, r"l j F Y, H:i")),
        (_("Plaats"), str(event.get("LOCATION", "")) or _("niet ingevuld")),
        (_("Van"), str(event["ORGANIZER"]).removeprefix("mailto:")),
        (_("Aan"), str(event["ATTENDEE"]).removeprefix("mailto:")),
    ]


# --- What somebody chose about messages ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """One sort of message on the page Meldingen: how it comes, or why that can't be chosen."""

    kind: str
    label: str
    way: Way
    why_always: str


def choices_of(user, role):
    """Every sort of message that `user` may receive in `role`, first those that can be chosen. One query."""
    chosen = dict(Preference.objects.filter(user=user, role=role).values_list("kind", "way"))
    return [
        Choice(
            kind=name,
            label=str(kind.label),
            way=Way(chosen.get(name, kind.default_for(role))),
            why_always=str(kind.why_always),
        )
        for name, kind in kinds.of_role(role)
    ]


# --- What went to whom about a dossier -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    """One message about a dossier: to whom, when, which way, and whether it arrived. Never what it said."""

    at: datetime
    kind: str
    role: str
    name: str
    way: str
    status: str
    #: The tone of the status: done, urgent, soon or "".
    tone: str


@dataclass(frozen=True)
class History:
    """The messages about a dossier that its reader may know of, and whom somebody must phone about a coming meeting."""

    page: Page
    lines: list[Sent]
    #: (title, moment, roles) of coming meetings to which somebody can't be invited.
    to_phone: list[tuple]


def history_of(case_number, user, zones, form, *, known=None, page, now):
    """What went to whom about a dossier, as far as `user` reads there (`zones`); at most four queries.

    `form` is a valid `HistoryForm`. `known` is {account: name} of whom this reader knows by another name than that of the
    account, and finds by that name. To see the dossier at all is asked before.
    """
    known = known or {}
    found = Notification.objects.about(case_number).told_in(zones, user).select_related("user", "digest")
    if words := form.value("q"):
        named = [account for account, name in known.items() if has_every_word(words, name)]
        by_name = every_word(words, "user__name") & ~Q(user__in=list(known))
        found = found.filter(by_name | Q(user__in=named))
    if kind := form.value("kind"):
        found = found.filter(kind=kind)
    if form.value("show") == "missed":
        found = found.not_received()
    elif form.value("show") == "waiting":
        found = found.filter(status__in=(NotificationStatus.HELD, *UNDELIVERED))
    order = ("created_at", "pk") if form.value("sort") == "oldest" else ("-created_at", "-pk")
    listed = Paginator(found.order_by(*order), FOUND_PER_PAGE).get_page(page)
    return History(
        page=listed,
        lines=[_sent(row, known) for row in listed.object_list],
        to_phone=_to_phone(case_number, zones, now),
    )


def _sent(row, known):
    status, tone = _arrival(row)
    return Sent(
        at=row.created_at,
        kind=str(row.kind_label),
        role=str(Role(row.role).label) if row.role in Role else "",
        name=known.get(row.user_id) or (str(row.user) if row.user else _("Iemand zonder account")),
        way=_way(row),
        status=status,
        tone=tone,
    )


def _way(row):
    if row.status == NotificationStatus.PORTAL_ONLY:
        return _("Portaal")
    if row.status in (NotificationStatus.HELD, NotificationStatus.IN_DIGEST):
        return _("Portaal en verzamelmail")
    return _("Portaal en mail") if row.in_inbox else _("Mail")


def _arrival(row):
    """(words, tone): whether a message arrived, as far as a portal can know. A mail server that took a mail may lose it
    still; such a return by mail reaches nobody here."""
    if row.status == NotificationStatus.IN_DIGEST and row.digest:
        words, tone = _arrival(row.digest)
        return _("In de verzamelmail. %(status)s") % {"status": words}, tone
    words = {
        NotificationStatus.QUEUED: (_("Wacht op verzending"), "soon"),
        NotificationStatus.SENDING: (_("Wacht op verzending"), "soon"),
        NotificationStatus.HELD: (_("Wacht op de verzamelmail"), "soon"),
        NotificationStatus.SENT: (_("Afgeleverd bij de mailserver"), "done"),
        NotificationStatus.IN_DIGEST: (_("In de verzamelmail"), ""),
        NotificationStatus.PORTAL_ONLY: (_("Staat in het portaal"), "done"),
        NotificationStatus.CANCELLED: (_("Ingetrokken"), ""),
        NotificationStatus.BLOCKED: (_("Niet verstuurd, het adres werkt niet: bel of schrijf zelf"), "urgent"),
        NotificationStatus.FAILED: (_("Niet aangekomen: bel of schrijf zelf"), "urgent"),
    }
    if row.was_refused:
        return _("Geweigerd door de mailserver: bel of schrijf zelf"), "urgent"
    return words[NotificationStatus(row.status)]


def _to_phone(case_number, zones, now):
    places = (
        MeetingParticipant.objects.filter(
            meeting__case_number=case_number,
            meeting__kind__in=kinds.meetings_seen_in(zones),
            meeting__state=MeetingState.PLANNED,
            meeting__ends_at__gt=now,
            user=None,
            address="",
        )
        .select_related("meeting")
        .order_by("meeting__starts_at", "pk")
    )
    return [
        (row.meeting.title, date_format(timezone.localtime(row.meeting.starts_at), r"l j F, H:i"), str(row.role_label))
        for row in places
    ]
