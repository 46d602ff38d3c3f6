"""How somebody receives messages: preferences, quiet hours, links to stop; and what of it holds for one message."""

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from accounts.rules import RuleBroken
from notifications import kinds, rules
from notifications.kinds import Way
from notifications.models import MailSettings, NotificationStatus, Preference, RefusedAddress


def when_and_how(*, kind, user, role, address, in_inbox, now):
    """(status, moment) with which a new message begins.

    Mail of the account (a code, a new password) goes at once, also to an address that was refused: its person asked for
    it, and mail that arrives clears the address. To a refused address nothing else goes. What must be mailed goes at
    once; the rest as its receiver chose, and not in quiet hours. At most three queries.
    """
    if kind == kinds.ACCOUNT:
        return NotificationStatus.QUEUED, now
    if RefusedAddress.objects.of(address).exists():
        return NotificationStatus.BLOCKED, now
    if user is None or kinds.get(kind).why_always:
        return NotificationStatus.QUEUED, now
    way = way_of(user, role, kind)
    if in_inbox and way == Way.PORTAL:
        return NotificationStatus.PORTAL_ONLY, now
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
            user=user, role=role, kind=kind, defaults={"way": Way(way), "changed_at": now}
        )
    return changed


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
    """By a link in a mail: messages of this sort stay in the portal from now on. Returns what held before, as (kind, Way)
    pairs to go back to. Twice gives nothing the second time.

    Of a digest it stops every sort that comes with it. Raises RuleBroken for a sort that is always mailed.
    """
    if kind != kinds.DIGEST and not kinds.may_be_stopped(kind):
        raise RuleBroken(_("Dit bericht krijgt u altijd per mail."))
    before = []
    for its_role, name in _stopped_with(user, role, kind):
        way = way_of(user, its_role, name)
        if way == Way.PORTAL or (kind == kinds.DIGEST and way not in kinds.GATHERED):
            continue
        before.append((name, way))
        Preference.objects.update_or_create(
            user=user, role=its_role, kind=name, defaults={"way": Way.PORTAL, "changed_at": now}
        )
    return before


@transaction.atomic
def resume_mail(*, user, role, kind, now):
    """Undo a stop: the sort comes by mail again as it does for who never chose. Returns how many sorts came back."""
    rows = Preference.objects.filter(user=user, way=Way.PORTAL)
    if kind != kinds.DIGEST:
        return rows.filter(role=role, kind=kind).delete()[0]
    gathered = [row.pk for row in rows if kinds.get(row.kind).default_for(row.role) in kinds.GATHERED]
    return rows.filter(pk__in=gathered).delete()[0]


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
