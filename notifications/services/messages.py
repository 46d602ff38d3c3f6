"""Messages as rows of the caller's transaction, and what their reader or the beheerder does with them."""

import hashlib
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.rules import RuleBroken
from notifications.models import Notification, NotificationStatus


@dataclass(frozen=True)
class Receiver:
    """To whom: an account, or an address. `role` is the role in which an account receives it.

    With neither (a role alone) nothing can be sent: "bel of schrijf zelf".
    """

    user: object = None
    address: str = ""
    role: str = ""

    @property
    def can_be_reached(self):
        return bool(self.email)

    @property
    def email(self):
        return self.user.email if self.user else self.address

    @property
    def key(self):
        return f"{self.role}:u{self.user.pk}" if self.user else f"{self.role}:{self.address}"


@transaction.atomic
def notify(
    *, key, kind, receiver, subject, body="", link="", case_number="", calendar="", calendar_method="",
    meeting=None, in_inbox=True, is_secret=False, by=None, now=None,
):  # fmt: skip
    """Queue one message to one receiver, in the caller's transaction.

    `key` is unique: asking again returns the row that is there. `link` is a path in the portal. `subject` and `body` name
    no statushouder and no content. Returns the `Notification`, or None when the receiver has neither account nor address
    ("bel of schrijf zelf" is then shown where the message was made).
    """
    if not receiver.can_be_reached:
        return None
    now = now or timezone.now()
    row, _created = Notification.objects.get_or_create(
        key=_short(key),
        defaults={
            "kind": kind,
            "user": receiver.user,
            "role": receiver.role if receiver.user else "",
            "address": receiver.email,
            # One line: what follows a line break could be read as another header.
            "subject": " ".join(str(subject).split())[:200],
            "body": body,
            "link": link,
            "case_number": case_number,
            "calendar": calendar,
            "calendar_method": calendar_method,
            "meeting": meeting,
            "in_inbox": in_inbox and receiver.user is not None,
            "is_secret": is_secret,
            "created_at": now,
            "created_by": by,
            "next_attempt_at": now,
        },
    )
    return row


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


@transaction.atomic
def retry(*, notification, by, now):
    """The beheerder has a failed message tried again. Returns the `Notification`; asking twice does nothing more.

    A message about a meeting that a newer one has overtaken is withdrawn instead.
    """
    row = Notification.objects.select_for_update().get(pk=notification.pk)
    if row.status in (NotificationStatus.QUEUED, NotificationStatus.SENDING):
        return row
    if row.status != NotificationStatus.FAILED:
        raise RuleBroken(_("Dit bericht hoeft niet opnieuw verstuurd te worden."))
    overtaken = (
        row.meeting_id
        and Notification.objects.filter(meeting=row.meeting_id, address=row.address, pk__gt=row.pk).exists()
    )
    row.status = NotificationStatus.CANCELLED if overtaken else NotificationStatus.QUEUED
    row.attempts, row.error, row.next_attempt_at = 0, "", now
    row.save(update_fields=["status", "attempts", "error", "next_attempt_at"])
    return row


@transaction.atomic
def retry_all(*, by, now):
    """Every failed message is tried again. Returns how many."""
    rows = list(Notification.objects.select_for_update().failed().order_by("pk"))
    return sum(retry(notification=row, by=by, now=now).status == NotificationStatus.QUEUED for row in rows)
