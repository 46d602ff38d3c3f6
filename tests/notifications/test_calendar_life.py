"""The life of one meeting in somebody's calendar: invited, moved, called off; by mail and by feed, on a calendar of its own
that keeps the rules of RFC 5546 with an independent reader."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject
from django.urls import reverse

from accounts.roles import Role
from notifications import services
from notifications.services import Receiver

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=AMSTERDAM)
HOUR = timedelta(hours=1)


class Diary:
    """A calendar that takes invitations from mail: the newest SEQUENCE of a UID counts, CANCEL takes it away."""

    def __init__(self):
        self.events = {}

    def take(self, text):
        calendar = vobject.readOne(text)
        event = calendar.vevent
        uid, sequence = event.uid.value, int(event.sequence.value)
        known = self.events.get(uid)
        if known and sequence < int(known.sequence.value):
            return
        if calendar.method.value == "CANCEL":
            self.events.pop(uid, None)
        else:
            self.events[uid] = event

    @property
    def starts(self):
        return [event.dtstart.value for event in self.events.values()]


def files_of(post, address):
    """The calendar files that were mailed to this address, in order."""
    for message in post.messages:
        if message["To"] == address:
            for part in message.walk():
                if part.get_content_type() == "text/calendar":
                    yield part.get_content()


@pytest.mark.parametrize("order", ["as sent", "the last mail first"])
def test_invited_moved_and_called_off_by_mail(cast, post, order):
    start = datetime(2027, 3, 27, 10, 0, tzinfo=AMSTERDAM)
    diary = Diary()
    meeting = services.schedule(
        kind="check_in", title="3-maandengesprek", starts_at=start, ends_at=start + HOUR, now=NOW,
        participants=[Receiver(user=cast.mentor, role=Role.MENTOR)], by=cast.klantmanager,
    )  # fmt: skip
    services.deliver_due(now=NOW)
    # The day on which the clock goes forward: ten o'clock stays ten o'clock.
    moved = datetime(2027, 3, 28, 10, 0, tzinfo=AMSTERDAM)
    services.move(meeting=meeting, starts_at=moved, ends_at=moved + HOUR, now=NOW)
    services.deliver_due(now=NOW)
    files = list(files_of(post, cast.mentor.email))
    assert ["SEQUENCE:0" in files[0], "SEQUENCE:1" in files[1]] == [True, True]
    for text in files if order == "as sent" else reversed(files):
        diary.take(text)
    assert [start.timestamp() for start in diary.starts] == [moved.timestamp()]
    assert diary.starts[0].hour == 10
    services.cancel(meeting=meeting, now=NOW)
    services.deliver_due(now=NOW)
    diary.take(list(files_of(post, cast.mentor.email))[-1])
    assert diary.events == {}


def test_the_feed_and_the_mail_speak_of_the_same_meeting(cast, post, client):
    start = datetime(2027, 10, 31, 10, 0, tzinfo=AMSTERDAM)
    services.schedule(
        kind="check_in", title="3-maandengesprek", starts_at=start, ends_at=start + HOUR, now=NOW,
        participants=[Receiver(user=cast.mentor, role=Role.MENTOR)], by=cast.klantmanager,
    )  # fmt: skip
    services.deliver_due(now=NOW)
    [mailed] = [vobject.readOne(text).vevent for text in files_of(post, cast.mentor.email)]
    token = services.make_feed(role_assignment=cast.mentor.acting_as, by=cast.mentor, now=NOW)
    read = vobject.readOne(client.get(reverse("calendar_feed", args=[token])).text).vevent
    for name in ("uid", "sequence", "dtstart", "dtend", "summary", "status"):
        assert getattr(mailed, name).value == getattr(read, name).value
