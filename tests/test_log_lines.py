"""No row that a database quotes in an error comes into a log."""

import io
import logging
import weakref

import pytest
from celery.signals import after_setup_logger, after_setup_task_logger
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from cases.models import Case
from jas_portal.log_lines import WithoutRows, leave_rows_out

REFUSED = (
    'null value in column "phase" violates not-null constraint\nDETAIL:  Failing row contains (7, Selam\n\nTekle, f).'
)


@pytest.fixture
def heard():
    """A logger set up as the portal's, and what it wrote."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    formatter = dict(settings.LOGGING["formatters"]["line"])
    handler.setFormatter(formatter.pop("()")(**formatter))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    return logger, written


def receivers_of(signal):
    """What hears a signal of Celery, which holds it by a weak reference."""
    return [found() if isinstance(found, weakref.ref) else found for _key, found in signal.receivers]


def fail():
    try:
        raise ValueError(REFUSED)
    except ValueError as error:
        raise IntegrityError(REFUSED) from error


def test_an_error_says_what_was_refused_and_not_of_whom(heard):
    logger, written = heard
    try:
        fail()
    except IntegrityError as error:
        logger.exception("Not saved: %r", error)
    text = written.getvalue()
    assert text.count("violates not-null constraint") == 3
    assert "The above exception was the direct cause" in text
    assert "in fail" in text
    assert "Selam" not in text
    assert "Tekle" not in text


def test_the_worker_and_its_tasks_write_so_as_well(heard):
    assert leave_rows_out in receivers_of(after_setup_logger)
    assert leave_rows_out in receivers_of(after_setup_task_logger)
    logger, written = heard
    logger.handlers[0].setFormatter(logging.Formatter("[worker] %(message)s"))
    leave_rows_out(logger)
    logger.error("Task failed: %s", REFUSED)
    assert written.getvalue().startswith("[worker] Task failed: null value")
    assert "Selam" not in written.getvalue()


def test_what_the_database_itself_says(db, cast, heard):
    logger, written = heard
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Case.objects.filter(pk=cast.case.pk).update(phase=None)
    logger.error("Not saved", exc_info=refused.value)
    assert "IntegrityError" in written.getvalue()
    assert cast.case.number not in written.getvalue()
    assert (cast.case.number in str(refused.value)) == (connection.vendor == "postgresql")


def test_other_lines_stay_as_they_are():
    record = logging.LogRecord("test", logging.INFO, "", 0, "DETAIL: %s", ("4 messages",), None)
    assert WithoutRows("{message}", style="{").format(record) == "DETAIL: 4 messages"
