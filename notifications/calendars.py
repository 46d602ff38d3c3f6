"""Calendar files (RFC 5545, RFC 5546): one meeting, one receiver as its only attendee, no person in the title."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText

from notifications import addresses

REQUEST = "REQUEST"
CANCEL = "CANCEL"
CONTENT_TYPE = "text/calendar"
FILENAME = "afspraak.ics"


def request(meeting, address, *, now=None):
    """The invitation for one receiver (METHOD:REQUEST) as text; `now` is the moment it was written (DTSTAMP)."""
    return _file(meeting, address, REQUEST, "CONFIRMED", now)


def cancel(meeting, address, *, now=None):
    """The cancellation for one receiver (METHOD:CANCEL) as text; `now` is the moment it was written (DTSTAMP)."""
    return _file(meeting, address, CANCEL, "CANCELLED", now)


def uid(meeting):
    """The name by which calendars know this meeting for good."""
    return f"{meeting.uid}@{addresses.domain()}"


def _file(meeting, address, method, status, now):
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.PORTAL_NAME}//NL")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(_amsterdam())
    calendar.add_component(_event(meeting, address, status, now or timezone.now()))
    return calendar.to_ical().decode()


def _event(meeting, address, status, now):
    name, organiser_address = addresses.sender()
    url = settings.BASE_URL + meeting.get_absolute_url()
    event = Event()
    event.add("uid", uid(meeting))
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", timezone.localtime(meeting.starts_at))
    event.add("dtend", timezone.localtime(meeting.ends_at))
    event.add("summary", meeting.title)
    if meeting.place:
        event.add("location", meeting.place)
    event.add("description", _("Bekijk de afspraak in het portaal: %s") % url)
    event.add("url", url)
    event.add("status", status)
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if status == "CANCELLED" else "OPAQUE")
    organiser = vCalAddress(f"mailto:{organiser_address}")
    if name:
        organiser.params["CN"] = vText(name)
    event.add("organizer", organiser)
    attendee = vCalAddress(f"mailto:{address}")
    # Nobody reads replies to the sender's address, so no calendar should ask for one.
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
    attendee.params["RSVP"] = vText("FALSE")
    event.add("attendee", attendee)
    return event


def _amsterdam():
    """The zone as the yearly rule of the law, which every reader understands; lists of moments are misread by some."""
    zone = Timezone()
    zone.add("tzid", settings.TIME_ZONE)
    halves = (
        (TimezoneDaylight, "CEST", datetime(1970, 3, 29, 2), 3, timedelta(hours=1), timedelta(hours=2)),
        (TimezoneStandard, "CET", datetime(1970, 10, 25, 3), 10, timedelta(hours=2), timedelta(hours=1)),
    )
    for component, name, first, month, before, after in halves:
        half = component()
        half.add("tzname", name)
        half.add("dtstart", first)
        half.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1su"})
        half.add("tzoffsetfrom", before)
        half.add("tzoffsetto", after)
        zone.add_component(half)
    return zone
