"""What several homes draw alike: the coming meetings, the greeting."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.prepared import Prepared
from accounts.roles import Role
from cases.models import Case
from cases.overviews.work import Work
from notifications.models import Meeting

#: How far ahead the meetings on a home go.
MEETING_DAYS = 14
#: How many lines of work and meetings a home shows; the lists show the rest.
MOST_WORK, MOST_MEETINGS = 12, 6


@dataclass(frozen=True, slots=True)
class ComingMeeting:
    """A meeting in the coming two weeks."""

    day: str
    time: str
    title: str
    who: str
    url: str


def greeting(now: datetime) -> str:
    """The greeting for this hour of the day in the portal's time zone."""
    hour = timezone.localtime(now).hour
    if hour < 12:
        return _("Goedemorgen")
    return _("Goedemiddag") if hour < 18 else _("Goedenavond")


def days(count: int) -> str:
    """ "1 dag", "5 dagen"."""
    return ngettext("%d dag", "%d dagen", count) % count


def asks_now(due_on, turn_on, today, until):
    """Whether a task stands on a home: its last day is near (by `until`), or the day to look at it again has come."""
    return turn_on <= today or bool(due_on and due_on <= until)


def look_again(today, task, day, waits_for, number, name):
    """The `Work` of a task that waits for somebody, on the `day` it asked to be looked at again."""
    return Work(
        kind="soon",
        status=_("Opnieuw kijken"),
        when=_("vandaag") if day == today else _("sinds %s") % date_format(day, "j F"),
        title=name,
        number=number,
        url=reverse("cases:case", args=[number]),
        why=_("%(task)s (wacht op %(who)s)") % {"task": task, "who": waits_for},
        action=_("Taak bekijken"),
        action_url=reverse("cases:case", args=[number]),
    )


_MEETINGS = Prepared(
    lambda user, start, end: (
        Meeting.objects.planned()
        .of_user(user)
        .between(start, end)
        .order_by("starts_at", "pk")
        .values_list("pk", "starts_at", "title", "place", "case_number")[:MOST_MEETINGS]
    ),
    start=datetime,
    end=datetime,
)


def names_of(numbers, user):
    """The names of the dossiers with these numbers, as far as `user` may see them: number → name. One query.

    A mentor knows somebody by the name of every day (zone contact); a statushouder needs no own name beside an appointment.
    """
    if user.role == Role.STATUSHOUDER:
        return {}
    name = "statushouder__preferred_name" if user.role == Role.MENTOR else "statushouder__full_name"
    return dict(Case.objects.visible_to(user).filter(number__in=numbers).values_list("number", name))


def coming_meetings(user, now):
    """The meetings of this person in the coming two weeks, with the name where the dossier may be seen. Two queries."""
    start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    meetings = _MEETINGS(user, start=start, end=start + timedelta(days=MEETING_DAYS))
    names = names_of({number for _pk, _starts_at, _title, _place, number in meetings}, user)
    return [
        ComingMeeting(
            day=date_format(timezone.localdate(starts_at), "D j M").lower(),
            time=date_format(timezone.localtime(starts_at), "H:i"),
            title=title,
            who=names.get(number, place),
            url=reverse("notifications:meeting", args=[pk]),
        )
        for pk, starts_at, title, place, number in meetings
    ]
