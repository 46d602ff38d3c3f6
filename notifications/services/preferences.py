"""How somebody receives messages: preferences, quiet hours, links to stop; and what of it holds for one message."""

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from accounts.rules import RuleBroken
from notifications import kinds, rules
from notifications.kinds import Way
from notifications.models import (
    NOT_CHOSEN,
    MailSettings,
    Notification,
    NotificationStatus,
    Preference,
    RefusedAddress,
)


def when_and_how(*, kind, user, role, address, in_inbox, now):
    """(status, moment) with which a new message begins.

    Mail of the account (a code, a new password) goes at once, also to an address that was refused: its person asked for
    it, and mail that arrives clears the address. What its receiver wants in the portal alone is not about the address; to a
    refused one nothing else goes. What must be mailed goes at once; the rest as its receiver chose, and not in quiet hours.
    At most three queries.
    """
    if kind == kinds.ACCOUNT:
        return NotificationStatus.QUEUED, now
    may_choose = user is not None and not kinds.get(kind).why_always
    way = way_of(user, role, kind) if may_choose else Way.AT_ONCE
    if in_inbox and way == Way.PORTAL:
        return NotificationStatus.PORTAL_ONLY, now
    if RefusedAddress.objects.of(address).exists():
        return NotificationStatus.BLOCKED, now
    if not may_choose:
        return NotificationStatus.QUEUED, now
    if in_inbox and way in kinds.GATHERED:
        due = rules.next_digest(now, way == Way.WEEKLY, timezone.get_default_timezone())
        return NotificationStatus.HELD, due
    return NotificationStatus.QUEUED, _after_quiet_hours(user, now)


def way_of(user, role, kind):
    """How this person receives this sort of message in this role."""
    chosen = Preference.objects.filter(user=user, role=role, kind=kind).values_list("way", flat=True).first()
    return Way(chosen) if chosen else kinds.get(kind).default_for(role)


def _after_quiet_hours(user, now):
    hours = MailSettings.objects.filter(user=user).first()
    if hours is None or not hours.has_quiet_hours:
        return now
    zone = timezone.get_default_timezone()
    return rules.after_quiet_hours(now, hours.quiet_from, hours.quiet_until, hours.quiet_days, zone)


@transaction.atomic
def choose_ways(*, user, role, ways, by, now):
    """Keep how `user` receives the sorts in `ways` ({kind: Way}) in `role`. Returns how many changed.

    What is the default stays without a row, so that a better default reaches who never chose. Raises RuleBroken for a
    sort that is always mailed, or that this role does not receive.
    """
    offered = {name for name, kind in kinds.of_role(role) if not kind.why_always}
    if set(ways) - offered:
        raise RuleBroken(_("Dit bericht krijgt u altijd per mail."))
    changed = 0
    for kind, way in ways.items():
        if way_of(user, role, kind) == way:
            continue
        changed += 1
        Preference.objects.update_or_create(
            user=user, role=role, kind=kind, defaults={"way": Way(way), "before": "", "changed_at": now}
        )
        if way == Way.PORTAL:
            _held(user).filter(role=role, kind=kind).update(status=NotificationStatus.PORTAL_ONLY)
    return changed


def _held(user):
    """What waits for this person's digest."""
    return Notification.objects.filter(user=user, status=NotificationStatus.HELD)


@transaction.atomic
def set_quiet_hours(*, user, starts, ends, days, by):
    """Give `user` quiet hours, or none when `starts` and `ends` are None. Returns the `MailSettings`.

    `days` are the numbers of the weekdays on which they begin. Raises RuleBroken when half of it is missing.
    """
    if (starts is None) != (ends is None):
        raise RuleBroken(_("Vul beide tijden in, of geen van beide."))
    if starts is not None and starts == ends:
        raise RuleBroken(_("De rustige uren moeten op een andere tijd eindigen dan ze beginnen."))
    if starts is not None and not days:
        raise RuleBroken(_("Kies op welke dagen de rustige uren gelden."))
    row, _new = MailSettings.objects.update_or_create(
        user=user,
        defaults={
            "quiet_from": starts,
            "quiet_until": ends,
            "quiet_days": "".join(sorted(days)) if starts is not None else "",
        },
    )
    return row


@transaction.atomic
def stop_mail(*, user, role, kind, now):
    """By a link in a mail: messages of this sort stay in the portal from now on, and so does what waits for the digest.
    Returns how many sorts it stopped; twice stops nothing the second time.

    Of a digest it stops every sort that comes with it. Raises RuleBroken for a sort that is always mailed.
    """
    if kind != kinds.DIGEST and not kinds.may_be_stopped(kind):
        raise RuleBroken(_("Dit bericht krijgt u altijd per mail."))
    held = _held(user) if kind == kinds.DIGEST else _held(user).filter(role=role, kind=kind)
    held.update(status=NotificationStatus.PORTAL_ONLY)
    stopped = 0
    for its_role, name in _stopped_with(user, role, kind):
        chosen = Preference.objects.filter(user=user, role=its_role, kind=name).first()
        before = chosen.way if chosen else NOT_CHOSEN[0]
        way = _way_before(before, its_role, name)
        if way == Way.PORTAL or (kind == kinds.DIGEST and way not in kinds.GATHERED):
            continue
        stopped += 1
        Preference.objects.update_or_create(
            user=user,
            role=its_role,
            kind=name,
            defaults={"way": Way.PORTAL, "before": before, "changed_at": now},
        )
    return stopped


@transaction.atomic
def resume_mail(*, user, role, kind, now):
    """Undo a stop: what it stopped comes again as it did before. Returns how many sorts came back.

    A sort that was put on the portal alone by hand comes back as for who never chose, when it is asked for by its own
    link; a digest brings back no more than its stop took away.
    """
    rows = Preference.objects.filter(user=user, way=Way.PORTAL)
    if kind == kinds.DIGEST:
        rows = [row for row in rows if _way_before(row.before, row.role, row.kind) in kinds.GATHERED]
    else:
        rows = list(rows.filter(role=role, kind=kind))
    for row in rows:
        if row.before in ("", NOT_CHOSEN[0]):
            row.delete()
        else:
            row.way, row.before, row.changed_at = row.before, "", now
            row.save(update_fields=["way", "before", "changed_at"])
    return len(rows)


def _way_before(before, role, kind):
    """How a sort came before it was stopped by link, from what the stop replaced; None when it was not."""
    if before == NOT_CHOSEN[0]:
        return kinds.get(kind).default_for(role)
    return Way(before) if before else None


def _stopped_with(user, role, kind):
    """(role, kind) of everything that a stop of `kind` is about."""
    if kind != kinds.DIGEST:
        return [(role, kind)]
    roles = {held.role for held in user.current_roles()}
    return [(held, name) for held in sorted(roles) for name, its in kinds.of_role(held) if not its.why_always]


@transaction.atomic
def revoke_stop_links(*, user, by):
    """Make the links to stop in all mail sent before worthless. Returns the `MailSettings`."""
    row, _new = MailSettings.objects.update_or_create(user=user, defaults={"link_key": get_random_string(32)})
    return row
