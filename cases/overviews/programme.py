"""The versions of the programme's settings, and what one changes."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from cases import words
from cases.models import ProgrammeSettings

#: Columns that say when and by whom, not what.
_ABOUT = ("id", "valid_from", "created_at", "changed_by")


@dataclass(frozen=True)
class Change:
    """One number that differs: what it is called, what it was, what it becomes."""

    label: str
    before: str
    after: str
    source: str


@dataclass(frozen=True)
class Version:
    """One version in the list, with what it changed with respect to the one before it."""

    valid_from: str
    state: str
    is_current: bool
    by: str
    changes: list[Change]


@dataclass(frozen=True)
class SettingsPage:
    """What is in force today and the versions, the newest first."""

    current: list[tuple[str, str, str]]
    versions: list[Version]


def settings_page(today):
    """The `SettingsPage`. One query."""
    rows = list(ProgrammeSettings.objects.select_related("changed_by").order_by("valid_from"))
    current = next((row for row in reversed(rows) if row.valid_from <= today), None) or ProgrammeSettings(
        valid_from=today
    )
    versions = []
    for index, row in enumerate(rows):
        before = rows[index - 1] if index else None
        versions.append(
            Version(
                valid_from=words.written(row.valid_from),
                state=_("geldt nu")
                if row is current
                else _("gepland")
                if row.valid_from > today
                else _("gold eerder"),
                is_current=row is current,
                by=str(row.changed_by or ""),
                changes=settings_changes(before, {field.name: getattr(row, field.name) for field in _fields()})
                if before
                else [],
            )
        )
    return SettingsPage(
        current=[(field.verbose_name, shown(current, field.name), str(field.help_text)) for field in _fields()],
        versions=versions[::-1],
    )


def settings_changes(before, values):
    """What `values` (name → value) changes with respect to the version `before`, as a list of `Change`."""
    after = ProgrammeSettings(**{name: values[name] for name in values if name not in _ABOUT})
    return [
        Change(str(field.verbose_name), shown(before, field.name), shown(after, field.name), str(field.help_text))
        for field in _fields()
        if field.name in values and getattr(before, field.name) != values[field.name]
    ]


def shown(version, name):
    """A value of a version in words."""
    field = version._meta.get_field(name)
    value = getattr(version, name)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("ja") if value else _("nee")
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _fields():
    return [field for field in ProgrammeSettings._meta.get_fields() if field.concrete and field.name not in _ABOUT]
