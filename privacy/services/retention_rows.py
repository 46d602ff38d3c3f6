"""Which rows the retention policy speaks of, and what becomes of them. Models are reached by name, never imported."""

import secrets
import uuid
from datetime import timedelta
from functools import reduce
from operator import or_

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Greatest, TruncDate, TruncMonth

from accounts.clock import midnight
from accounts.models import EMPTIED

#: What stands in the place of a name.
ANONYMOUS = "Geanonimiseerd"
#: How an opaque code begins, and where an opaque address ends: nothing can be delivered there (RFC 2606).
CODE = "ANON-"
NOWHERE = EMPTIED

NOTHING = Q(pk__in=())


def model_of(label):
    """The installed model with this label ("cases.Case")."""
    return apps.get_model(label)


def rows_of(label):
    """All rows of a model, past whatever its manager leaves out."""
    return model_of(label)._base_manager.all()


# --- What is due ----------------------------------------------------------------------------------


def _passed(model, name, cutoff):
    """The condition that the date or moment at this path is on or before the day `cutoff`."""
    if isinstance(_field(model, name), models.DateTimeField):
        return Q(**{f"{name}__lt": midnight(cutoff + timedelta(days=1))})
    return Q(**{f"{name}__lte": cutoff})


def _field(model, path):
    *way, last = path.split("__")
    for part in way:
        model = model._meta.get_field(part).related_model
    return model._meta.get_field(last)


def past(policy, period, today):
    """The condition on rows of the period's model that their time is over on `today`: every date of the event passed.

    What holds a row back without a reason to name means that the event has not happened at all.
    """
    model = model_of(period.model)
    cutoff = period.cutoff(today)
    known = reduce(or_, (Q(**{f"{name}__isnull": False}) for name in period.latest_of))
    done = Q(**dict(period.where)) & known
    for name in period.latest_of:
        done &= Q(**{f"{name}__isnull": True}) | _passed(model, name, cutoff)
    for spare in period.unless:
        if not spare.reason:
            done &= ~held_back(policy, spare, cutoff)
    return done


def anchor(period):
    """An expression for the day of the event: the latest of its dates that are known."""
    model = model_of(period.model)
    days = [
        TruncDate(name) if isinstance(_field(model, name), models.DateTimeField) else F(name)
        for name in period.latest_of
    ]
    if len(days) == 1:
        return days[0]
    # An unknown date gives way to another one: databases disagree on the greatest of something and nothing.
    return Greatest(*(Coalesce(*days[at:], *days[:at]) for at in range(len(days))), output_field=models.DateField())


def held_back(policy, spare, on):
    """The condition that a row of this kind holds the asking row back. `on`: the day from which `later` counts."""
    found = rows_of(spare.model).filter(**{spare.by: OuterRef("pk")})
    if spare.where:
        found = found.filter(**dict(spare.where))
    if spare.where_not:
        found = found.exclude(**dict(spare.where_not))
    if spare.later:
        moment = _passed(model_of(spare.model), spare.later, on)
        found = found.filter(Q(**{f"{spare.later}__isnull": True}) | ~moment)
    if spare.undone:
        found = found.filter(reduce(or_, (undone(entry) for entry in policy.entries_of(spare.model)), NOTHING))
    return Q(Exists(found))


# --- What still has to be done ---------------------------------------------------------------------


def undone(entry):
    """The condition that a row still holds what the entry takes away. A row that is to be deleted always does."""
    if not entry.acts:
        return NOTHING
    if entry.deletes:
        return Q(pk__isnull=False)
    model = model_of(entry.model)
    return reduce(or_, filter(None, (_undone_field(model, name, verb) for name, verb in entry.fields)), NOTHING)


def _undone_field(model, name, verb):
    field = model._meta.get_field(name)
    if verb == "rename":
        return ~Q(**{name: ANONYMOUS})
    if verb == "month":
        return Q(**{f"{name}__isnull": False}) & ~Q(**{f"{name}__day": 1})
    if verb == "opaque":
        if isinstance(field, models.EmailField):
            return ~Q(**{f"{name}__endswith": NOWHERE})
        # A code that says nothing cannot be told from another one.
        return ~Q(**{f"{name}__startswith": CODE}) if isinstance(field, models.CharField) else None
    if verb == "empty":
        if field.many_to_many:
            return Q(
                Exists(field.remote_field.through._base_manager.filter(**{field.m2m_field_name(): OuterRef("pk")}))
            )
        if field.null:
            return Q(**{f"{name}__isnull": False})
        return ~Q(**{name: empty_value(field)})
    return None


def empty_value(field):
    """What an emptied field holds."""
    if field.null:
        return None
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.JSONField):
        return field.default() if callable(field.default) else []
    if isinstance(field, models.IntegerField | models.DecimalField):
        return 0
    return ""


def opaque_value(field):
    """A code in the place of what pointed at a person; a new one each time."""
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    code = secrets.token_hex(6).upper()
    return f"{code.lower()}{NOWHERE}" if isinstance(field, models.EmailField) else f"{CODE}{code}"


# --- Which rows belong to a root ----------------------------------------------------------------------


class Reach:
    """The rows that go along with some roots of one period: for each model a condition.

    `roots` is a queryset of keys (to count) or a list of them (to act). With a list, rows that are found by what points
    at them are looked up at once, because the pointer may be emptied before their turn.
    """

    def __init__(self, policy, period, roots, today):
        self.policy, self.period, self.roots, self.today = policy, period, roots, today
        self.acting = isinstance(roots, list)
        self._models = {}

    def entries(self):
        """(entry, condition) of all entries that this period touches, in the order of the policy."""
        for entry in self.policy.entries:
            if entry.acts and (condition := self._of(entry)) is not None:
                yield entry, condition

    def _of(self, entry):
        found = [condition for when in entry.when if (condition := self._when(entry, when)) is not None]
        return reduce(or_, found) if found else None

    def of_model(self, label):
        """The condition on rows of a model that this period reaches; None when it reaches none."""
        if label not in self._models:
            self._models[label] = None  # two that point at each other do not go round for ever
            found = [
                condition for entry in self.policy.entries_of(label) if (condition := self._of(entry)) is not None
            ]
            self._models[label] = reduce(or_, found) if found else None
        return self._models[label]

    def _when(self, entry, when):
        if when.after:
            return Q(pk__in=self.roots) if when.after == self.period.name else None
        if when.model == self.period.model and when.by:
            return Q(**{f"{when.by}__in": self.roots})
        parents = self.of_model(when.model)
        if parents is None:
            return None
        if when.by:
            return Q(**{f"{when.by}__in": rows_of(when.model).filter(parents).values("pk")})
        pointed = rows_of(when.model).filter(parents, **{f"{when.source}__isnull": False}).values(when.source)
        found = rows_of(entry.model).filter(pk__in=pointed)
        for spare in when.unless:
            found = found.filter(~held_back(self.policy, spare, self.today))
        return Q(pk__in=[pk for (pk,) in found.values_list("pk")] if self.acting else found.values("pk"))


def to_do(policy, entry, condition, today):
    """The rows of an entry that this condition reaches and that still hold something, sparing what it spares."""
    rows = rows_of(entry.model).filter(condition).filter(undone(entry))
    for spare in entry.spare:
        rows = rows.filter(~held_back(policy, spare, today))
    return rows


def unfinished(policy, period, today):
    """The condition that a root, or something that goes along with it, still has something to take away.

    Looks along paths from the root only; what is found by a pointer goes when its pointer does.
    """
    found = []
    for entry in policy.entries:
        if not entry.acts:
            continue
        for when in entry.when:
            if when.after == period.name:
                mine = undone(entry)
                for spare in entry.spare:
                    mine &= ~held_back(policy, spare, today)
                found.insert(0, mine)
            elif when.model == period.model and when.by:
                below = rows_of(entry.model).filter(**{when.by: OuterRef("pk")}).filter(undone(entry))
                found.append(Q(Exists(below)))
    return reduce(or_, found, NOTHING)


# --- Doing it ---------------------------------------------------------------------------------------


def clear(policy, period, pks, today):
    """Delete and empty everything that goes along with these roots. Returns {position of the entry: rows}, {model: rows}.

    Call it in a transaction that holds the roots. Emptying comes first, so that nothing holds a row back that goes; of
    the rows that go, those that point at others go before them; the roots come last.
    """
    by_entry, by_model = {}, {}
    reached = list(Reach(policy, period, list(pks), today).entries())
    changes = [pair for pair in reached if not pair[0].deletes]
    deletions = [pair for pair in reached if pair[0].deletes]
    changes.sort(key=lambda pair: pair[0].model == period.model)
    for entry, condition in changes:
        count = _empty(entry, to_do(policy, entry, condition, today))
        by_entry[entry.position] = count
        by_model[entry.model] = max(by_model.get(entry.model, 0), count)
    for entry, condition in _pointing_first(deletions, period.model):
        rows = to_do(policy, entry, condition, today)
        _delete_files(entry, rows)
        _total, per_model = rows.delete()
        by_entry[entry.position] = per_model.get(entry.model, 0)
        for label, count in per_model.items():
            by_model[label] = by_model.get(label, 0) + count
    return by_entry, {label: count for label, count in by_model.items() if count}


def _empty(entry, rows):
    """Take persons out of rows that stay. Returns how many rows."""
    model = model_of(entry.model)
    named = [(model._meta.get_field(name), verb) for name, verb in entry.fields]
    keys = list(rows.values_list("pk", flat=True))
    if not keys:
        return 0
    _delete_files(entry, rows)
    rows = rows_of(entry.model).filter(pk__in=keys)
    codes = [field for field, verb in named if verb == "opaque"]
    if codes:
        fresh = [model(pk=pk, **{field.name: opaque_value(field) for field in codes}) for pk in keys]
        model._base_manager.bulk_update(fresh, [field.name for field in codes], batch_size=100)
    values = {}
    for field, verb in named:
        if verb == "rename":
            values[field.name] = ANONYMOUS
        elif verb == "month":
            values[field.name] = TruncMonth(field.name)
        elif verb == "empty" and field.many_to_many:
            through = field.remote_field.through
            through._base_manager.filter(**{f"{field.m2m_field_name()}__in": keys}).delete()
        elif verb == "empty":
            values[field.name] = empty_value(field)
    if values:
        rows.update(**values)
    return len(keys)


def _delete_files(entry, rows):
    """Remove the files of these rows from storage. Before the row: a row without its file is found again, never the
    other way round."""
    model = model_of(entry.model)
    for name in entry.of("leaves", "empty"):
        field = model._meta.get_field(name)
        if isinstance(field, models.FileField):
            for stored in rows.exclude(**{name: ""}).values_list(name, flat=True):
                field.storage.delete(stored)


def _pointing_first(pairs, root):
    """Deletions in an order in which a row goes before the row it points at; the model of the root last."""
    labels = {entry.model for entry, _condition in pairs}
    order, seen = [], set()

    def visit(label):
        if label in seen:
            return
        seen.add(label)
        for other in sorted(labels):
            if label in _points_at(other):
                visit(other)
        order.append(label)

    for label in sorted(labels - {root}):
        visit(label)
    visit(root)
    return sorted(pairs, key=lambda pair: order.index(pair[0].model))


def _points_at(label):
    """Labels of the models that a model has a foreign key to."""
    fields = model_of(label)._meta.local_concrete_fields
    return {field.related_model._meta.label for field in fields if field.is_relation and field.related_model}


def number_of(period, row):
    """What a row of the period's model is called on screen: its dossier's number, or its own."""
    value = row
    for part in period.dossier.split("__") if period.dossier else ():
        value = getattr(value, part, None)
    return value if period.dossier and value else f"#{row.pk}"
