"""The retention policy as read from `privacy/retention.toml`: periods, what becomes of each field, and what is wrong."""

import hashlib
import tomllib
from calendar import monthrange
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist

POLICY_FILE = Path(__file__).with_name("retention.toml")

#: What can become of a row, and which lists of fields belong to it.
VERBS = {
    "delete": ("leaves",),
    "stay": ("empty", "rename", "opaque", "month", "keep"),
    "keep": ("keep",),
    "own": ("leaves",),
}
BASES = ("wet", "voorstel")
_PERIOD_KEYS = {
    "title", "counts_from", "model", "latest_of", "where", "unless", "dossier", "months", "days", "basis", "source",
}  # fmt: skip
_SPARE_KEYS = {"model", "by", "where", "where_not", "later", "undone", "reason"}
_MODEL_KEYS = {"name", "title", "when", "rows", "spare", "why", "leaves", *VERBS["stay"]}
#: What a municipality may say in its own file.
_OWN_KEYS = {"months", "days", "basis", "source"}


@dataclass(frozen=True)
class Spare:
    """Rows that hold another row back: `model` points with `by` at it, and meets `where` and not `where_not`.

    `later`: only while this date is empty or not passed. `undone`: only while the row itself still holds a person.
    """

    model: str
    by: str
    reason: str = ""
    where: tuple = ()
    where_not: tuple = ()
    later: str = ""
    undone: bool = False


@dataclass(frozen=True)
class Period:
    """Bewaartermijn: how long after which event, and why that long."""

    name: str
    title: str
    counts_from: str
    model: str
    latest_of: tuple[str, ...]
    basis: str
    source: str
    months: int = 0
    days: int = 0
    where: tuple = ()
    unless: tuple[Spare, ...] = ()
    dossier: str = ""

    @property
    def is_law(self):
        return self.basis == "wet"

    def cutoff(self, today):
        """The last day on which the event may have happened for its row to be due on `today`."""
        years, month = divmod(today.year * 12 + today.month - 1 - self.months, 12)
        month += 1
        day = min(today.day, monthrange(years, month)[1])
        return today.replace(year=years, month=month, day=day) - timedelta(days=self.days)


@dataclass(frozen=True)
class When:
    """When an entry is due: after its own period, or along with rows of another model."""

    after: str = ""
    model: str = ""
    by: str = ""
    source: str = ""  # the field of `model` that points at us ("from" in the file)
    unless: tuple[Spare, ...] = ()


@dataclass(frozen=True)
class Entry:
    """What becomes of the rows, or of some fields, of one model."""

    position: int
    model: str
    rows: str
    when: tuple[When, ...]
    fields: tuple[tuple[str, str], ...]  # (field, verb)
    spare: tuple[Spare, ...] = ()
    why: str = ""
    title: str = ""

    @property
    def deletes(self):
        return self.rows == "delete"

    @property
    def acts(self):
        """Whether the retention run does something with it."""
        return self.rows in ("delete", "stay")

    def of(self, *verbs):
        """Names of the fields with one of these verbs."""
        return [name for name, verb in self.fields if verb in verbs]


@dataclass(frozen=True)
class Policy:
    """The whole file. `digest` changes with anything in it, comments left out."""

    periods: tuple[Period, ...]
    entries: tuple[Entry, ...]
    digest: str

    def period(self, name):
        return next(period for period in self.periods if period.name == name)

    def entries_of(self, model):
        return [entry for entry in self.entries if entry.model == model]


class PolicyError(Exception):
    """The file cannot be read as a policy at all."""


def policy():
    """The policy in force: our file, with the municipality's own periods over it. Raises `PolicyError`."""
    return _read(POLICY_FILE, settings.RETENTION_PERIODS)


@lru_cache(maxsize=8)
def _read(path, own_path):
    own = _toml(Path(own_path)) if own_path else {}
    return parse(_toml(Path(path)), own)


def _toml(path):
    try:
        return tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise PolicyError(f"{path.name}: {problem}") from None


def parse(data, own=None):
    """A `Policy` from what the file holds, with `own` periods over it. Raises `PolicyError` for what has no place."""
    periods = {name: dict(table) for name, table in data.get("period", {}).items()}
    for name, table in (own or {}).get("period", {}).items():
        if name not in periods:
            raise PolicyError(f'RETENTION_PERIODS: there is no period "{name}". Known: {", ".join(periods)}.')
        _refuse_unknown(f"RETENTION_PERIODS [period.{name}]", table, _OWN_KEYS)
        if {"months", "days"} & set(table):
            periods[name].pop("months", None)
            periods[name].pop("days", None)
        periods[name].update(table)
    _refuse_unknown("RETENTION_PERIODS", own or {}, {"period"})
    _refuse_unknown("retention.toml", data, {"period", "model"})
    entries = tuple(_entry(position, table) for position, table in enumerate(data.get("model", [])))
    digest = hashlib.sha256(repr((sorted(periods.items()), data.get("model", []))).encode()).hexdigest()[:16]
    return Policy(tuple(_period(name, table) for name, table in periods.items()), entries, digest)


def _refuse_unknown(where, table, known):
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise PolicyError(f"{where}: unknown key {', '.join(unknown)}. Known: {', '.join(sorted(known))}.")


def _period(name, table):
    where = f"[period.{name}]"
    _refuse_unknown(where, table, _PERIOD_KEYS)
    missing = {"title", "counts_from", "model", "latest_of", "basis", "source"} - set(table)
    if missing:
        raise PolicyError(f"{where}: {', '.join(sorted(missing))} missing.")
    length = [table.get("months", 0), table.get("days", 0)]
    if not all(isinstance(number, int) and number >= 0 for number in length) or sum(map(bool, length)) != 1:
        raise PolicyError(f"{where}: give months or days, a whole number above zero.")
    if table["basis"] not in BASES:
        raise PolicyError(f"{where}: basis is one of {', '.join(BASES)}.")
    return Period(
        name=name,
        **{key: table[key] for key in ("title", "counts_from", "model", "basis", "source")},
        latest_of=tuple(table["latest_of"]),
        months=length[0],
        days=length[1],
        where=_conditions(table.get("where", {})),
        unless=tuple(_spare(where, row) for row in table.get("unless", [])),
        dossier=table.get("dossier", ""),
    )


def _conditions(table):
    """Lookups for a queryset; a list means one of."""
    return tuple(
        (f"{name}__in", tuple(value)) if isinstance(value, list) else (name, value) for name, value in table.items()
    )


def _spare(where, table):
    _refuse_unknown(where, table, _SPARE_KEYS)
    if not {"model", "by"} <= set(table):
        raise PolicyError(f"{where}: a condition needs model and by.")
    return Spare(
        model=table["model"],
        by=table["by"],
        reason=table.get("reason", ""),
        where=_conditions(table.get("where", {})),
        where_not=_conditions(table.get("where_not", {})),
        later=table.get("later", ""),
        undone=table.get("undone", False),
    )


def _entry(position, table):
    where = f"[[model]] {table.get('name', position + 1)}"
    _refuse_unknown(where, table, _MODEL_KEYS)
    rows = table.get("rows")
    if "name" not in table or rows not in VERBS:
        raise PolicyError(f"{where}: give a name, and rows as one of {', '.join(VERBS)}.")
    misplaced = sorted((set(table) & {"leaves", *VERBS["stay"]}) - set(VERBS[rows]))
    if misplaced:
        raise PolicyError(f'{where}: {", ".join(misplaced)} cannot stand with rows = "{rows}".')
    when = tuple(_when(where, row) for row in table.get("when", []))
    if (rows in ("delete", "stay")) != bool(when):
        raise PolicyError(f'{where}: "when" belongs to rows that are deleted or emptied, and only to those.')
    fields = tuple((name, verb) for verb in VERBS[rows] for name in table.get(verb, []))
    if not table.get("why") and (rows in ("keep", "own") or table.get("keep")):
        raise PolicyError(f"{where}: say in why for what it is kept.")
    spare = tuple(_spare(where, row) for row in table.get("spare", []))
    return Entry(position, table["name"], rows, when, fields, spare, table.get("why", ""), table.get("title", ""))


def _when(where, table):
    _refuse_unknown(where, table, {"after", "with", "by", "from", "unless"})
    if ("after" in table) == ("with" in table) or ("with" in table and ("by" in table) == ("from" in table)):
        raise PolicyError(f"{where}: when is {{ after = … }}, {{ with = …, by = … }} or {{ with = …, from = … }}.")
    return When(
        after=table.get("after", ""),
        model=table.get("with", ""),
        by=table.get("by", ""),
        source=table.get("from", ""),
        unless=tuple(_spare(where, row) for row in table.get("unless", [])),
    )


# --- What is wrong with it, measured against the installed models ----------------------------------


def fields_of(model):
    """Names of the fields that need a rule: every column and relation of its own, but the key the database gives."""
    own = [*model._meta.local_concrete_fields, *model._meta.local_many_to_many]
    return [field.name for field in own if not (field.primary_key and field.get_internal_type().endswith("AutoField"))]


def problems(policy):
    """What stands between this policy and the installed models, as English sentences that say what to do."""
    models = {model._meta.label: model for model in apps.get_models() if not model._meta.proxy and model._meta.managed}
    found = []
    for period in policy.periods:
        where = f"[period.{period.name}]"
        if period.model not in models:
            found.append(f'{where}: there is no model "{period.model}".')
            continue
        paths = [*period.latest_of, *[name for name, _value in period.where], *filter(None, [period.dossier])]
        found += _lost(where, models[period.model], paths)
        for spare in period.unless:
            found += _lost_spare(where, spare, models)
    names = {period.name for period in policy.periods}
    for entry in policy.entries:
        where = f"[[model]] {entry.model}"
        if entry.model not in models:
            found.append(f"{where}: no such model is installed. Take the entry out, or correct its name.")
            continue
        for when in entry.when:
            if when.after and when.after not in names:
                found.append(f'{where}: there is no period "{when.after}". Known: {", ".join(sorted(names))}.')
            elif when.after and policy.period(when.after).model != entry.model:
                found.append(f"{where}: the period {when.after} counts from {policy.period(when.after).model}.")
            if when.model and when.model not in models:
                found.append(f'{where}: "with" names {when.model}, which is not installed.')
            elif when.model and not any(other.acts for other in policy.entries_of(when.model)):
                found.append(f'{where}: "with" names {when.model}, whose own entry never acts.')
            elif when.by:
                found += _lost(where, models[entry.model], [when.by])
            elif when.source:
                found += _lost(where, models[when.model], [when.source])
            for spare in when.unless:
                found += _lost_spare(where, spare, models)
        for spare in entry.spare:
            found += _lost_spare(where, spare, models)
    used = {when.after for entry in policy.entries for when in entry.when}
    found += [f"[period.{name}]: no [[model]] is due after it." for name in sorted(names - used)]
    for label, model in sorted(models.items()):
        found += _field_problems(label, fields_of(model), policy)
    return found


def _lost(where, model, paths):
    """Paths that lead nowhere from `model`."""
    return [f"{where}: {model._meta.label} has no {path}." for path in paths if not leads_somewhere(model, path)]


def leads_somewhere(model, path):
    """Whether `path` (names with double underscores, lookups `in` and `isnull` allowed at the end) exists."""
    for part in path.split("__"):
        if part in ("in", "isnull"):
            return True
        if model is None:
            return False
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            return False
        model = field.related_model
    return True


def _lost_spare(where, spare, models):
    if spare.model not in models:
        return [f"{where}: a condition names {spare.model}, which is not installed."]
    names = [spare.by, *[name for name, _value in (*spare.where, *spare.where_not)], *filter(None, [spare.later])]
    return _lost(where, models[spare.model], names)


def _suggestion(label, policy):
    """When its rows could be due: with the first row they point at that has a rule, else after a period to be chosen."""
    for field in apps.get_model(label)._meta.local_concrete_fields:
        target = field.related_model._meta.label if field.is_relation and field.related_model else ""
        if any(entry.acts for entry in policy.entries_of(target)):
            return f'{{ with = "{target}", by = "{field.name}" }}'
    return '{ after = "…" }'


def _field_problems(label, names, policy):
    entries = policy.entries_of(label)
    if not entries:
        yield (
            f"{label} has no rule for how long it is kept. Add to privacy/retention.toml, part 2:\n\n"
            f'    [[model]]\n    name = "{label}"\n    when = [{_suggestion(label, policy)}]\n'
            f'    rows = "delete"\n    leaves = [{", ".join(f"{chr(34)}{name}{chr(34)}" for name in names)}]\n\n'
            'or, without personal data: rows = "keep", the same names in keep, and why. The head of the file explains.'
        )
        return
    ruled = [name for entry in entries for name, _verb in entry.fields]
    lists = sorted({verb for entry in entries for verb in VERBS[entry.rows]})
    for name in names:
        if name not in ruled:
            yield (
                f"{label}.{name} has no rule for how long it is kept. In privacy/retention.toml, under [[model]] "
                f'name = "{label}", add "{name}" to one of: {", ".join(lists)}.'
            )
        elif ruled.count(name) > 1:
            yield f'{label}.{name} has more than one rule in privacy/retention.toml; leave "{name}" in one list.'
    for name in sorted(set(ruled) - set(names)):
        yield f'{label} has no field "{name}": take it out of privacy/retention.toml, under [[model]] name = "{label}".'
