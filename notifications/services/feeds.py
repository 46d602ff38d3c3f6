"""Calendar feeds: one secret address for each role of a person; made, renewed and revoked by that person alone."""

import hashlib
import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment
from accounts.rules import RuleBroken
from notifications.models import CalendarFeed


def make_feed(*, role_assignment, by, now):
    """Make a feed for a role, or renew it: the address of before stops. Returns the secret, which is kept nowhere.

    Raises RuleBroken for a role of somebody else, or one that is not in force.
    """
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        current = RoleAssignment.objects.current(timezone.localdate(now)).select_for_update()
        if role_assignment.user_id != by.pk or not current.filter(pk=role_assignment.pk).exists():
            raise RuleBroken(_("Deze rol is niet van u, of niet meer."))
        CalendarFeed.objects.update_or_create(
            role_assignment=role_assignment,
            defaults={"token_hash": hash_of(token), "made_at": now, "changed_at": now},
        )
    return token


@transaction.atomic
def revoke_feed(*, feed, by):
    """Stop a feed of one's own for good. Returns whether there was one to stop."""
    return bool(CalendarFeed.objects.filter(pk=feed.pk, role_assignment__user=by).delete()[0])


def feed_of(token, today):
    """The feed with this secret, its role and person at hand, or None when the role or the account has ended. One query."""
    current = RoleAssignment.objects.current(today)
    rows = CalendarFeed.objects.select_related("role_assignment__user", "role_assignment__organisation")
    return rows.filter(token_hash=hash_of(token), role_assignment__in=current).first()


def touch_feeds(*, users, now):
    """Something left the agenda of these people: their feeds changed, though no meeting says so."""
    CalendarFeed.objects.filter(role_assignment__user__in=users).update(changed_at=now)


def hash_of(token):
    """What is kept of a secret. It is 256 bits of chance, so nothing slower than a plain hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
