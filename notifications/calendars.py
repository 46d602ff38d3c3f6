"""Calendar files (RFC 5545): one meeting, one receiver, no person in the title."""


def request(meeting, address):
    """The invitation for one receiver (METHOD:REQUEST) as text."""
    return _file(meeting, address, "REQUEST", "CONFIRMED")


def cancel(meeting, address):
    """The cancellation for one receiver (METHOD:CANCEL) as text."""
    return _file(meeting, address, "CANCEL", "CANCELLED")


def _file(meeting, address, method, status):
    return f"{method} {status} {meeting.uid} {address}"
