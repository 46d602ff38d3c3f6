"""Days and moments."""

from datetime import datetime, time

from django.utils import timezone


def midnight(day):
    """The moment a day begins in the portal's time zone. A day may count 23 or 25 hours: the next one's is asked anew."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())
