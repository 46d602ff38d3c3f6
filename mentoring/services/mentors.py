"""The mentor's own file: registered, filled in, agreed to the code of conduct, brought from one state to the next."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.roles import Role
from accounts.rules import RuleBroken
from cases.models import ProgrammeSettings
from mentoring import rules
from mentoring.models import Mentor, Mentorship, MentorStatus

#: What a mentor and the coordinator may change of the file; what only the coordinator may.
OWN_FIELDS = ("gender", "languages", "availability", "interests", "neighbourhood", "max_active", "motivation")
COORDINATOR_FIELDS = (*OWN_FIELDS, "vog_seen_on")


@transaction.atomic
def register_mentor(*, email, name, organisation, status=MentorStatus.AANGEMELD, by, today, now=None, **profile):
    """Register a volunteer: an account with the role of mentor, invited when it is new, and the mentor's file.

    `profile` holds fields of the file (`COORDINATOR_FIELDS`). Returns the `Mentor`; asking twice gives the one there is.
    """
    now = now or timezone.now()
    user = accounts.invite(
        email=email, name=name, role=Role.MENTOR, organisation=organisation, by=by, today=today, now=now
    )
    mentor = Mentor.objects.select_for_update(of=("self",)).filter(user=user).first()
    if mentor:
        if mentor.organisation_id != organisation.pk:
            raise RuleBroken(_("Deze mentor hoort bij een andere organisatie."))
        return mentor
    unknown = set(profile) - set(COORDINATOR_FIELDS)
    if unknown:
        raise TypeError(f"not in a mentor's file: {sorted(unknown)}")
    profile.setdefault("max_active", ProgrammeSettings.objects.on(today).mentor_max_active)
    return Mentor.objects.create(user=user, organisation=organisation, status=status, status_since=today, **profile)


@transaction.atomic
def change_mentor(*, mentor, by, **profile):
    """Change a mentor's file: the mentor the own, the coordinator also what was seen. Returns the `Mentor`."""
    allowed = OWN_FIELDS if by is not None and by.role == Role.MENTOR else COORDINATOR_FIELDS
    unknown = set(profile) - set(allowed)
    if unknown:
        raise RuleBroken(_("Dit kunt u hier niet wijzigen."))
    mentor = Mentor.objects.select_for_update(of=("self",)).get(pk=mentor.pk)
    for field, value in profile.items():
        setattr(mentor, field, value)
    mentor.save(update_fields=list(profile))
    return mentor


@transaction.atomic
def accept_gedragscode(*, mentor, version, by, today, now=None):
    """The mentor agrees to the current code of conduct: version and moment are kept (R34). Returns the `Mentor`.

    Only the mentor does this. Who is getting to know the organisation comes one step further with it.
    """
    now = now or timezone.now()
    mentor = Mentor.objects.select_for_update(of=("self",)).get(pk=mentor.pk)
    if by is None or mentor.user_id != by.pk:
        raise RuleBroken(_("Alleen de mentor zelf kan akkoord gaan met de gedragscode."))
    if version != settings.GEDRAGSCODE_VERSION:
        raise RuleBroken(_("Er is een nieuwe versie van de gedragscode. Lees die eerst."))
    if mentor.knows_gedragscode:
        return mentor
    mentor.gedragscode_version, mentor.gedragscode_accepted_at = version, now
    if mentor.status == MentorStatus.KENNISMAKING:
        mentor.status, mentor.status_since = MentorStatus.GEDRAGSCODE_AKKOORD, today
    mentor.save(update_fields=["gedragscode_version", "gedragscode_accepted_at", "status", "status_since"])
    return mentor


@transaction.atomic
def move_mentor(*, mentor, to, by, today):
    """Bring a mentor into another state (model §5.3). Returns the `Mentor`; the same state again changes nothing.

    BESCHIKBAAR needs the current code of conduct (R34); who stops has no match or proposal left.
    """
    mentor = Mentor.objects.select_for_update(of=("self",)).get(pk=mentor.pk)
    if mentor.status == to:
        return mentor
    if to not in rules.MENTOR_STEPS[mentor.status]:
        raise RuleBroken(
            _("Van “%(now)s” kan een mentor niet naar “%(to)s”.")
            % {"now": mentor.get_status_display(), "to": MentorStatus(to).label}
        )
    if to in rules.NEEDS_GEDRAGSCODE and not mentor.knows_gedragscode:
        raise RuleBroken(
            _("De mentor is nog niet akkoord met de huidige gedragscode. Dat doet de mentor zelf, op “Mijn profiel”.")
        )
    if to == MentorStatus.GESTOPT:
        matches = Mentorship.objects.filter(mentor=mentor)
        if matches.active().exists() or matches.proposed().exists():
            raise RuleBroken(_("Deze mentor heeft nog een koppeling of een voorstel. Beëindig dat eerst."))
    mentor.status, mentor.status_since = to, today
    mentor.save(update_fields=["status", "status_since"])
    return mentor
