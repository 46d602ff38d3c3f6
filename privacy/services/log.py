"""Writing the read log, and asking for a check of it."""

from django.utils import timezone

from privacy.models import LogCheck, LogLine
from privacy.services.sealing import check_log

#: Column → how much of a text fits in it.
_ROOM = {field.name: field.max_length for field in LogLine._meta.fields if getattr(field, "max_length", None)}
#: How often the clock checks the whole log by itself.
CHECK_EVERY = timezone.timedelta(hours=24)


def write_line(*, at=None, **columns):
    """Add one line; one insert, outside any transaction of a page. Returns it.

    `columns` are those of `LogLine`. A text that is too long is cut, and NUL, which PostgreSQL takes nowhere, left out:
    what somebody typed must never be a reason that there is no line.
    """
    line = _line(at=at or timezone.now(), **columns)
    line.save(force_insert=True)
    return line


def write_for_each(case_numbers, **columns):
    """Add a line for each of these dossiers, alike in all else. Returns nothing."""
    now = timezone.now()
    LogLine.objects.bulk_create(
        [_line(at=now, **columns | {"case_number": number}) for number in case_numbers], batch_size=1000
    )


def _line(**columns):
    return LogLine(
        **{
            name: value.replace("\x00", "")[: _ROOM[name]] if name in _ROOM else value
            for name, value in columns.items()
        }
    )


def ask_for_check(*, by, now):
    """The privacy officer asks the clock to check the whole log; asked twice it is one check. Returns the `LogCheck`."""
    waiting = LogCheck.objects.filter(done_at=None).first()
    return waiting or LogCheck.objects.create(asked_at=now, asked_by=by.pk)


def check_when_due(*, now):
    """Do the check that was asked for, or the daily one. Returns the finished `LogCheck`, or None when none is due."""
    waiting = LogCheck.objects.filter(done_at=None).order_by("pk").first()
    if waiting is None:
        if LogCheck.objects.filter(asked_at__gt=now - CHECK_EVERY).exists():
            return None
        waiting = LogCheck(asked_at=now)
    report = check_log(now=now)
    waiting.done_at, waiting.findings = timezone.now(), report.findings
    waiting.lines, waiting.seals = report.lines, report.seals
    waiting.save()
    return waiting
