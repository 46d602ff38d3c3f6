"""Calendar files (RFC 5545, RFC 5546): one meeting with one receiver as its only attendee, or a feed of many; no person
in a title. Written line by line, because a feed of five hundred meetings has to be there at once; tests read them back
with independent readers.
"""

from datetime import UTC

from django.conf import settings
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


def feed(meetings, *, name, declined=()):
    """A calendar of many meetings to subscribe to, as text: the same for the same meetings. Those in `declined` (their
    ids) leave the time free.

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
    for meeting in meetings:
        status = "CANCELLED" if meeting.is_cancelled else "CONFIRMED"
        lines += write.event(meeting, status, meeting.changed_at, declined=meeting.pk in declined)
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
    event = _Writer().event(meeting, status, now or timezone.now(), people=people)
    return _joined([*_head(), f"METHOD:{method}", *_AMSTERDAM, *event, "END:VCALENDAR"])


def _head():
    return ["BEGIN:VCALENDAR", f"PRODID:-//{_escaped(settings.PORTAL_NAME)}//NL", "VERSION:2.0", "CALSCALE:GREGORIAN"]


class _Writer:
    """Writes events; what is the same for all of them is looked up once."""

    def __init__(self):
        self.zone = timezone.get_default_timezone()
        self.domain = addresses.domain()
        self.path = settings.BASE_URL + "%s"
        self.see = _("Bekijk de afspraak in het portaal: %s")

    def event(self, meeting, status, stamp, *, people=(), declined=False):
        """The lines of one event."""
        url = self.path % meeting.get_absolute_url()
        is_free = declined or status == "CANCELLED"
        return [
            "BEGIN:VEVENT",
            f"UID:{meeting.uid}@{self.domain}",
            f"SEQUENCE:{meeting.sequence}",
            f"DTSTAMP:{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"LAST-MODIFIED:{meeting.changed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            self.moment("DTSTART", meeting.starts_at),
            self.moment("DTEND", meeting.ends_at),
            f"SUMMARY:{_escaped(meeting.title)}",
            *([f"LOCATION:{_escaped(meeting.place)}"] if meeting.place else []),
            f"DESCRIPTION:{_escaped(self.see % url)}",
            f"URL:{url}",
            f"STATUS:{status}",
            "CLASS:PRIVATE",
            f"TRANSP:{'TRANSPARENT' if is_free else 'OPAQUE'}",
            *people,
            "END:VEVENT",
        ]

    def moment(self, name, moment):
        """A moment by the clock of the zone, which calendars show as it is, summer and winter.

        In the hour that a night has twice the clock does not tell which one is meant: then it stands in UTC.
        """
        local = moment.astimezone(self.zone)
        if local.fold or local.replace(fold=1).utcoffset() != local.utcoffset():
            return f"{name}:{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        return f"{name};TZID={settings.TIME_ZONE}:{local:%Y%m%dT%H%M%S}"


def _escaped(text):
    """Text as RFC 5545 §3.3.11 writes it; line breaks of any kind become its own."""
    text = str(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(text.splitlines())


def _quoted(text):
    """The value of a parameter between quotes: what may not stand there becomes something that may (RFC 6868 aside)."""
    return "".join(letter for letter in str(text).replace('"', "'") if letter.isprintable())


def _joined(lines):
    return "\r\n".join(_folded(line) for line in lines) + "\r\n"


def _folded(line):
    """A line in pieces of at most 75 octets, never within a letter (RFC 5545 §3.1)."""
    if len(line) <= 75 and (line.isascii() or len(line.encode()) <= 75):
        return line
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
