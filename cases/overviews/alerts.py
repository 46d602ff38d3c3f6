"""Alerts: the list, and one alert with what was done about it."""

from dataclasses import dataclass
from typing import NamedTuple

from django.core.paginator import Page
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import filters, words
from cases.models import Alert, AlertStatus, FollowUp
from cases.overviews.lists import Heading, heading, ordered
from cases.paging import CappedPaginator


class AlertRow(NamedTuple):
    """One alert in the list, in words. `kind` is the tone of its status."""

    url: str
    title: str
    kind: str
    status: str
    since: str
    name: str
    number: str
    case_url: str
    detail: str
    follow_up_url: str


@dataclass(frozen=True)
class AlertList:
    """A page of alerts with its bar."""

    rows: list[AlertRow]
    page: Page
    headings: list[Heading]
    fields: list[filters.Field]
    active: int
    open: int


_ORDERS = {"since": "raised_at", "name": "case__statushouder__full_name", "title": "title", "status": "status"}
_TONES = {
    AlertStatus.NIEUW: "urgent",
    AlertStatus.GEZIEN: "urgent",
    AlertStatus.CONTACT_GEHAD: "soon",
    AlertStatus.AFGEHANDELD: "done",
    AlertStatus.VERVALLEN: "",
}


def alert_list(user, params, today):
    """Alerts for this role of visible dossiers, the oldest first; open ones unless asked otherwise. Three queries."""
    mine = Alert.objects.visible_to(user, today)
    found = filters.narrow(filters.AlertFilters, params, mine)
    if not params.get("status"):
        found = found.open()
    page = CappedPaginator(ordered(found, params, _ORDERS, ("raised_at", "pk")), params.get("page")).here()
    page.object_list = [
        AlertRow(
            url=reverse("cases:alert", args=[pk]),
            title=title,
            kind=_TONES[status],
            status=str(AlertStatus(status).label),
            since=since(raised_at, today) if status in _open() else words.written(timezone.localdate(raised_at)),
            name=name,
            number=number,
            case_url=reverse("cases:case", args=[number]),
            detail=detail,
            follow_up_url=reverse("cases:record_follow_up", args=[pk]) if status in _open() else "",
        )
        for pk, title, status, raised_at, detail, number, name in page.object_list.values_list(
            "pk", "title", "status", "raised_at", "detail", "case__number", "case__statushouder__full_name"
        )
    ]
    shown = [("title", _("Signaal")), ("name", _("Naam")), ("since", _("Sinds")), ("status", _("Stand"))]
    return AlertList(
        rows=page.object_list,
        page=page,
        headings=[heading(key, label, params) for key, label in shown],
        fields=filters.bar(filters.AlertFilters, params),
        active=filters.active(filters.AlertFilters, params),
        open=mine.open().count(),
    )


def since(moment, today):
    """How long an alert is open, in words: "vandaag", "2 dagen open"."""
    count = (today - timezone.localdate(moment)).days
    return _("vandaag") if count <= 0 else _("%s open") % words.days(count)


def _open():
    return (AlertStatus.NIEUW, AlertStatus.GEZIEN, AlertStatus.CONTACT_GEHAD)


@dataclass(frozen=True)
class FollowUpLine:
    """What somebody did about an alert."""

    when: str
    how: str
    agreed: str
    by: str


@dataclass(frozen=True)
class AlertPage:
    """One alert with its follow-ups."""

    alert: Alert
    status: str
    kind: str
    since: str
    follow_ups: list[FollowUpLine]
    handled: str


def alert_page(alert, today, reader):
    """The `AlertPage` of a visible alert. One query. What was agreed before is not for a `Reader` who only sees it waiting."""
    rows = FollowUp.objects.filter(alert=alert).select_related("recorded_by")
    handled = ""
    if alert.handled_at:
        handled = _("Afgehandeld op %(day)s door %(person)s") % {
            "day": words.written(timezone.localdate(alert.handled_at)),
            "person": alert.handled_by,
        }
    return AlertPage(
        alert=alert,
        status=alert.get_status_display(),
        kind=_TONES[alert.status],
        since=since(alert.raised_at, today) if alert.is_open else words.written(timezone.localdate(alert.raised_at)),
        follow_ups=[
            FollowUpLine(
                when=words.written(row.contacted_on),
                how=row.get_channel_display(),
                agreed="" if reader.is_narrow else row.agreed,
                by=str(row.recorded_by),
            )
            for row in rows
        ],
        handled=handled,
    )
