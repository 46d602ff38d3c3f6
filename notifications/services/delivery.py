"""Delivery: claim what is due, hand it to the mail server, write down how that went."""

import logging
import smtplib
import threading
import time
import traceback
import uuid
from datetime import timedelta
from email.errors import MessageError

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from notifications import addresses, mail, rules
from notifications.models import CALLED_OUT, Notification, NotificationStatus
from notifications.services.messages import overtaken
from notifications.services.refused import address_works, refuse_address, refused_among

logger = logging.getLogger(__name__)

#: How long a claim holds, and how often who lives and works renews it. An expired claim is that of a dead worker.
LEASE = timedelta(seconds=settings.MAIL_LEASE_SECONDS)
RENEW_EVERY = LEASE / 4
#: Nothing is handed over on a claim that was not renewed for this long: another may be about to take it.
TRUST = LEASE * 3 / 4
#: A claim that ran out is first called out. Who holds it and lives (the database was away, the machine slept) has so long to
#: renew it, or to write down what the mail server said.
CALL_OUT = LEASE / 4
#: Seconds after which a sweep claims nothing more; the next nudge goes on. So other work gets its turn.
STOP_CLAIMING_AFTER = 30
#: Seconds after which the process of a sweep is ended whatever it is doing: one answer of the server may take minutes.
TIME_LIMIT = STOP_CLAIMING_AFTER + settings.EMAIL_ANSWER_TIMEOUT + 120
#: Pauses after each attempt in vain; after the last one the message has failed, visibly. Together two days.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60))
MAX_ATTEMPTS = len(PAUSES) + 1

#: Messages claimed at once. Few: what a dying worker holds waits for the end of its lease.
_BATCH = 10
#: Seconds between two attempts to write an outcome while the database is away.
_WRITE_AGAIN_AFTER = 0.5


class NoServer(Exception):
    """The mail server cannot be reached or does not let us in: no message of this sweep would fare better."""


class _StaleConnection(Exception):
    """The server closed a connection that was used before, and has nothing of the message: open another."""


def deliver_due(*, now=None, limit=5000):
    """Deliver up to `limit` messages whose moment has come. Returns how many were delivered.

    Secrets go first (a code to sign in with, an invitation: somebody waits for it), then the oldest. Safe with any number
    of workers, and to call at any time:

    1. A few messages are claimed at once, for the length of a lease, each by a conditional update: of two workers one gets
       it. Where the database can, rows that another is just claiming are passed over instead of waited for. The clock of
       the database counts, not those of the machines, which may differ.
    2. While the worker lives it renews its lease, so a slow mail server makes no claim look dead. A worker that could not
       renew (the machine slept) hands nothing over any more.
    3. They are sent over one connection per sweep. A server that closed it in between gets another.
    4. The outcome is written by another conditional update, that only the holder of the claim can do: sent; waiting with
       a growing pause after a passing fault (4xx, no server, connection lost); failed at once after a refusal of this
       receiver or this message (5xx), or after the last pause. A refusal of us as sender is a matter of settings and
       waits. While the database is away the worker keeps trying to write down what became of a message, as long as its
       task may last.
    5. What a dead worker had claimed is called out when its lease ends, and taken when nobody answers. So a worker that
       only waited for the database writes its "sent" before another takes the message.

    So nothing is lost, and at most one copy reaches the server, with one window where that can't be promised: the server
    has taken the message and our "sent" is not stored, because the worker died right there, the connection broke under
    the answer, the server answered after EMAIL_ANSWER_TIMEOUT (ten minutes, as RFC 5321 §4.5.3.2.6 asks), or the database
    stayed away till the task had to end. It is then sent again with the same Message-ID, so that mail programs can
    recognise the copy. `bench/faults.py` measures it.

    With MAIL_DELIVERY "keep" nothing is sent: the message counts as sent and stays readable, secrets included, because
    there the portal itself is the mailbox. Otherwise a message that carries a secret is emptied once delivered.
    """
    now = now or _clock_of_database()
    _call_out(now)
    with translation.override(settings.LANGUAGE_CODE):
        if settings.MAIL_DELIVERY == "keep":
            return _keep(now, limit)
        return _Sweep(now, limit).run()


def _clock_of_database():
    """The moment now. On several machines that of the database server, the one clock they share."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def _skip_locked():
    return connection.features.has_select_for_update_skip_locked


@transaction.atomic
def _call_out(now):
    """Ask of claims that ran out whether their holder lives: it has `CALL_OUT` to say so."""
    ran_out = Notification.objects.ran_out(now)
    silent = list(ran_out.select_for_update(skip_locked=_skip_locked()).values_list("pk", flat=True))
    if silent:
        ran_out.filter(pk__in=silent).update(
            claimed_by=Concat(Value(CALLED_OUT), "claimed_by"), next_attempt_at=now + CALL_OUT
        )


def _keep(now, limit):
    oldest = list(Notification.objects.due(now).in_turn().values_list("pk", flat=True)[:limit])
    return (
        Notification.objects.due(now)
        .filter(pk__in=oldest)
        .update(status=NotificationStatus.SENT, sent_at=now, attempts=F("attempts") + 1, error="", claimed_by="")
    )


class _Sweep:
    """One run over what is due, with its name for claims, its clock and its connection."""

    def __init__(self, now, limit):
        self.started_at, self.started = now, time.time()
        self.limit = limit
        self.name = uuid.uuid4().hex
        self.server = None
        self.server_is_used = False
        self.held_since = 0.0
        #: Claimed and not handed over: what is given back when the sweep ends early.
        self.untouched = set()
        #: Addresses of this batch that a server refused before.
        self.refused = set()

    @property
    def now(self):
        """The moment given, and the time that passed since: a long sweep must not hand out stale leases.

        The time since by the clock of the wall, that goes on while this machine sleeps.
        """
        return self.started_at + timedelta(seconds=max(0, time.time() - self.started))

    @property
    def out_of_time(self):
        return time.time() - self.started > STOP_CLAIMING_AFTER

    @property
    def may_trust_its_claim(self):
        return time.time() - self.held_since < TRUST.total_seconds()

    def run(self):
        delivered = tried = 0
        renewing = _Renewing(self)
        try:
            while not self.out_of_time and (batch := self._claim(min(_BATCH, self.limit - tried))):
                tried += len(batch)
                renewing.begin()
                for row in batch:
                    if self.out_of_time or not self.may_trust_its_claim:
                        return delivered
                    self.untouched.discard(row.pk)
                    delivered += self._deliver(row)
        except NoServer as error:
            logger.warning("No mail server: %s", error)
        finally:
            renewing.end()
            self._give_back()
            self._disconnect()
        return delivered

    def _deliver(self, row):
        """Send one claimed message, unless a newer one overtook it meanwhile. Returns whether it was delivered."""
        if row.attempts > MAX_ATTEMPTS:
            # Workers died with this one in hand, time and again.
            self._give_up(row, _("De verzending is te vaak afgebroken."))
            return False
        try:
            if overtaken(row):
                self._write(row, status=NotificationStatus.CANCELLED, error="")
                return False
            message = mail.compose(row, now=self.now)
            self._hand_over(addresses.for_smtp(row.address), message)
        except NoServer as error:
            self._wait(row, error)
            raise
        except smtplib.SMTPRecipientsRefused as error:
            self._disconnect()
            code, answer = next(iter(error.recipients.values()))
            self._refused(row, code, answer, receiver=True)
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
        except (ValueError, MessageError):  # an address or a header that cannot be written; the error quotes it
            self._give_up(row, _("Dit adres of dit onderwerp past niet in een mail."))
            return False
        except Exception as error:  # one message must never stand in the way of the others
            logger.error(
                "Message %s could not be sent: %s\n%s",
                row.pk,
                type(error).__name__,
                "".join(traceback.format_tb(error.__traceback__)),
            )
            self._disconnect()
            self._wait(row, type(error).__name__)
            return False
        return self._sent(row)

    # --- Claims --------------------------------------------------------------------------------------------

    def _claim(self, count):
        """Claim up to `count` messages. Returns them as rows, with the attempt that now begins counted."""
        if count <= 0:
            return []
        now = self.now
        with transaction.atomic():
            waiting = Notification.objects.due(now).in_turn().select_for_update(skip_locked=_skip_locked())
            rows = list(waiting[:count])
            claimed = (
                Notification.objects.due(now)
                .filter(pk__in=[row.pk for row in rows])
                .update(
                    status=NotificationStatus.SENDING,
                    next_attempt_at=now + LEASE,
                    claimed_by=self.name,
                    attempts=F("attempts") + 1,
                )
            )
        if claimed != len(rows):  # a database without row locks: see which are ours
            rows = list(Notification.objects.in_turn().filter(pk__in=[row.pk for row in rows], claimed_by=self.name))
        else:
            for row in rows:
                row.attempts += 1
        self.held_since = time.time()
        self.untouched = {row.pk for row in rows}
        self.refused = refused_among({row.address for row in rows})
        return rows

    @property
    def mine(self):
        """The rows that this sweep holds, also those that another called out."""
        return Notification.objects.filter(
            status=NotificationStatus.SENDING, claimed_by__in=(self.name, CALLED_OUT + self.name)
        )

    def renew(self):
        """Hold what is held for another lease. A claim that had run out is not trusted again: some of it may be gone."""
        before = time.time()
        self.mine.update(claimed_by=self.name, next_attempt_at=self.now + LEASE)
        if time.time() - self.held_since < LEASE.total_seconds():
            self.held_since = before

    def _give_back(self):
        """What was claimed and not handed over is everybody's again, at once, as if it had not been claimed."""
        if self.untouched:
            self._when_the_database_is_there(
                lambda: self.mine.filter(pk__in=self.untouched).update(
                    status=NotificationStatus.QUEUED,
                    next_attempt_at=self.started_at,
                    claimed_by="",
                    attempts=F("attempts") - 1,
                )
            )

    # --- What became of a message ----------------------------------------------------------------------------

    def _when_the_database_is_there(self, write):
        """Do one update, again and again while the database is away, till the task must end. Returns what it returns.

        Without this a database that restarts between the server's answer and our note of it makes a copy. It may be away
        longer than the lease: nobody can take the claim meanwhile, nor just after (`CALL_OUT`).
        """
        while True:
            try:
                return write()
            except (OperationalError, InterfaceError) as error:
                if connection.in_atomic_block or time.time() - self.started > TIME_LIMIT:
                    raise
                logger.warning("The database is away, an outcome waits: %s", _words(error))
                connection.close()
                time.sleep(_WRITE_AGAIN_AFTER)

    def _write(self, row, **changes):
        written = self._when_the_database_is_there(
            lambda: self.mine.filter(pk=row.pk).update(claimed_by="", **changes)
        )
        if not written:
            logger.error("The claim on message %s ended before its outcome was written", row.pk)
        return bool(written)

    def _sent(self, row):
        emptied = {"body": "", "link": ""} if row.is_secret else {}
        written = self._write(row, status=NotificationStatus.SENT, sent_at=self.now, error="", **emptied)
        if row.address.lower() in self.refused:
            address_works(address=row.address)
        return written

    def _wait(self, row, error):
        if row.attempts >= MAX_ATTEMPTS:
            self._give_up(row, error)
            return
        pause = PAUSES[row.attempts - 1]
        self._write(row, status=NotificationStatus.QUEUED, next_attempt_at=self.now + pause, error=_words(error))

    def _give_up(self, row, error):
        logger.warning("Message %s failed after %s attempts: %s", row.pk, row.attempts, _nameless(error))
        self._write(row, status=NotificationStatus.FAILED, error=_words(error))

    def _refused(self, row, code, answer, *, receiver=False):
        if not 500 <= code < 600:
            self._wait(row, _answer(code, answer))
            return
        self._give_up(row, _answer(code, answer))
        if receiver and rules.marks_address(code, answer):
            refuse_address(notification=row, answer=_words(_answer(code, answer)), now=self.now)

    # --- The connection ----------------------------------------------------------------------------------

    def _hand_over(self, receiver, message):
        """Give one message to the server. Returns when the server has taken it; raises what smtplib raises."""
        try:
            self._talk(receiver, message)
        except _StaleConnection:
            self._disconnect()
            self._talk(receiver, message)

    def _talk(self, receiver, message):
        self._connect()
        smtp = self.server.connection
        try:
            smtp.ehlo_or_helo_if_needed()
            size = [f"size={len(message)}"] if smtp.does_esmtp and smtp.has_extn("size") else []
            code, answer = smtp.mail(addresses.sender()[1], size)
            if code == 250:
                answers = smtp.rcpt(receiver)
        except (smtplib.SMTPServerDisconnected, OSError):
            if self.server_is_used:
                raise _StaleConnection from None
            raise
        if 421 in (code, code == 250 and answers[0]) and self.server_is_used:
            raise _StaleConnection
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, answer, addresses.sender()[1])
        if answers[0] not in (250, 251):
            raise smtplib.SMTPRecipientsRefused({receiver: answers})
        # From here on the server may have taken it whatever happens, so its answer is worth waiting for.
        smtp.sock.settimeout(settings.EMAIL_ANSWER_TIMEOUT)
        code, answer = smtp.data(message)
        if code != 250:
            raise smtplib.SMTPDataError(code, answer)
        self.server_is_used = True
        smtp.sock.settimeout(settings.EMAIL_TIMEOUT)

    def _connect(self):
        if self.server is not None:
            return
        server = EmailBackend(fail_silently=False)
        try:
            server.open()
        except (smtplib.SMTPException, OSError) as error:
            raise NoServer(_words(error)) from error
        self.server, self.server_is_used = server, False

    def _disconnect(self):
        server, self.server = self.server, None
        if server is None:
            return
        try:
            server.close()
        except (smtplib.SMTPException, OSError) as error:
            logger.info("The mail server did not say goodbye: %s", error)


class _Renewing:
    """Renews the lease of a sweep from a thread of its own, however long the mail server thinks."""

    def __init__(self, sweep):
        self.sweep = sweep
        self.over = threading.Event()
        self.thread = None

    def begin(self):
        """Start, unless it runs already."""
        if self.thread is None:
            self.thread = threading.Thread(target=self._run, name="renew-lease", daemon=True)
            self.thread.start()

    def end(self):
        """Stop, and wait until it has."""
        self.over.set()
        if self.thread is not None:
            self.thread.join()

    def _run(self):
        while not self.over.wait(RENEW_EVERY.total_seconds()):
            try:
                self.sweep.renew()
            except Exception as error:  # whatever it is, the next turn tries again and the sweep judges the age
                logger.warning("A lease was not renewed: %s", _words(error))
            finally:
                connection.close()


def _answer(code, answer):
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    return f"{code} {text}"


def _nameless(error):
    """What the log may tell of it: a server's answer may quote the receiver, so of that the codes alone."""
    return rules.codes(_words(error)) or (type(error).__name__ if isinstance(error, Exception) else error)


def _words(error):
    """What went wrong, short enough for its column; never empty."""
    return " ".join((str(error) or type(error).__name__).split())[:300]
