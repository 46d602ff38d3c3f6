"""The yearly review of access rights: every role in force is looked at, and somebody signs for the whole (BIO2 5.18.02)."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import AccessReview, AccessReviewRow, ReviewDecision, RoleAssignment
from accounts.roles import Role
from accounts.rules import RuleBroken

#: Who looks at the rows; who signs is the privacy officer, because the beheerder hands the roles out.
REVIEWERS = (Role.PRIVACY_OFFICER, Role.FUNCTIONEEL_BEHEERDER)
#: Days before the day on which it is due from which the homes say so.
SOON_DAYS = 30
#: A role that has to end may run to the end of its month.
ENDS_WITHIN_DAYS = 31


def to_review(today):
    """The roles in force that a review looks at: of everybody who works here. A statushouder reads the own file alone."""
    return RoleAssignment.objects.current(today).exclude(role=Role.STATUSHOUDER)


def to_end(today):
    """The roles that the running review wants ended, and that do not end within `ENDS_WITHIN_DAYS`."""
    asked = AccessReviewRow.objects.filter(review__is_running=True, decision=ReviewDecision.BEEINDIGEN)
    last = today + timezone.timedelta(days=ENDS_WITHIN_DAYS)
    return to_review(today).filter(pk__in=asked.values("role_assignment")).exclude(ends_on__lte=last)


def due_on(today):
    """The day on which the next review is due: so many months after the last one; today when there never was one."""
    last = AccessReview.objects.signed_off().order_by("-signed_off_at").first()
    if last is None:
        return today
    day = timezone.localdate(last.signed_off_at)
    months = day.month - 1 + settings.ACCESS_REVIEW_MONTHS
    return _clamped(day.year + months // 12, months % 12 + 1, day.day)


def is_due(today):
    """Whether the homes ask for a review: one runs, or the day comes near."""
    return AccessReview.objects.running().exists() or due_on(today) <= today + timezone.timedelta(days=SOON_DAYS)


@transaction.atomic
def start_review(*, by, now=None):
    """Begin a review. Returns the `AccessReview`; while one runs, that one."""
    if by is None or by.role not in REVIEWERS:
        raise RuleBroken(_("Dit doen de privacy officer en de functioneel beheerder."))
    found, _created = AccessReview.objects.get_or_create(
        is_running=True, defaults={"started_at": now or timezone.now(), "started_by": by}
    )
    return found


@transaction.atomic
def decide(*, assignment, decision, by, today, now=None):
    """Say whether a role stays or has to end. Returns the `AccessReviewRow`; said again, the last word counts.

    Nobody judges the own roles. "Has to end" ends nothing yet: the beheerder, who hands out and takes back, ends the role
    on the page that also asks from which day.
    """
    if by is None or by.role not in REVIEWERS:
        raise RuleBroken(_("Dit doen de privacy officer en de functioneel beheerder."))
    review = AccessReview.objects.select_for_update().running().first()
    if review is None:
        raise RuleBroken(_("Er loopt nu geen beoordeling."))
    if assignment.user_id == by.pk:
        raise RuleBroken(_("Uw eigen rol beoordeelt een collega."))
    if not to_review(today).filter(pk=assignment.pk).exists():
        raise RuleBroken(_("Deze rol is al geëindigd."))
    row, _created = AccessReviewRow.objects.update_or_create(
        review=review,
        role_assignment=assignment,
        defaults={"decision": decision, "decided_by": by, "decided_at": now or timezone.now()},
    )
    return row


@transaction.atomic
def sign_off(*, by, today, now=None):
    """The privacy officer signs for the whole: nothing is left to judge, and what had to end has ended, or does so
    within `ENDS_WITHIN_DAYS`.

    Returns the `AccessReview`; the next one is due `ACCESS_REVIEW_MONTHS` later.
    """
    if by is None or by.role != Role.PRIVACY_OFFICER:
        raise RuleBroken(_("De privacy officer rondt de beoordeling af."))
    review = AccessReview.objects.select_for_update().running().first()
    if review is None:
        raise RuleBroken(_("Er loopt nu geen beoordeling."))
    rows = review.rows.all()
    left = to_review(today).exclude(pk__in=rows.values("role_assignment")).count()
    if left:
        text = ngettext("Er is nog %d rol niet beoordeeld.", "Er zijn nog %d rollen niet beoordeeld.", left)
        raise RuleBroken(text % left)
    if to_end(today).exists():
        raise RuleBroken(
            _(
                "Een rol die moet eindigen, loopt nog. De functioneel beheerder geeft die eerst een einddatum, binnen %d dagen."
            )
            % ENDS_WITHIN_DAYS
        )
    review.is_running, review.signed_off_at, review.signed_off_by = False, now or timezone.now(), by
    review.stays = rows.filter(decision=ReviewDecision.BLIJFT).count()
    review.ended = rows.filter(decision=ReviewDecision.BEEINDIGEN).count()
    review.save(update_fields=["is_running", "signed_off_at", "signed_off_by", "stays", "ended"])
    return review


def _clamped(year, month, day):
    """This day of a month, or the last one the month has."""
    first_of_next = timezone.datetime(year + month // 12, month % 12 + 1, 1).date()
    return min(
        timezone.datetime(year, month, 1).date() + timezone.timedelta(days=day - 1),
        first_of_next - timezone.timedelta(days=1),
    )
