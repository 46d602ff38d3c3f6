"""Delivery: claim what is due, hand it to the mail server, write down how that went."""

import logging
import smtplib
import time
import uuid
from datetime import timedelta
from email.errors import MessageError

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from notifications import addresses, mail
from notifications.models import Notification, NotificationStatus

logger = logging.getLogger(__name__)

#: How long a claim holds. A worker that lives is done long before (see TIME_LIMIT), so an expired claim is a dead one.
LEASE = timedelta(minutes=5)
#: Seconds after which a sweep claims nothing more, and after which its process is ended whatever it is doing.
STOP_CLAIMING_AFTER = 90
TIME_LIMIT = 270
#: Pauses after each attempt in vain; after the last one the message has failed, visibly. Together two days.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60))
MAX_ATTEMPTS = len(PAUSES) + 1

_CHUNK = 50


class NoServer(Exception):
    """The mail server cannot be reached or does not let us in: no message of this sweep would fare better."""


def deliver_due(*, now=None, limit=500):
    """Deliver up to `limit` messages whose moment has come, oldest first. Returns how many were delivered.

    Safe with any number of workers, and to call at any time:

    1. A message is claimed by one conditional update, just before it is sent, for the length of a lease. Who changes no
       row lost the race and goes on to the next.
    2. It is sent over one connection per sweep, which is opened anew after a fault.
    3. The outcome is written by another conditional update, that only the holder of the claim can do: sent; waiting with
       a growing pause after a passing fault (4xx, no server, connection lost, timeout); failed at once after a refusal
       of this receiver or this message (5xx), or after the last pause. A refusal of us as sender is a matter of
       settings and waits.
    4. What a dead worker had claimed becomes due when its lease ends.

    So nothing is lost, and at most one copy reaches the server, with one window where that can't be promised: between
    the server's taking the last byte of a message and our writing down its answer. A worker killed, a connection lost or
    a timeout right there leaves open whether the server has it; it is then sent again, with the same Message-ID, so that
    mail programs can recognise the copy.

    With MAIL_DELIVERY "keep" nothing is sent: the message counts as sent and stays readable, secrets included, because
    there the portal itself is the mailbox. Otherwise a message that carries a secret is emptied once delivered.
    """
    now = now or timezone.now()
    with translation.override(settings.LANGUAGE_CODE):
        if settings.MAIL_DELIVERY == "keep":
            return _keep(now, limit)
        return _Sweep(now, limit).run()


def _keep(now, limit):
    oldest = list(Notification.objects.due(now).order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:limit])
    return (
        Notification.objects.due(now)
        .filter(pk__in=oldest)
        .update(status=NotificationStatus.SENT, sent_at=now, attempts=F("attempts") + 1, error="", claimed_by="")
    )


class _Sweep:
    """One run over what is due, with its name for claims, its clock and its connection."""

    def __init__(self, now, limit):
        self.started_at, self.started = now, time.monotonic()
        self.limit = limit
        self.name = uuid.uuid4().hex
        self.connection = None

    @property
    def now(self):
        """The moment given, and the time that passed since: a long sweep must not hand out stale leases."""
        return self.started_at + timedelta(seconds=time.monotonic() - self.started)

    @property
    def out_of_time(self):
        return time.monotonic() - self.started > STOP_CLAIMING_AFTER

    def run(self):
        delivered = tried = 0
        try:
            while chunk := self._due(min(_CHUNK, self.limit - tried)):
                for pk in chunk:
                    if self.out_of_time:
                        return delivered
                    delivered += self._deliver(pk)
                tried += len(chunk)
        except NoServer as error:
            logger.warning("No mail server: %s", error)
        finally:
            self._disconnect()
        return delivered

    def _due(self, count):
        rows = Notification.objects.due(self.started_at).order_by("next_attempt_at", "pk")
        return list(rows.values_list("pk", flat=True)[:count]) if count > 0 else []

    def _deliver(self, pk):
        """Claim one message and send it. Returns whether it was delivered."""
        if not self._claim(pk):
            return False
        row = Notification.objects.get(pk=pk)
        if row.attempts > MAX_ATTEMPTS:
            # Workers died with this one in hand, time and again.
            self._give_up(row, _("De verzending is te vaak afgebroken."))
            return False
        try:
            message = mail.compose(row, now=self.now)
            self._connect()
            self.connection.connection.sendmail(addresses.sender()[1], [addresses.for_smtp(row.address)], message)
        except NoServer as error:
            self._wait(row, error)
            raise
        except smtplib.SMTPRecipientsRefused as error:
            self._disconnect()
            code, answer = next(iter(error.recipients.values()))
            self._refused(row, code, answer)
            return False
        except (smtplib.SMTPSenderRefused, smtplib.SMTPHeloError) as error:
            self._disconnect()
            self._wait(row, _answer(error.smtp_code, error.smtp_error))
            return False
        except smtplib.SMTPResponseException as error:
            self._disconnect()
            self._refused(row, error.smtp_code, error.smtp_error)
            return False
        except smtplib.SMTPNotSupportedError as error:
            self._disconnect()
            self._give_up(row, error)
            return False
        except (smtplib.SMTPException, OSError) as error:
            self._disconnect()
            self._wait(row, error)
            return False
        except (ValueError, MessageError) as error:  # an address or a header that cannot be written
            self._give_up(row, error)
            return False
        except Exception as error:  # one message must never stand in the way of the others
            logger.exception("Message %s could not be sent", row.pk)
            self._disconnect()
            self._wait(row, error)
            return False
        return self._sent(row)

    # --- The three conditional updates: claim, and what became of it -----------------------------------

    def _claim(self, pk):
        now = self.now
        return (
            Notification.objects.due(now)
            .filter(pk=pk)
            .update(
                status=NotificationStatus.SENDING,
                next_attempt_at=now + LEASE,
                claimed_by=self.name,
                attempts=F("attempts") + 1,
            )
        )

    def _write(self, row, **changes):
        mine = Notification.objects.filter(pk=row.pk, status=NotificationStatus.SENDING, claimed_by=self.name)
        written = mine.update(claimed_by="", **changes)
        if not written:
            logger.error("The claim on message %s ended before its outcome was written", row.pk)
        return bool(written)

    def _sent(self, row):
        emptied = {"body": "", "link": ""} if row.is_secret else {}
        return self._write(row, status=NotificationStatus.SENT, sent_at=self.now, error="", **emptied)

    def _wait(self, row, error):
        if row.attempts >= MAX_ATTEMPTS:
            self._give_up(row, error)
            return
        pause = PAUSES[row.attempts - 1]
        self._write(row, status=NotificationStatus.QUEUED, next_attempt_at=self.now + pause, error=_words(error))

    def _give_up(self, row, error):
        logger.warning("Message %s failed after %s attempts: %s", row.pk, row.attempts, _words(error))
        self._write(row, status=NotificationStatus.FAILED, error=_words(error))

    def _refused(self, row, code, answer):
        if 500 <= code < 600:
            self._give_up(row, _answer(code, answer))
        else:
            self._wait(row, _answer(code, answer))

    # --- The connection ----------------------------------------------------------------------------------

    def _connect(self):
        if self.connection is not None:
            return
        connection = EmailBackend(fail_silently=False)
        try:
            connection.open()
        except (smtplib.SMTPException, OSError) as error:
            raise NoServer(_words(error)) from error
        self.connection = connection

    def _disconnect(self):
        connection, self.connection = self.connection, None
        if connection is None:
            return
        try:
            connection.close()
        except (smtplib.SMTPException, OSError) as error:
            logger.info("The mail server did not say goodbye: %s", error)


def _answer(code, answer):
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    return f"{code} {text}"


def _words(error):
    """What went wrong, short enough for its column; never empty."""
    return " ".join((str(error) or type(error).__name__).split())[:300]
