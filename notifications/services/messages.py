"""Messages as rows of the caller's transaction, and what their reader or the beheerder does with them."""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.rules import RuleBroken
from notifications import kinds
from notifications.models import NOT_RECEIVED, Notification, NotificationStatus
from notifications.services.preferences import when_and_how


@dataclass(frozen=True)
class Receiver:
    """To whom: an account, or an address. `role` is the role in which an account receives it, `language` that of who has
    an address alone.

    With neither (a role alone) nothing can be sent: "bel of schrijf zelf".
    """

    user: object = None
    address: str = ""
    role: str = ""
    language: str = ""

    @property
    def can_be_reached(self):
        return bool(self.email)

    @property
    def email(self):
        return self.user.email if self.user else self.address

    @property
    def key(self):
        return f"{self.role}:u{self.user.pk}" if self.user else f"{self.role}:{self.address}"

    @property
    def reads(self):
        """The language to write in: the receiver's where the portal has it, else the portal's own."""
        wanted = self.user.language if self.user else self.language
        return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


@transaction.atomic
def notify(
    *, key, kind, receiver, subject, body="", link="", case_number="", calendar="", calendar_method="",
    meeting=None, in_inbox=True, is_secret=False, by=None, now=None,
):  # fmt: skip
    """Queue one message to one receiver, in the caller's transaction; when and how it goes is the receiver's choice.

    `key` is unique: asking again returns the row that is there. `link` is a path in the portal. `subject` and `body` name
    no statushouder and no content; they are texts, or functions without arguments that give the text, called in the
    receiver's language. Returns the `Notification`, or None when the receiver has neither account nor address ("bel of
    schrijf zelf" is then shown where the message was made).
    """
    if not receiver.can_be_reached:
        return None
    now = now or timezone.now()
    language = receiver.reads
    with translation.override(language):
        subject, body = _said(subject), _said(body)
    in_inbox = in_inbox and receiver.user is not None
    status, goes_at = when_and_how(
        kind=kind, user=receiver.user, role=receiver.role, address=receiver.email, in_inbox=in_inbox, now=now
    )
    row, _created = Notification.objects.get_or_create(
        key=_short(key),
        defaults={
            "kind": kind,
            "user": receiver.user,
            "role": receiver.role if receiver.user else "",
            "address": receiver.email,
            # One line: what follows a line break could be read as another header.
            "subject": " ".join(subject.split())[:200],
            "body": body,
            "link": link,
            "case_number": case_number,
            "calendar": calendar,
            "calendar_method": calendar_method,
            "meeting": meeting,
            "language": language,
            "in_inbox": in_inbox,
            "is_secret": is_secret,
            "status": status,
            "created_at": now,
            "created_by": by,
            "next_attempt_at": goes_at,
        },
    )
    return row


def _said(words):
    """A text in the language that counts now: itself, or what the function says."""
    return str(words() if callable(words) else words)


def _short(key):
    """The key itself, or when it is too long for its column its beginning with a digest of the whole."""
    limit = Notification._meta.get_field("key").max_length
    return key if len(key) <= limit else f"{key[: limit - 65]}:{hashlib.sha256(key.encode()).hexdigest()}"


def mark_read(*, notification, now):
    """Note when a message was first opened. Returns whether this was the first time."""
    return bool(Notification.objects.filter(pk=notification.pk, read_at=None).update(read_at=now))


def mark_all_read(*, by, now):
    """Everything in the inbox of `by`, in the role worked in now, counts as read. Returns how many were unread."""
    return Notification.objects.filter(pk__in=Notification.objects.inbox_of(by).unread().values("pk")).update(
        read_at=now
    )


def overtaken(row):
    """Whether its receiver was told something newer about the same meeting: arriving now, it would put an old time into a
    calendar. Only invitations are overtaken (each answer is news of its own); of other messages this asks no query.
    """
    if row.kind != kinds.INVITATION or row.meeting_id is None:
        return False
    newer = Notification.objects.filter(meeting=row.meeting_id, kind=row.kind, pk__gt=row.pk)
    if row.user_id is None:
        return newer.filter(address__iexact=row.address).exists()
    return newer.filter(user=row.user_id, role=row.role).exists()


@transaction.atomic
def retry(*, notification, by, now):
    """The beheerder has a failed message tried again. Returns the `Notification`; asking twice does nothing more.

    An invitation that a newer one has overtaken is withdrawn instead.
    """
    row = Notification.objects.select_for_update().get(pk=notification.pk)
    if row.status in (NotificationStatus.QUEUED, NotificationStatus.SENDING):
        return row
    if row.status not in NOT_RECEIVED:
        raise RuleBroken(_("Dit bericht hoeft niet opnieuw verstuurd te worden."))
    row.status = NotificationStatus.CANCELLED if overtaken(row) else NotificationStatus.QUEUED
    row.attempts, row.error, row.next_attempt_at = 0, "", now
    row.save(update_fields=["status", "attempts", "error", "next_attempt_at"])
    return row


@transaction.atomic
def retry_all(*, by, now):
    """Every failed message is tried again, save to addresses that were refused. Returns how many."""
    rows = list(Notification.objects.select_for_update().failed().order_by("pk"))
    return sum(retry(notification=row, by=by, now=now).status == NotificationStatus.QUEUED for row in rows)
