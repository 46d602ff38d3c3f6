"""The change history of one dossier for one reader: who changed which field when, from what to what, in words."""

from collections import defaultdict
from dataclasses import dataclass

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Page
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from accounts.searching import every_word
from accounts.zones import LABELS, readable_zones
from cases.filters import Field
from cases.models import Change
from cases.paging import CappedPaginator
from privacy.personal_data import tracked_parts
from privacy.wording import field_label, kept_value, roles_of, words_of

PER_PAGE = 25


@dataclass(frozen=True)
class FieldChange:
    """One field: what it was and what it became. `is_silent`: only that it changed is kept."""

    label: str
    before: str
    after: str
    is_silent: bool = False


@dataclass(frozen=True)
class ChangeLine:
    """One saved change in words."""

    when: str
    who: str
    role: str
    part: str
    zone: str
    what: str
    fields: list[FieldChange]


@dataclass(frozen=True)
class ChangeList:
    """A page of changes with its bar."""

    lines: list[ChangeLine]
    page: Page
    fields: list[Field]
    active: int
    found: str


def change_list(case, user, params, today):
    """The changes in a visible dossier that this reader may see, newest first; searched by field, part or person.

    The statushouder reads the role of who changed something, not the name. Two queries, and one for each kind of thing
    that is pointed at on the page (at most five).
    """
    is_own = user.role == Role.STATUSHOUDER
    parts = {part.model: part for part in tracked_parts()}
    models = {label: apps.get_model(label) for label in parts}
    types = ContentType.objects.get_for_models(*models.values())
    found = Change.objects.visible_to(user, today).filter(case=case)
    text, zone, part = (params.get(name, "").strip() for name in ("q", "zone", "part"))
    if text:
        found = found.filter(_search(text, parts, models, types, is_own))
    if zone:
        found = found.filter(zone=zone)
    if part:
        found = found.filter(content_type=types[models[part]]) if part in models else found.none()
    paginator = CappedPaginator(found.select_related("actor"), params.get("page"), found, PER_PAGE)
    page = paginator.here()
    rows = list(page.object_list)
    labels = {types[model].pk: label for label, model in models.items()}
    pointed = _pointed_at(rows, labels, models, is_own)
    page.object_list = [
        _line(row, parts, models, labels, pointed, user if is_own else None)
        for row in rows
        if row.content_type_id in labels
    ]
    open_zones = readable_zones(user.role)
    return ChangeList(
        lines=page.object_list,
        page=page,
        fields=[
            Field("q", _("Wat of wie") if not is_own else _("Zoek"), escape(text), []),
            Field(
                "part",
                _("Onderdeel"),
                part,
                [
                    (label, escape(entry.title))
                    for label, entry in parts.items()
                    if _zone_can_be(models[label], open_zones)
                ],
            ),
            Field("zone", _("Soort gegevens"), zone, [(str(each), escape(LABELS[each])) for each in open_zones]),
        ],
        active=sum(map(bool, (text, zone, part))),
        found=paginator.count_words,
    )


def _zone_can_be(model, zones):
    zone = getattr(model, "zone", None)
    return not isinstance(zone, str) or zone in zones


def _search(text, parts, models, types, is_own):
    """The condition of a search: a field or part by its Dutch name, or a person by name."""
    wanted = text.casefold()
    fields = [
        (types[models[label]], name)
        for label, part in parts.items()
        for name in part.tracked
        if wanted in field_label(models[label], name).casefold()
    ]
    whole = [types[models[label]] for label, part in parts.items() if wanted in part.title.casefold()]
    condition = Change.of_fields(fields) | Q(content_type__in=whole)
    return condition if is_own else condition | every_word(text, "actor__name")


def _pointed_at(rows, labels, models, is_own):
    """{(model, key): words} of everything that the values on this page point at."""
    keys = defaultdict(set)
    for row in rows:
        for name, values in (row.changes or {}).items():
            if row.content_type_id not in labels or values is None:
                continue
            field = models[labels[row.content_type_id]]._meta.get_field(name)
            if field.is_relation:
                keys[field.related_model] |= {value for value in values if value not in ("None", "")}
    words = {}
    for model, wanted in keys.items():
        if model is User and is_own:
            words |= {(model, str(key)): label for key, label in roles_of(wanted).items()}
        else:
            words |= {
                (model, str(key)): str(found) for key, found in model._base_manager.in_bulk(list(wanted)).items()
            }
    return words


def _line(row, parts, models, labels, pointed, own):
    part = parts[labels[row.content_type_id]]
    model = models[part.model]
    role = str(Role(row.role).label) if row.role in Role.values else ""
    if row.actor is None:
        who, role = _("Het portaal, automatisch"), ""
    elif own is not None:
        who, role = (_("U") if row.actor_id == own.pk else role or _("Een medewerker")), ""
    else:
        who = str(row.actor)
    order = list(part.tracked)
    changes = sorted(
        (row.changes or {}).items(), key=lambda change: order.index(change[0]) if change[0] in order else 99
    )
    return ChangeLine(
        when=date_format(timezone.localtime(row.timestamp), "j F Y, H:i"),
        who=who,
        role=role,
        part=part.title,
        zone=str(LABELS[row.zone]) if row.zone in LABELS else "",
        what={Change.Action.CREATE: _("Toegevoegd"), Change.Action.DELETE: _("Verwijderd")}.get(
            row.action, _("Gewijzigd")
        ),
        fields=[_field_change(model, name, values, pointed) for name, values in changes if name in order],
    )


def _field_change(model, name, values, pointed):
    label = field_label(model, name)
    if values is None:
        return FieldChange(label, "", "", is_silent=True)
    field = model._meta.get_field(name)
    if field.is_relation:
        before, after = (pointed.get((field.related_model, str(value)), "") for value in values)
    else:
        before, after = (words_of(field, kept_value(field, value)) for value in values)
    return FieldChange(label, before, after)
