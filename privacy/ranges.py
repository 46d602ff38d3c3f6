"""Sets of line numbers, written short ("1-40,43"), and what one seal says, as plain values."""

import hashlib
import hmac
import json
from datetime import UTC


def to_text(numbers):
    """Ascending numbers as text: runs with a hyphen, with commas between them."""
    runs = []
    for number in numbers:
        add(runs, number)
    return runs_to_text(runs)


def add(runs, number):
    """Add a number, higher than all before, to a list of runs [first, last]."""
    if runs and runs[-1][1] == number - 1:
        runs[-1][1] = number
    else:
        runs.append([number, number])


def runs_to_text(runs):
    """Ascending runs (first, last) as text."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def from_text(text):
    """The runs of such a text as (first, last), ascending."""
    runs = []
    for run in filter(None, text.split(",")):
        first, _hyphen, last = run.partition("-")
        runs.append((int(first), int(last or first)))
    return runs


def gaps(runs, after, up_to):
    """What `runs` (any order) leave open between `after` (left out) and `up_to`, as (first, last)."""
    found, seen = [], after
    for first, last in sorted(runs):
        if first > seen + 1:
            found.append((seen + 1, min(first - 1, up_to)))
        seen = max(seen, last)
    if seen < up_to:
        found.append((seen + 1, up_to))
    return [(first, last) for first, last in found if first <= last]


def canonical(values):
    """One row as bytes that are the same on every database: JSON, moments in UTC to the microsecond."""
    plain = [
        value.astimezone(UTC).isoformat(timespec="microseconds") if hasattr(value, "astimezone") else value
        for value in values
    ]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def signed(key, values):
    """The digest over one row with a secret key: nobody without the key can make it (HMAC with SHA-256)."""
    return hmac.new(key.encode(), canonical(values), hashlib.sha256).hexdigest()


def name_of(key):
    """A short name of a key, that does not give it away: a seal says with which one it was made."""
    return hmac.new(key.encode(), b"name of the key", hashlib.sha256).hexdigest()[:16]
