"""Going along rows that are due: in pieces, and past a row that fails."""

import logging

from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)

#: Rows in memory at once.
PIECE = 200


def sweep(rows, act):
    """Do `act(row)` for each row of the queryset `rows`, by id. Returns the sum of the numbers it gives, or how
    many times it gave something else that is true.

    However many are due, a piece of them is in memory. One row that fails is written in the log and passed over, so that
    it never stands before the others; what it raised is raised in the end, so that the run counts as failed. When the
    database itself is away, it stops at once. `act` looks again whether its row is still due.
    """
    done, last, failure = 0, 0, None
    while piece := list(rows.filter(pk__gt=last).order_by("pk")[:PIECE]):
        for row in piece:
            last = row.pk
            try:
                result = act(row)
                done += result if isinstance(result, int) else bool(result)
            except (OperationalError, InterfaceError):
                raise
            except Exception as error:
                logger.exception("%s %s could not be dealt with", row._meta.label, row.pk)
                failure = error
    if failure is not None:
        raise failure
    return done
