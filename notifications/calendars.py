"""Calendar files (RFC 5545, RFC 5546): one meeting with one receiver as its only attendee, or a feed of many; no person
in a title. Written line by line, because a feed of five hundred meetings has to be there at once; tests read them back
with independent readers.
"""

import re
from datetime import UTC

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications import addresses

REQUEST = "REQUEST"
CANCEL = "CANCEL"
CONTENT_TYPE = "text/calendar"
FILENAME = "afspraak.ics"

#: How often a calendar app should look at a feed.
_LOOK_AGAIN = "PT1H"


def request(meeting, address, *, now=None):
    """The invitation for one receiver (METHOD:REQUEST) as text; `now` is the moment it was written (DTSTAMP)."""
    return _file(meeting, address, REQUEST, "CONFIRMED", now)


def cancel(meeting, address, *, now=None):
    """The cancellation for one receiver (METHOD:CANCEL) as text; `now` is the moment it was written (DTSTAMP)."""
    return _file(meeting, address, CANCEL, "CANCELLED", now)


def feed(rows, *, name):
    """A calendar of many meetings to subscribe to, as text: the same for the same meetings. `rows` are those of
    `overviews.Feed`; what its reader does not come to leaves the time free.

    It carries no METHOD and no attendee: what stands in it is so, and nobody is asked.
    """
    write = _Writer()
    lines = [
        *_head(),
        f"NAME:{_escaped(name)}",
        f"X-WR-CALNAME:{_escaped(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{_LOOK_AGAIN}",
        f"X-PUBLISHED-TTL:{_LOOK_AGAIN}",
        *_AMSTERDAM,
    ]
    for pk, uid, sequence, starts_at, ends_at, title, place, state, changed_at, comes in rows:
        status = "CANCELLED" if state == "cancelled" else "CONFIRMED"
        lines += write.event(
            pk, uid, sequence, starts_at, ends_at, title, place, changed_at, status, changed_at, is_free=not comes
        )
    return _joined([*lines, "END:VCALENDAR"])


def uid(meeting):
    """The name by which calendars know this meeting for good."""
    return f"{meeting.uid}@{addresses.domain()}"


def _file(meeting, address, method, status, now):
    name, organiser = addresses.sender()
    named = f';CN="{_quoted(name)}"' if name else ""
    # Nobody reads replies to the sender's address, so no calendar should ask for one: answers go by the link in the mail.
    people = [
        f"ORGANIZER{named}:mailto:{organiser}",
        f"ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:{address}",
    ]
    event = _Writer().event(
        meeting.pk, meeting.uid, meeting.sequence, meeting.starts_at, meeting.ends_at, meeting.title, meeting.place,
        meeting.changed_at, status, now or timezone.now(), people=people,
    )  # fmt: skip
    return _joined([*_head(), f"METHOD:{method}", *_AMSTERDAM, *event, "END:VCALENDAR"])


def _head():
    return ["BEGIN:VCALENDAR", f"PRODID:-//{_escaped(settings.PORTAL_NAME)}//NL", "VERSION:2.0", "CALSCALE:GREGORIAN"]


class _Writer:
    """Writes events; what is the same for all of them is looked up once."""

    def __init__(self):
        self.zone = timezone.get_default_timezone()
        self.domain = addresses.domain()
        # One address is put together, the others differ in the number alone.
        self.url = settings.BASE_URL + reverse("notifications:meeting", args=[0])
        self.see = _escaped(_("Bekijk de afspraak in het portaal: %s"))

    def event(
        self,
        pk,
        uid,
        sequence,
        starts_at,
        ends_at,
        title,
        place,
        changed_at,
        status,
        stamp,
        *,
        people=(),
        is_free=False,
    ):
        """The lines of one event."""
        url = self.url.replace("/0/", f"/{pk}/")
        is_free = is_free or status == "CANCELLED"
        return [
            "BEGIN:VEVENT",
            f"UID:{uid}@{self.domain}",
            f"SEQUENCE:{sequence}",
            f"DTSTAMP:{_utc(stamp)}",
            f"LAST-MODIFIED:{_utc(changed_at)}",
            f"DTSTART{self.moment(starts_at)}",
            f"DTEND{self.moment(ends_at)}",
            f"SUMMARY:{_escaped(title)}",
            *([f"LOCATION:{_escaped(place)}"] if place else []),
            f"DESCRIPTION:{self.see % url}",
            f"URL:{url}",
            f"STATUS:{status}",
            "CLASS:PRIVATE",
            f"TRANSP:{'TRANSPARENT' if is_free else 'OPAQUE'}",
            *people,
            "END:VEVENT",
        ]

    def moment(self, moment):
        """A moment by the clock of the zone, which calendars show as it is, summer and winter.

        In the hour that a night has twice the clock does not tell which one is meant: then it stands in UTC.
        """
        local = moment.astimezone(self.zone)
        # The clock goes back at night alone, so by day nobody has to look.
        if local.hour < _LAST_HOUR_OF_NIGHT and (local.fold or local.replace(fold=1).utcoffset() != local.utcoffset()):
            return f":{_utc(moment)}"
        return f";TZID={settings.TIME_ZONE}:{_clock(local)}"


#: Before this hour clocks go forward or back.
_LAST_HOUR_OF_NIGHT = 5


def _utc(moment):
    return f"{_clock(moment.astimezone(UTC))}Z"


def _clock(moment):
    """20261123T100000, quicker than strftime."""
    return f"{moment.year:04}{moment.month:02}{moment.day:02}T{moment.hour:02}{moment.minute:02}{moment.second:02}"


def _escaped(text):
    """Text as RFC 5545 §3.3.11 writes it; line breaks of any kind become its own."""
    if not _NEEDS_ESCAPE.search(text := str(text)):
        return text
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(text.splitlines())


#: What has a meaning of its own in a text, and every letter that breaks a line.
_NEEDS_ESCAPE = re.compile(r"[\\;,\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _quoted(text):
    """The value of a parameter between quotes: what may not stand there becomes something that may (RFC 6868 aside)."""
    return "".join(letter for letter in str(text).replace('"', "'") if letter.isprintable())


def _joined(lines):
    return "\r\n".join(_folded(line) for line in lines) + "\r\n"


def _folded(line):
    """A line in pieces of at most 75 octets, never within a letter (RFC 5545 §3.1)."""
    if len(line) <= 75 and (line.isascii() or len(line.encode()) <= 75):
        return line
    if line.isascii():
        return "\r\n ".join([line[:75], *(line[at : at + 74] for at in range(75, len(line), 74))])
    pieces, piece, size = [], "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > (75 if not pieces else 74):
            pieces.append(piece)
            piece, size = "", 0
        piece += letter
        size += octets
    return "\r\n ".join([*pieces, piece])


#: The zone as the yearly rule of the law, which every reader understands; lists of moments are misread by some.
_AMSTERDAM = (
    "BEGIN:VTIMEZONE",
    f"TZID:{settings.TIME_ZONE}",
    "BEGIN:DAYLIGHT",
    "TZNAME:CEST",
    "DTSTART:19700329T020000",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "END:DAYLIGHT",
    "BEGIN:STANDARD",
    "TZNAME:CET",
    "DTSTART:19701025T030000",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "END:STANDARD",
    "END:VTIMEZONE",
)
