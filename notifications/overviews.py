"""What the pages of notifications show, built with a fixed number of queries."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from icalendar import Calendar

from accounts.roles import Role
from notifications.models import Meeting, Notification, NotificationStatus

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
        return _("%(first)s tot en met %(last)s") % {
            "first": date_format(self.first, "j F" if self.first.year == self.last.year else "j F Y"),
            "last": date_format(self.last, "j F Y"),
        }


def week_of(user, day, *, today):
    """The week (Monday to Sunday) that `day` lies in."""
    first = day - timedelta(days=day.weekday())
    return _stretch(user, first, WEEK_DAYS, today=today, empty_days=True)


def list_from(user, day, *, today):
    """Four weeks from `day` on, only days with meetings."""
    return _stretch(user, day, LIST_DAYS, today=today, empty_days=False)


def search(user, words, *, since, page, today):
    """Meetings, past and coming, with these words in title, place or dossier number; latest first."""
    found = Meeting.objects.of_user(user).filter(
        Q(title__icontains=words) | Q(place__icontains=words) | Q(case_number__icontains=words)
    )
    if since:
        found = found.filter(starts_at__gte=midnight(since))
    listed = Paginator(found.order_by("-starts_at", "-pk").prefetch_related("participants"), FOUND_PER_PAGE).get_page(
        page
    )
    days = _days(listed, user, today)
    return Agenda(
        first=since or today,
        last=today,
        days=days,
        count=listed.paginator.count,
        previous=today,
        next=today,
        page=listed,
    )


def midnight(day):
    """The moment a day begins in the portal's time zone: a day may count 23 or 25 hours."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def _stretch(user, first, length, *, today, empty_days):
    after = first + timedelta(days=length)
    meetings = list(
        Meeting.objects.of_user(user).between(midnight(first), midnight(after)).prefetch_related("participants")
    )
    days = _days(meetings, user, today)
    if empty_days:
        filled = {day.date: day for day in days}
        every = (first + timedelta(days=number) for number in range(length))
        days = tuple(filled.get(day) or _day(day, (), today) for day in every)
    later = None
    if not meetings:
        later = Meeting.objects.of_user(user).planned().filter(starts_at__gte=midnight(max(after, today))).first()
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
    slots = [_slot(meeting, user) for meeting in meetings]
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


def _slot(meeting, user):
    start = timezone.localtime(meeting.starts_at)
    others = [row for row in meeting.participants.all() if row.user_id != user.pk]
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
        must_be_phoned=helps and not meeting.is_cancelled and any(not row.can_be_reached for row in others),
    )


@dataclass(frozen=True)
class Participant:
    """Who takes part, as the reader may know it: a statushouder is never named here."""

    role: str
    name: str
    is_reader: bool
    #: Why somebody must phone or write; "" when the invitation can be trusted to arrive.
    must_be_phoned: str


def participants_of(meeting, user):
    """Everybody who takes part in `meeting`, for the eyes of `user`; two queries."""
    last_by_address = {
        address: status
        for address, status in Notification.objects.filter(meeting=meeting)
        .order_by("pk")
        .values_list("address", "status")
    }
    shown = []
    for row in meeting.participants.select_related("user"):
        address = row.user.email if row.user else row.address
        if not row.can_be_reached:
            reason = _("Geen account en geen e-mailadres: bel of schrijf zelf.")
        elif last_by_address.get(address) == NotificationStatus.FAILED:
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
            )
        )
    return shown


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
