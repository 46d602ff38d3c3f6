"""Everything about one person, gathered by the register of personal data: for the copy that the person asks for."""

from dataclasses import dataclass
from datetime import date, datetime

from django.apps import apps
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.zones import EXPLANATIONS, LABELS, Zone
from privacy.personal_data import register
from privacy.wording import field_label, roles_of, words_of

#: Version of the JSON; it rises when a key changes its name or its meaning (docs/kopie-van-gegevens.md).
SCHEMA = 1


@dataclass(frozen=True)
class Value:
    """One field of one row: its key, its Dutch label, the value in words, and the value for a machine."""

    key: str
    label: str
    words: str
    plain: object


@dataclass(frozen=True)
class Section:
    """One part of the file: rows of one model in one zone."""

    model: str
    title: str
    zone: Zone
    rows: list[list[Value]]

    @property
    def labels(self):
        return [value.label for value in self.rows[0]] if self.rows else []

    @property
    def is_table(self):
        """Whether it reads best as a table: several short rows."""
        return len(self.rows) > 1 and len(self.labels) <= 6


@dataclass(frozen=True)
class ZonePart:
    """The sections of one zone, with what the zone is."""

    zone: Zone
    title: str
    explanation: str
    sections: list[Section]

    @property
    def count(self):
        return sum(len(section.rows) for section in self.sections)


@dataclass(frozen=True)
class Absent:
    """What is not given, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class PersonFile:
    """Everything about one person on one day."""

    number: str
    name: str
    made_on: date
    zones: list[ZonePart]
    absent: list[Absent]

    @property
    def count(self):
        return sum(zone.count for zone in self.zones)

    def as_json(self):
        """The file as plain values: for another system (AVG art. 20). Keys are those of docs/kopie-van-gegevens.md."""
        return {
            "schema": SCHEMA,
            "programma": settings.PROGRAMME_NAME,
            "dossiernummer": self.number,
            "gemaakt_op": self.made_on.isoformat(),
            "onderdelen": [
                {
                    "onderdeel": section.model,
                    "titel": section.title,
                    "zone": str(section.zone),
                    "rijen": [{value.key: value.plain for value in row} for row in section.rows],
                }
                for zone in self.zones
                for section in zone.sections
            ],
            "niet_gegeven": [{"wat": absent.what, "waarom": absent.why} for absent in self.absent],
        }


def person_file(*, number, user_id, name, today, zones=None):
    """The `PersonFile` of the dossier with this number and the account of its person (or None).

    `zones`: only what lies in these; None is everything. Others are named by role and organisation, never by name. One
    query for each part of the register, and one for the roles of the people in it.
    """
    parts = [part for part in register() if not part.none]
    found = [(part, apps.get_model(part.model), _rows(part, number, user_id, zones)) for part in parts]
    roles = roles_of(
        {key for part, _model, rows in found for row in rows for name_ in part.people if (key := _account(row, name_))}
    )
    by_zone = {}
    for part, model, rows in found:
        sections = {}
        for row in rows:
            zone = Zone(part.zone or row.zone)
            sections.setdefault(zone, []).append(_values(part, model, row, roles, user_id))
        for zone, values in sections.items():
            by_zone.setdefault(zone, []).append(Section(part.model, part.title, zone, values))
    return PersonFile(
        number=number,
        name=name,
        made_on=today,
        zones=[
            ZonePart(zone, str(LABELS[zone]), str(EXPLANATIONS[zone]), by_zone[zone])
            for zone in Zone
            if zone in by_zone
        ],
        absent=_absent(parts),
    )


def _rows(part, number, user_id, zones):
    model = apps.get_model(part.model)
    if part.user and user_id is None:
        return []
    path = {part.case: number} if part.case else {part.user: user_id}
    relations = [name for name in (*part.given, *part.people) if model._meta.get_field(name).is_relation]
    if isinstance(getattr(model, "zone", None), property):
        # Its zone is that of the row it hangs on.
        relations.append(part.case.split("__")[0])
    rows = model._base_manager.filter(**path, **{_lookup(key, value): value for key, value in part.where})
    rows = rows.select_related(*relations).order_by("pk") if relations else rows.order_by("pk")
    return [row for row in rows if zones is None or (part.zone or row.zone) in zones]


def _lookup(key, value):
    return f"{key}__in" if isinstance(value, list) else key


def _account(row, name):
    """The key of the account that a field points at, by itself or through somebody's own file."""
    field = row._meta.get_field(name)
    if field.related_model is User:
        return getattr(row, field.attname)
    return getattr(getattr(row, name, None), "user_id", None)


def _values(part, model, row, roles, user_id):
    values = []
    for name in model_order(model, part):
        field = model._meta.get_field(name)
        if name in part.people:
            key = _account(row, name)
            words = _("U") if key and key == user_id else roles.get(key, _("Een medewerker") if key else "")
            values.append(Value(name, field_label(model, name), words, words or None))
            continue
        value = getattr(row, name)
        if field.is_relation:
            words = str(value) if value is not None else ""
            values.append(Value(name, field_label(model, name), words, words or None))
            continue
        words = words_of(field, value)
        values.append(Value(name, field_label(model, name), words, _plain(field, value, words)))
    return values


def model_order(model, part):
    """The fields of a part in the order of the register: what is given, then who did it."""
    return [*part.given, *part.people]


def _plain(field, value, words):
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if field.flatchoices and value not in (None, ""):
        return {"code": value, "tekst": words}
    return value if isinstance(value, bool | int | float | list | dict | type(None)) else str(value)


def _absent(parts):
    """What the register leaves out, with why: fields of parts that are given, and whole parts that are about persons."""
    absent = []
    for part in parts:
        model = apps.get_model(part.model)
        for left in part.left_out:
            labels = ", ".join(field_label(model, name).lower() for name in left.fields)
            absent.append(Absent(f"{part.title}: {labels}", left.why))
    for part in register():
        if part.none and isinstance(getattr(apps.get_model(part.model), "zone", None), Zone):
            model = apps.get_model(part.model)
            absent.append(Absent(str(model._meta.verbose_name_plural).capitalize(), part.none))
    absent.append(
        Absent(_("Verwijzingen en sleutels"), _("Hulp voor het portaal; ze zeggen niets over u wat er niet al staat."))
    )
    return absent
