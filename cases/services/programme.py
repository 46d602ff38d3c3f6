"""The numbers of the programme: a new version from a date; what stands keeps the version it was computed with."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.rules import RuleBroken
from cases.models import ProgrammeSettings


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
