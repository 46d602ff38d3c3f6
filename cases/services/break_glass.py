"""Emergency access: a klantmanager opens the dossier of a colleague, and everybody who should know hears of it at once."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import rules
from cases.models import Assignment, BreakGlass, Case, JournalKind, Verdict
from cases.services.journal import record
from notifications import services as notifications
from notifications.services import Receiver


@transaction.atomic
def break_glass(*, number, reason, key=None, by, today, now=None):
    """Give the klantmanager `by` the dossier with this number until the end of a working day, with a reason.

    Only a dossier that a klantmanager of the same organisation holds. A number that does not exist and one that may not
    be opened this way get the same answer. The dossier's klantmanager and deputies and every privacy officer hear of it.
    Returns the `BreakGlass`; asked again while it lasts, the same one.
    """
    now = now or timezone.now()
    reason = " ".join(reason.split())
    if by.role != Role.KLANTMANAGER:
        raise RuleBroken(_("Alleen een klantmanager kan noodtoegang nemen."))
    if len(reason) < rules.LEAST_REASON:
        raise RuleBroken(_("Schrijf in een hele zin op waarom u dit dossier nu nodig heeft."))
    if key is not None and (done := BreakGlass.objects.filter(key=key, by=by).first()):
        return done
    case = Case.objects.select_for_update().filter(number=number.strip().upper()).first()
    standing = list(_klantmanagers(case, today)) if case else []
    if own := next((row for row in standing if row.user_id == by.pk), None):
        lasting = BreakGlass.objects.filter(assignment=own).first()
        if lasting:
            return lasting
        raise RuleBroken(_("U ziet dit dossier al."))
    holder = next((row for row in standing if row.deputy_for_id is None), None)
    if holder is None or not _are_colleagues(by, holder.user_id, today):
        raise RuleBroken(_("Met dit nummer kunt u geen noodtoegang nemen. Controleer het nummer."))
    ends_on = rules.working_days_after(today, settings.BREAK_GLASS_WORKING_DAYS) + timezone.timedelta(days=1)
    assignment = Assignment.objects.create(
        case=case,
        role=Role.KLANTMANAGER,
        user=by,
        organisation=by.acting_as.organisation,
        deputy_for=holder.user,
        starts_on=today,
        ends_on=ends_on,
        assigned_by=by,
    )
    glass = BreakGlass.objects.create(
        case=case,
        assignment=assignment,
        by=by,
        holder=holder.user,
        reason=reason,
        opened_at=now,
        ends_on=ends_on,
        key=key,
    )
    text = _(
        "Een andere klantmanager mag dit dossier zien met noodtoegang, tot en met %s. De privacy officer kijkt of dat terecht was."
    ) % date_format(glass.last_day, "j F Y")
    record(case=case, kind=JournalKind.BREAK_GLASS, zone=Zone.BENEFIT, text=text, by=by, now=now)
    _tell(glass, standing, by=by, today=today, now=now)
    return glass


@transaction.atomic
def review_break_glass(*, glass, verdict, note="", by, now=None):
    """The privacy officer judges an emergency access. Returns the `BreakGlass`; judged already, it stays as it is."""
    glass = BreakGlass.objects.select_for_update().get(pk=glass.pk)
    if by is None or by.role != Role.PRIVACY_OFFICER:
        raise RuleBroken(_("Dit beoordeelt de privacy officer."))
    if glass.by_id == by.pk:
        raise RuleBroken(_("Dit was uw eigen noodtoegang. Een collega beoordeelt die."))
    if glass.reviewed_at is not None:
        return glass
    if verdict == Verdict.NIET_TERECHT and not note.strip():
        raise RuleBroken(_("Schrijf in de toelichting waarom de noodtoegang niet terecht was."))
    glass.verdict, glass.review_note = verdict, note.strip()
    glass.reviewed_at, glass.reviewed_by = now or timezone.now(), by
    glass.save(update_fields=["verdict", "review_note", "reviewed_at", "reviewed_by"])
    text = _("Noodtoegang beoordeeld: %s") % glass.get_verdict_display().lower()
    record(case=glass.case, kind=JournalKind.BREAK_GLASS, zone=Zone.BENEFIT, text=text, by=by, now=now)
    return glass


def has_emergency_access(*, case, user, today):
    """Whether this person stands around the dossier today by emergency access alone."""
    return BreakGlass.objects.filter(
        case=case, assignment__in=Assignment.objects.current(today).filter(user=user, deputy_for__isnull=False)
    ).exists()


def refuse_in_emergency(*, case, by, today):
    """Emergency access reads and does what cannot wait; it changes nothing about who sees the dossier, and so never
    outlives its own end. Returns nothing, or raises `RuleBroken`.
    """
    if by is None or by.role != Role.KLANTMANAGER:
        return
    if has_emergency_access(case=case, user=by, today=today):
        raise RuleBroken(_("Met noodtoegang verandert u niet wie dit dossier ziet. Dat doet de klantmanager."))


def _klantmanagers(case, today):
    return Assignment.objects.current(today).filter(case=case, role=Role.KLANTMANAGER).select_related("user")


def _are_colleagues(by, holder, today):
    """Whether the holder works as klantmanager for the organisation that `by` works for now."""
    return (
        RoleAssignment.objects.current(today)
        .filter(user=holder, role=Role.KLANTMANAGER, organisation=by.acting_as.organisation_id)
        .exists()
    )


def _tell(glass, standing, *, by, today, now):
    """One message to who holds or covers the dossier, and to each privacy officer. No name, no reason, no content."""
    officers = User.objects.with_current_role(today, role=Role.PRIVACY_OFFICER)
    receivers = [
        (Receiver(user=row.user, role=Role.KLANTMANAGER), glass.case.get_absolute_url())
        for row in standing
        if row.deputy_for_id is None or row.deputyship_id is not None
    ]
    receivers += [
        (Receiver(user=user, role=Role.PRIVACY_OFFICER), reverse("cases:review_break_glass", args=[glass.pk]))
        for user in officers
    ]
    for receiver, link in receivers:
        is_officer = receiver.role == Role.PRIVACY_OFFICER
        notifications.notify(
            key=f"break-glass:{glass.pk}:{receiver.key}",
            kind="break_glass",
            receiver=receiver,
            subject=_("Noodtoegang tot een dossier"),
            body=_("Een klantmanager nam noodtoegang tot het dossier van een collega. Beoordeel of dat terecht was.")
            if is_officer
            else _(
                "Een collega nam noodtoegang tot een van uw dossiers. In het dossier ziet u wie het was en tot wanneer."
            ),
            link=link,
            case_number=glass.case.number,
            by=by,
            now=now,
        )
