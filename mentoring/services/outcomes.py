"""What came of a talk: the record, and what follows from it (R29–R31)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases.models import JournalKind
from cases.services import record, withdraw_alert
from mentoring.models import CheckIn, CheckInKind, CheckInOutcome, CheckInStatus, EndReason, Mentorship
from mentoring.services.matching import end_mentorship
from mentoring.services.talks import close_meeting


@transaction.atomic
def record_check_in(
    *, check_in, held_on, summary="", outcome="", end_reason=EndReason.AFGEROND, end_note="", by, today, now=None
):
    """Record a talk that was held. Returns the `CheckIn`; a talk that is recorded stays as it is.

    The 3-month talk needs a summary, by the klantmanager. The 6-month talk needs an outcome, by the coordinator:
    VOORTZETTEN; NIEUWE_MATCH ends the match and opens a new request; AFRONDEN ends it with a reason (Amb-3).
    """
    now = now or timezone.now()
    # The match and the dossier before the talk and its meeting: whoever ends a match locks them in this order too.
    Mentorship.objects.select_for_update(of=("self", "case")).select_related("case").get(pk=check_in.mentorship_id)
    check_in = (
        CheckIn.objects.select_for_update(of=("self",))
        .select_related("meeting", "mentorship__case")
        .get(pk=check_in.pk)
    )
    if check_in.status == CheckInStatus.VASTGELEGD:
        return check_in
    if not check_in.is_open:
        raise RuleBroken(_("Dit gesprek is vervallen."))
    if by is not None and by.role != check_in.leading_role:
        raise RuleBroken(_("Dit gesprek legt een ander vast."))
    mentorship, summary = check_in.mentorship, summary.strip()
    if held_on > today:
        raise RuleBroken(_("De datum van het gesprek ligt in de toekomst."))
    if held_on < mentorship.start_date:
        raise RuleBroken(_("Het gesprek kan niet vóór de start van de koppeling zijn geweest."))
    if check_in.kind == CheckInKind.M3 and not summary:
        raise RuleBroken(_("Schrijf in een paar zinnen op wat is besproken."))
    if check_in.kind == CheckInKind.M6 and outcome not in CheckInOutcome.values:
        raise RuleBroken(_("Kies wat de uitkomst van het gesprek is."))
    if outcome == CheckInOutcome.AFRONDEN and not end_note.strip():
        raise RuleBroken(_("Schrijf in een zin op waarom de koppeling wordt afgerond."))
    withdraw_alert(key=check_in.alert_key, by=by, now=now)
    close_meeting(check_in, by=by, now=now)
    check_in.status, check_in.held_on, check_in.summary = CheckInStatus.VASTGELEGD, held_on, summary
    check_in.outcome = outcome if check_in.kind == CheckInKind.M6 else ""
    check_in.recorded_by = by
    check_in.save(update_fields=["status", "held_on", "summary", "outcome", "recorded_by"])
    text = _("%s is gehouden") % check_in.get_kind_display()
    record(case=mentorship.case, kind=JournalKind.CHECK_IN, zone=Zone.MENTORING, text=text, by=by, now=now)
    if check_in.outcome == CheckInOutcome.NIEUWE_MATCH:
        end_mentorship(
            mentorship=mentorship, reason=EndReason.NIEUWE_MATCH, note=end_note, by=by, today=today, now=now
        )
    elif check_in.outcome == CheckInOutcome.AFRONDEN:
        end_mentorship(mentorship=mentorship, reason=end_reason, note=end_note, by=by, today=today, now=now)
    return check_in
