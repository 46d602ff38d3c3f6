"""Alerts: raised by the rules, seen and followed up by people, withdrawn visibly after a correction."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.rules import RuleBroken
from cases.models import Alert, AlertStatus, FollowUp, FollowUpChannel, JournalKind
from cases.services.journal import record


@transaction.atomic
def raise_alert(*, case, key, kind, for_role, zone, title, detail="", link="", by=None, now=None):
    """Raise an alert, or bring the one with this `key` up to date; withdrawn, it opens again. Returns (alert, is_new).

    `is_new` is true when somebody has to be told: the alert was made or reopened. A handled alert only takes the new
    text.
    """
    now = now or timezone.now()
    alert, created = Alert.objects.select_for_update().get_or_create(
        key=key,
        defaults={
            "case": case,
            "kind": kind,
            "for_role": for_role,
            "zone": zone,
            "title": title,
            "detail": detail,
            "link": link,
            "raised_at": now,
            "changed_at": now,
        },
    )
    if created:
        record(
            case=case,
            kind=JournalKind.ALERT,
            zone=zone,
            text=_("Signaal: %s") % title,
            for_role=for_role,
            by=by,
            now=now,
        )
        return alert, True
    reopened = alert.status == AlertStatus.VERVALLEN
    if reopened:
        alert.status = AlertStatus.NIEUW
        alert.seen_at = None
        text = _("Signaal opnieuw: %s") % title
        record(case=case, kind=JournalKind.ALERT, zone=zone, text=text, for_role=for_role, by=by, now=now)
    if reopened or (alert.title, alert.detail) != (title, detail):
        alert.title, alert.detail, alert.link, alert.changed_at = title, detail, link, now
        alert.save(update_fields=["status", "seen_at", "title", "detail", "link", "changed_at"])
    return alert, reopened


@transaction.atomic
def withdraw_alert(*, key, title="", detail="", by=None, now=None):
    """Take an alert back after a correction. Returns the alert, or None when there is none.

    New and seen become withdrawn, visibly; once there was contact it stays and only shows the new text (Amb-11d).
    """
    now = now or timezone.now()
    alert = Alert.objects.select_for_update().filter(key=key).first()
    if alert is None or alert.status == AlertStatus.VERVALLEN:
        return alert
    if alert.status in (AlertStatus.NIEUW, AlertStatus.GEZIEN):
        alert.status = AlertStatus.VERVALLEN
        record(
            case=alert.case,
            kind=JournalKind.ALERT,
            zone=alert.zone,
            text=_("Signaal vervallen: %s") % alert.title,
            for_role=alert.for_role,
            by=by,
            now=now,
        )
    alert.title, alert.detail, alert.changed_at = title or alert.title, detail or alert.detail, now
    alert.save(update_fields=["status", "title", "detail", "changed_at"])
    return alert


@transaction.atomic
def see_alert(*, alert, by, now=None):
    """Note that the person it is for has opened the alert. Returns the alert."""
    now = now or timezone.now()
    alert = Alert.objects.select_for_update().get(pk=alert.pk)
    if alert.status == AlertStatus.NIEUW:
        alert.status, alert.seen_at = AlertStatus.GEZIEN, now
        alert.save(update_fields=["status", "seen_at"])
    return alert


@transaction.atomic
def record_follow_up(*, alert, key, contacted_on, channel, agreed="", closes=True, by, today, now=None):
    """Record what somebody did about an alert; with `closes` the alert is handled. Returns the `FollowUp`.

    `key` comes from the form: saving twice gives one row. An attempt that reached nobody never closes (R57).
    """
    now = now or timezone.now()
    alert = Alert.objects.select_for_update().select_related("case").get(pk=alert.pk)
    done = FollowUp.objects.filter(key=key, alert=alert).first()
    if done:
        return done
    if not alert.is_open:
        raise RuleBroken(_("Dit signaal is al afgehandeld of vervallen."))
    if contacted_on > today:
        raise RuleBroken(_("De datum van het contact ligt in de toekomst."))
    reached = channel != FollowUpChannel.NIET_BEREIKT
    if closes and not reached:
        raise RuleBroken(_("Niemand bereikt: het signaal blijft open tot er contact is geweest."))
    if closes and not agreed.strip():
        raise RuleBroken(_("Schrijf in een zin op wat u heeft afgesproken."))
    follow_up = FollowUp.objects.create(
        alert=alert,
        key=key,
        contacted_on=contacted_on,
        channel=channel,
        agreed=agreed.strip(),
        closes=closes,
        recorded_at=now,
        recorded_by=by,
    )
    if closes:
        alert.status, alert.handled_at, alert.handled_by = AlertStatus.AFGEHANDELD, now, by
    elif reached:
        alert.status = AlertStatus.CONTACT_GEHAD
    else:
        alert.status = AlertStatus.GEZIEN
    alert.changed_at = now
    alert.save(update_fields=["status", "handled_at", "handled_by", "changed_at"])
    text = _("Signaal opgevolgd: %s") if reached else _("Poging tot contact: %s")
    record(
        case=alert.case,
        kind=JournalKind.FOLLOW_UP,
        zone=alert.zone,
        text=text % alert.title,
        for_role=alert.for_role,
        by=by,
        now=now,
    )
    return follow_up
