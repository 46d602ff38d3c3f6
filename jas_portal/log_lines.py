"""Lines of the log: what a database quotes of a row stays out of them.

PostgreSQL names the values that it refused ("DETAIL:  Failing row contains (…)"), and an error carries that into the log of
the portal and of the worker. Which table and which rule it was stands before it, and stays.
"""

import logging
import re

_QUOTED = re.compile(
    r"(DETAIL|CONTEXT):  .*?(?=\n\n(?:The above exception|During handling)|\nTraceback|\Z)", re.DOTALL
)


def without_rows(text):
    """The text without what PostgreSQL quotes of a row."""
    return _QUOTED.sub(r"\1: left out", text)


class WithoutRows(logging.Formatter):
    """A formatter that leaves quoted rows out; with `inner` of what that other one writes."""

    def __init__(self, fmt=None, *args, inner=None, **kwargs):
        super().__init__(fmt, *args, **kwargs)
        self.inner = inner

    def format(self, record):
        return without_rows(self.inner.format(record) if self.inner else super().format(record))


def leave_rows_out(logger, **_setup):
    """Have the handlers of a logger that somebody else set up (Celery) leave quoted rows out."""
    for handler in logger.handlers:
        handler.setFormatter(WithoutRows(inner=handler.formatter))
