"""Digests: what waited for it goes out as one mail per person and day, made by the clock."""

from collections import Counter

from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.roles import Role
from notifications import kinds, rules
from notifications.models import Notification, NotificationStatus, RefusedAddress
from notifications.services.messages import Receiver, notify


def send_digests(*, now=None, limit=500):
    """Make the digest of everybody who has messages waiting whose moment has come. Returns how many were made.

    A missed night is made up: what was due then is due still. Two at once make one mail: the person's row is locked, and
    the key holds one digest for a person and a day. What came in too late for today's waits for tomorrow's.
    """
    now = now or timezone.now()
    waiting = Notification.objects.due_for_digest(now).order_by("user").values_list("user", flat=True).distinct()
    return sum(_make_digest(user, now) for user in list(waiting[:limit]))


@transaction.atomic
def _make_digest(user_pk, now):
    user = User.objects.select_for_update(no_key=True).get(pk=user_pk)
    today = timezone.localdate(now)
    rows = Notification.objects.due_for_digest(now).filter(user=user)
    # 1. What was read in the portal meanwhile needs no mail, and what was for a role that ended is for nobody.
    rows.exclude(read_at=None).update(status=NotificationStatus.PORTAL_ONLY)
    roles = {held.role for held in user.current_roles(today)}
    rows.exclude(role__in=["", *roles]).update(status=NotificationStatus.CANCELLED)
    told = list(rows.order_by("pk").values_list("pk", "kind", "role"))
    if not told:
        return False
    mine = Notification.objects.filter(pk__in=[pk for pk, _kind, _role in told])
    # 2. To an address that takes no mail nothing goes.
    if RefusedAddress.objects.of(user.email).exists():
        mine.update(status=NotificationStatus.BLOCKED)
        return False
    # 3. One a day.
    key = f"digest:{user.pk}:{today.isoformat()}"
    if Notification.objects.filter(key=key).exists():
        mine.update(next_attempt_at=rules.next_digest(now, False, timezone.get_default_timezone()))
        return False
    receiver = Receiver(user=user)
    with translation.override(receiver.reads):
        digest = notify(
            key=key,
            kind=kinds.DIGEST,
            receiver=receiver,
            subject=ngettext("Eén nieuw bericht in het portaal", "%(n)s nieuwe berichten in het portaal", len(told))
            % {"n": len(told)},
            body=_("Dit kwam er voor u bij:\n\n%(lines)s") % {"lines": "\n".join(_lines(told, len(roles) > 1))},
            link=f"{reverse('notifications:inbox')}?show=unread",
            in_inbox=False,
            now=now,
        )
    mine.update(status=NotificationStatus.IN_DIGEST, digest=digest)
    return True


def _lines(told, name_roles):
    """One line for each sort with its number; with the role when the person has several."""
    counted = Counter((role if name_roles else "", kind) for _pk, kind, role in told)
    return [
        "- "
        + (f"{Role(role).label}: " if role else "")
        + _("%(kind)s: %(number)s") % {"kind": kinds.label(kind), "number": number}
        for (role, kind), number in sorted(
            counted.items(), key=lambda pair: (pair[0][0], str(kinds.label(pair[0][1])))
        )
    ]
