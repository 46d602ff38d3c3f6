"""Changes that do not go through the saving of one row: many rows at once, and a row that goes."""

from auditlog.diff import model_instance_diff
from django.db import transaction

from cases.models import Change


@transaction.atomic
def update_rows(rows, **values):
    """`rows.update(**values)` with a line of history for each row that it changes. Returns how many rows matched."""
    names = list(values)
    before = list(rows.select_for_update(of=("self",)))
    count = rows.model._base_manager.filter(pk__in=[row.pk for row in before]).update(**values)
    old = {row.pk: {name: getattr(row, name) for name in names} for row in before}
    for row in before:
        kept = type(row)(pk=row.pk, **{name: old[row.pk][name] for name in names})
        for name, value in values.items():
            setattr(row, name, value)
        Change.objects.log_create(
            row, action=Change.Action.UPDATE, changes=model_instance_diff(kept, row, fields_to_check=names)
        )
    return count


@transaction.atomic
def delete_row(row):
    """Delete one row of a dossier and keep that, with what it held. Returns nothing."""
    Change.objects.log_create(row, action=Change.Action.DELETE, changes=model_instance_diff(row, None))
    row.delete()
