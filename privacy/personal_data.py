"""The register of personal data as read from `privacy/personal_data.toml`: what of a statushouder stands where."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.apps import apps

from accounts.zones import Zone
from privacy.policy import fields_of, leads_somewhere

REGISTER_FILE = Path(__file__).with_name("personal_data.toml")

_KEYS = {
    "name", "title", "zone", "case", "user", "where", "given", "people", "left_out", "internal", "none", "history", "silent", "untold",
}  # fmt: skip


@dataclass(frozen=True)
class LeftOut:
    """Fields that the person is not given, and why."""

    fields: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Part:
    """One model in the register. `case` leads to the number of the dossier, `user` to the account of the person."""

    model: str
    title: str = ""
    zone: str = ""
    case: str = ""
    user: str = ""
    where: tuple = ()
    given: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    internal: tuple[str, ...] = ()
    none: str = ""
    history: bool = False
    silent: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()

    @property
    def tracked(self):
        """Names of the fields whose changes are kept."""
        return tuple(name for name in (*self.given, *self.people) if self.history and name not in self.untold)


class RegisterError(Exception):
    """The file cannot be read as a register at all."""


@lru_cache(maxsize=1)
def register():
    """All `Part`s, in the order of the file. Raises `RegisterError`."""
    try:
        return parse(tomllib.loads(REGISTER_FILE.read_text()))
    except tomllib.TOMLDecodeError as problem:
        raise RegisterError(f"{REGISTER_FILE.name}: {problem}") from None


def parse(data):
    """The `Part`s in what the file holds. Raises `RegisterError` for what has no place."""
    parts = []
    for table in data.get("model", []):
        unknown = sorted(set(table) - _KEYS)
        if unknown or "name" not in table:
            raise RegisterError(
                f"[[model]] {table.get('name', '?')}: unknown key {', '.join(unknown) or 'name missing'}."
            )
        left_out = tuple(LeftOut(tuple(row["fields"]), row["why"]) for row in table.get("left_out", []))
        lists = {key: tuple(table.get(key, ())) for key in ("given", "people", "internal", "silent", "untold")}
        where = tuple(table.get("where", {}).items())
        plain = {key: table[key] for key in ("title", "zone", "case", "user", "none", "history") if key in table}
        parts.append(Part(model=table["name"], left_out=left_out, where=where, **lists, **plain))
    return tuple(parts)


def part_of(label):
    """The `Part` of a model by its label ("cases.Case"), or None."""
    return _by_label().get(label)


@lru_cache(maxsize=1)
def labels():
    """Names of fields that have none on any screen: {field: Dutch name}."""
    return tomllib.loads(REGISTER_FILE.read_text()).get("labels", {})


@lru_cache(maxsize=1)
def _by_label():
    return {part.model: part for part in register()}


def tracked_parts():
    """The `Part`s whose changes are kept."""
    return [part for part in register() if part.history]


def problems(parts):
    """What stands between the register and the installed models, as English sentences that say what to do."""
    models = {model._meta.label: model for model in apps.get_models() if not model._meta.proxy and model._meta.managed}
    found = []
    by_label = {}
    for part in parts:
        if part.model in by_label:
            found.append(f"{part.model} stands in personal_data.toml more than once.")
        by_label[part.model] = part
    found += [
        f"{label} is no installed model: take it out of personal_data.toml."
        for label in sorted(set(by_label) - set(models))
    ]
    for label, model in sorted(models.items()):
        part = by_label.get(label)
        if part is None:
            found.append(
                f"{label} is not in the register of personal data. Add it to privacy/personal_data.toml: "
                "what a person gets of it who asks for a copy, or none = the reason why it does not belong there."
            )
        elif not part.none:
            found += _problems_of(part, model)
    return found


def _problems_of(part, model):
    if bool(part.case) == bool(part.user):
        yield f"{part.model}: give either case or user, the path to the person."
    elif not leads_somewhere(model, part.case or part.user) and part.user != "pk":
        yield f"{part.model} has no {part.case or part.user}."
    if not part.title:
        yield f"{part.model}: give a title."
    has_zone = isinstance(getattr(model, "zone", None), Zone | property) or "zone" in fields_of(model)
    if part.zone and part.zone not in set(Zone):
        yield f"{part.model}: there is no zone {part.zone}."
    if not part.zone and not has_zone:
        yield f"{part.model}: give a zone, the model names none."
    named = [*part.given, *part.people, *part.internal, *(name for row in part.left_out for name in row.fields)]
    known = fields_of(model)
    for name in known:
        if name not in named:
            yield (
                f"{part.model}.{name} is not in the register of personal data. In privacy/personal_data.toml add it to "
                "given, to people, to internal, or to left_out with the reason."
            )
    for name in part.silent:
        if name not in part.tracked:
            yield f"{part.model}.{name} is silent, but its changes are not kept."
    for name in named:
        if named.count(name) > 1:
            yield f"{part.model}.{name} stands in the register more than once."
        if name not in known:
            yield f'{part.model} has no field "{name}": take it out of personal_data.toml.'
