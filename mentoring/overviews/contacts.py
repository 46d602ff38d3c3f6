"""The mentor's own contact moments and hours."""

from dataclasses import dataclass
from datetime import date

from django.core.paginator import Page, Paginator
from django.db.models import Sum
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases import words
from cases.rules import add_months
from mentoring.models import ContactMoment, Mentorship

PER_PAGE = 20
#: How many months of hours are drawn.
MONTHS = 6


@dataclass(frozen=True, slots=True)
class MonthHours:
    """The hours of one month: `text` for people, `minutes` for drawing, `most` the longest month beside it."""

    text: str
    minutes: int
    most: int


@dataclass(frozen=True, slots=True)
class MomentRow:
    """One contact moment in words. `note` is empty for who may not read it."""

    pk: int
    on: str
    ago: str
    channel: str
    duration: str
    note: str
    concern: bool
    can_be_changed: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class OwnContacts:
    """The mentor's page of contact: with whom, what was logged, the hours."""

    matches: tuple[tuple[int, str], ...]
    rows: tuple[MomentRow, ...]
    page: Page
    months: tuple[MonthHours, ...]


def duration(minutes):
    """ "1½ uur", "20 minuten"; an attempt took no time and says nothing."""
    if not minutes:
        return ""
    if minutes % 30:
        return _("%d minuten") % minutes
    whole, half = divmod(minutes, 60)
    return _("%s uur") % f"{whole or ''}{'½' if half else ''}"


def moment_row(moment, now, today, *, name="", for_mentor=False):
    """A contact moment in words."""
    return MomentRow(
        pk=moment.pk,
        on=words.written(moment.on),
        ago=words.days_ago(moment.on, today),
        channel=moment.get_channel_display(),
        duration=duration(moment.minutes),
        note=moment.note,
        concern=moment.concern,
        can_be_changed=for_mentor and moment.can_be_changed(now),
        name=name,
    )


def months_of(moments, today):
    """The hours per month of these moments, this month first, six months back. One query."""
    first = add_months(today.replace(day=1), 1 - MONTHS)
    sums = dict(
        moments.filter(on__gte=first)
        .order_by()
        .annotate(month=TruncMonth("on"))
        .values_list("month")
        .annotate(total=Sum("minutes"))
    )
    months = [add_months(today.replace(day=1), -back) for back in range(MONTHS)]
    totals = [(month, sums.get(month) or 0) for month in months]
    most = max(60, *(total for _month, total in totals))
    return tuple(
        MonthHours(f"{date_format(month, 'F Y')}: {duration(total) or _('geen uren')}", total, most)
        for month, total in totals
    )


def own_contacts(user, today, now, *, match_pk="", channel="", page=1):
    """The mentor's own moments of active matches, newest first; hours of all matches ever, in numbers alone.

    Four queries.
    """
    matches = tuple(
        (match.pk, match.case.statushouder.preferred_name)
        for match in Mentorship.objects.visible_to(user, today)
        .active()
        .select_related("case__statushouder")
        .order_by("case__statushouder__preferred_name", "pk")
    )
    moments = ContactMoment.objects.visible_to(user, today).select_related("mentorship__case__statushouder")
    if match_pk in {str(pk) for pk, _name in matches}:
        moments = moments.filter(mentorship=match_pk)
    if channel:
        moments = moments.filter(channel=channel)
    page = Paginator(moments.order_by("-on", "-pk"), PER_PAGE).get_page(page)
    names = dict(matches)
    rows = tuple(
        moment_row(moment, now, today, name=names.get(moment.mentorship_id, ""), for_mentor=True)
        for moment in page.object_list
    )
    months = months_of(ContactMoment.objects.logged_by_mentor(user), today)
    return OwnContacts(matches=matches, rows=rows, page=page, months=months)


def last_moment(mentorship):
    """The moment logged last for a match, or None: what the form suggests."""
    return ContactMoment.objects.filter(mentorship=mentorship).order_by("-logged_at", "-pk").first()


def moments_on(mentorship, day: date, *, other_than=None):
    """Moments that stand on this day already, as rows in words for the hint."""
    moments = ContactMoment.objects.filter(mentorship=mentorship, on=day)
    return list(moments.exclude(key=other_than) if other_than else moments)
