"""The numbers of the programme: a new version from a date; what stands keeps the version it was computed with."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import rules
from cases.models import Case, JournalKind, ProgrammeSettings
from cases.models.case import OPEN_PHASES
from cases.services.journal import record


@transaction.atomic
def change_settings(*, valid_from, by, today, **fields):
    """Put a new version of the settings in force from a day, today at the earliest. Returns the `ProgrammeSettings`.

    Dossiers that exist keep theirs (model §5.1). One version a day; the same values again are the version that is
    there, and values equal to those in force need no version.
    """
    if valid_from < today:
        raise RuleBroken(_("Een nieuwe versie geldt vanaf vandaag of later."))
    before = ProgrammeSettings.objects.on(valid_from)
    same_day = ProgrammeSettings.objects.select_for_update().filter(valid_from=valid_from).first()
    if all(getattr(before, name) == value for name, value in fields.items()):
        if same_day:
            return same_day
        raise RuleBroken(_("Er is niets veranderd ten opzichte van wat dan al geldt."))
    if same_day:
        raise RuleBroken(_("Er is al een versie die op deze dag ingaat. Kies een andere dag."))
    return ProgrammeSettings.objects.create(valid_from=valid_from, changed_by=by, **fields)


def to_recalculate(user, parameters):
    """Dossiers that run and keep an older version of the settings than the one in force today, for the job's batches."""
    version = ProgrammeSettings.objects.on(timezone.localdate())
    return Case.objects.filter(phase__in=OPEN_PHASES).exclude(programme_settings=version.pk)


@transaction.atomic
def recalculate(*, cases, by, now=None):
    """Bring these dossiers to the settings in force today and work out their goal date anew. Returns how many changed.

    A goal date that somebody moved later stays. Asking twice changes nothing.
    """
    now = now or timezone.now()
    version = ProgrammeSettings.objects.on(timezone.localdate(now))
    if version.pk is None:
        return 0
    changed = 0
    locked = Case.objects.select_for_update().filter(pk__in=[case.pk for case in cases], phase__in=OPEN_PHASES)
    for case in locked.exclude(programme_settings=version).order_by("pk"):
        deadline = rules.goal_deadline(case.programme_start, version.goal_months)
        was_moved = case.goal_deadline != case.goal_deadline_original
        case.programme_settings = version
        if not was_moved:
            case.goal_deadline_original = case.goal_deadline = deadline
        case.save(update_fields=["programme_settings", "goal_deadline_original", "goal_deadline"])
        record(
            case=case,
            kind=JournalKind.CHANGED,
            zone=Zone.PROGRAMME,
            text=_("Termijnen berekend met de nieuwe instellingen van het programma"),
            by=by,
            now=now,
        )
        changed += 1
    return changed
