"""Long work that is a row: one worker holds it for a while, and when that worker dies the next one takes it over.

A model of this kind has `state`, `claimed_by`, `lease_until` (a moment) and `attempts`. `until` is when the lease ends.
It stands here, at the bottom, because every package has such work.
"""

import time

from django.db.models import F

#: Rows that are looked at for one that nobody else takes at the same moment.
_LOOK_AT = 5


class ClaimLost(Exception):
    """Somebody else has the row now, or it was stopped: stop without another write."""


def claim(due, pk, *, worker, until):
    """Take this row of the queryset `due`, newly asked for. Returns whether it was had: of two workers one changes the row."""
    held = due.filter(pk=pk).order_by()
    return bool(held.update(claimed_by=worker, lease_until=until, attempts=F("attempts") + 1))


def claim_next(due, *, worker, until):
    """Take the first row of `due` that can be had. Returns its key, or None."""
    keys = due.values_list("pk", flat=True)[:_LOOK_AT]
    return next((pk for pk in keys if claim(due, pk, worker=worker, until=until)), None)


def hold(row, *, worker, until, **changes):
    """Renew the lease and write `changes`, as the first statement of a transaction. Raises `ClaimLost`.

    It locks the row, so that stopping comes before it or after the whole transaction.
    """
    held = type(row).objects.filter(pk=row.pk, claimed_by=worker, state=row.state)
    if not held.update(**{"lease_until": until, "attempts": 0, **changes}):
        raise ClaimLost


def let_go(row, *, worker):
    """Give the row back, unless another worker has it by now."""
    type(row).objects.filter(pk=row.pk, claimed_by=worker).update(claimed_by="", lease_until=None)


def wait_for(row):
    """Wait until nobody has to do anything for the row: another worker may have taken it over. Returns it as it then is."""
    row.refresh_from_db()
    while row.is_working:
        time.sleep(1)
        row.refresh_from_db()
    return row
