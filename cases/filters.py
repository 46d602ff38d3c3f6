"""Filters of the lists of cases, and the bar that draws them without a template per option."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

import django_filters as filters
from django.conf import settings
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.searching import every_word
from cases.models import (
    Alert,
    AlertStatus,
    BreakGlass,
    Case,
    Disclosure,
    DisclosureBasis,
    JournalEntry,
    JournalKind,
    Leerroute,
    LegalRegime,
    Phase,
    RequestKind,
    RequestStatus,
    RightsRequest,
    Task,
    TaskStatus,
)
from cases.models.case import CLOSED_PHASES, OPEN_PHASES
from cases.models.journal import OPEN_ALERTS
from cases.models.task import ENDED_STATES, OPEN_STATES


@dataclass(frozen=True)
class Field:
    """One control of a filter bar. Without options it is a search field; without `is_optional` one is always chosen."""

    name: str
    label: str
    value: str
    options: list[tuple[str, str]]
    is_optional: bool = True


def bar(filterset, params):
    """The controls of a filter set, with what was asked. `filterset` is a class: nothing is built for an empty bar."""
    return [
        replace(field, value=asked) if (asked := params.get(field.name)) else field
        for field in _empty_bar(filterset, get_language())
    ]


@lru_cache(maxsize=64)
def _empty_bar(filterset, language):
    """The controls as they stand when nothing was asked, in this language; escaped here, once for all pages."""
    fields = []
    for name, declared in filterset.base_filters.items():
        choices = declared.extra.get("choices", ())
        choices = choices() if callable(choices) else choices
        options = [(escape(value), escape(label)) for value, label in choices]
        is_optional = declared.extra.get("empty_label", "") is not None
        fields.append(Field(name, escape(declared.label), "" if is_optional else options[0][0], options, is_optional))
    return fields


def narrow(filterset, params, queryset, **known):
    """The queryset as the bar asks for; nothing asked costs nothing. A value nobody offered finds everything.

    `known` is what the filter set needs besides, such as `today`.
    """
    if not any(params.get(name) for name in filterset.base_filters):
        return queryset
    asked = filterset(params, queryset=queryset, **known)
    for name in [name for name in asked.form.fields if name in asked.form.errors]:
        asked.form.cleaned_data[name] = None
    return asked.filter_queryset(queryset)


def active(filterset, params):
    """How many filters are in use."""
    return sum(1 for name in filterset.base_filters if params.get(name))


def _municipalities():
    return [(name, name) for name in settings.PROGRAMME_MUNICIPALITIES]


class CaseFilters(filters.FilterSet):
    """Search and filters of the list of dossiers."""

    q = filters.CharFilter(label=_("Naam of nummer"), method="search")
    phase = filters.ChoiceFilter(label=_("Fase"), choices=Phase.choices)
    status = filters.ChoiceFilter(
        label=_("Stand"), choices=[("open", _("Lopend")), ("closed", _("Gesloten"))], method="by_status"
    )
    regime = filters.ChoiceFilter(label=_("Wet"), field_name="legal_regime", choices=LegalRegime.choices)
    leerroute = filters.ChoiceFilter(label=_("Leerroute"), choices=Leerroute.choices)
    municipality = filters.ChoiceFilter(label=_("Gemeente"), choices=_municipalities)

    class Meta:
        model = Case
        fields = []

    def search(self, queryset, name, value):
        return queryset.search(value)

    def by_status(self, queryset, name, value):
        return queryset.filter(phase__in=OPEN_PHASES if value == "open" else CLOSED_PHASES)


def _status():
    return filters.ChoiceFilter(
        label=_("Stand"),
        choices=[("open", _("Lopend")), ("closed", _("Gesloten"))],
        empty_label=None,
        method="by_status",
    )


class ByStatus:
    """Open dossiers or closed ones."""

    def by_status(self, queryset, name, value):
        return queryset.filter(phase__in=CLOSED_PHASES if value == "closed" else OPEN_PHASES)


class UnassignedFilters(ByStatus, filters.FilterSet):
    """Search and filters of the dossiers without klantmanager."""

    q = filters.CharFilter(label=_("Naam of nummer"), method="search")
    status = _status()
    phase = filters.ChoiceFilter(label=_("Fase"), choices=Phase.choices)
    municipality = filters.ChoiceFilter(label=_("Gemeente"), choices=_municipalities)

    class Meta:
        model = Case
        fields = []

    def search(self, queryset, name, value):
        return queryset.search(value)


class UnassignedNumberFilters(ByStatus, filters.FilterSet):
    """The same list for who may not read names: by number alone."""

    q = filters.CharFilter(label=_("Dossiernummer"), field_name="number", lookup_expr="icontains")
    status = _status()

    class Meta:
        model = Case
        fields = []


class AlertFilters(filters.FilterSet):
    """Search and state of alerts."""

    q = filters.CharFilter(label=_("Naam, nummer of signaal"), method="search")
    status = filters.ChoiceFilter(
        label=_("Stand"),
        choices=[
            ("open", _("Open")),
            ("handled", _("Afgehandeld")),
            ("withdrawn", _("Vervallen")),
            ("all", _("Alle")),
        ],
        empty_label=None,
        method="by_status",
    )

    class Meta:
        model = Alert
        fields = []

    def search(self, queryset, name, value):
        return queryset.search(value)

    def by_status(self, queryset, name, value):
        wanted = {"open": OPEN_ALERTS, "handled": [AlertStatus.AFGEHANDELD], "withdrawn": [AlertStatus.VERVALLEN]}
        return queryset.filter(status__in=wanted[value]) if value in wanted else queryset


class TaskFilters(filters.FilterSet):
    """Search, term and state of one's own tasks (`with_turn`), on `today`."""

    q = filters.CharFilter(label=_("Naam, nummer of taak"), method="search")
    term = filters.ChoiceFilter(
        label=_("Termijn"),
        choices=[("late", _("Over tijd")), ("near", _("Binnen veertien dagen")), ("undated", _("Zonder datum"))],
        method="by_term",
    )
    status = filters.ChoiceFilter(
        label=_("Stand"),
        choices=[
            ("open", _("Open")),
            ("waiting", _("Wacht op een ander")),
            ("ongoing", _("Loopt door")),
            ("ended", _("Klaar of vervallen")),
            ("all", _("Alle")),
        ],
        empty_label=None,
        method="by_status",
    )

    class Meta:
        model = Task
        fields = []

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def search(self, queryset, name, value):
        return queryset.search(value)

    def by_term(self, queryset, name, value):
        if value == "late":
            return queryset.overdue(self.today)
        if value == "near":
            return queryset.filter(turn_on__lte=self.today + timedelta(days=14)).exclude(due_on__lt=self.today)
        return queryset.filter(turn_on=None)

    def by_status(self, queryset, name, value):
        wanted = {
            "open": OPEN_STATES,
            "waiting": [TaskStatus.WACHT_OP],
            "ongoing": [TaskStatus.LOPEND],
            "ended": ENDED_STATES,
        }
        return queryset.filter(status__in=wanted[value]) if value in wanted else queryset


class BreakGlassFilters(filters.FilterSet):
    """Search and state of emergency accesses."""

    q = filters.CharFilter(label=_("Dossiernummer of collega"), method="search")
    status = filters.ChoiceFilter(
        label=_("Stand"),
        choices=[("open", _("Te beoordelen")), ("reviewed", _("Beoordeeld")), ("all", _("Alle"))],
        empty_label=None,
        method="by_status",
    )

    class Meta:
        model = BreakGlass
        fields = []

    def search(self, queryset, name, value):
        return queryset.filter(every_word(value, "case__number", "by__name", "holder__name"))

    def by_status(self, queryset, name, value):
        return queryset if value == "all" else queryset.filter(reviewed_at__isnull=value == "open")


class TimelineFilters(filters.FilterSet):
    """Kinds of journal lines."""

    kind = filters.ChoiceFilter(label=_("Soort"), choices=JournalKind.choices)

    class Meta:
        model = JournalEntry
        fields = []


class RightsFilters(filters.FilterSet):
    """Search, kind and state of requests about one's own data. Who may search by name is decided where it is read."""

    q = filters.CharFilter(label=_("Zoek"), method="nothing")
    kind = filters.ChoiceFilter(label=_("Soort"), choices=RequestKind.choices)
    status = filters.ChoiceFilter(
        label=_("Stand"),
        choices=[("open", _("Open")), *RequestStatus.choices, ("all", _("Alle"))],
        empty_label=None,
        method="by_status",
    )

    class Meta:
        model = RightsRequest
        fields = []

    def nothing(self, queryset, name, value):
        return queryset

    def by_status(self, queryset, name, value):
        if value == "open":
            return queryset.open()
        return queryset if value == "all" else queryset.filter(status=value)


class DisclosureFilters(filters.FilterSet):
    """Search and basis of disclosures."""

    q = filters.CharFilter(label=_("Dossier, aan wie of wat"), method="search")
    basis = filters.ChoiceFilter(label=_("Op grond van"), choices=DisclosureBasis.choices)

    class Meta:
        model = Disclosure
        fields = []

    def search(self, queryset, name, value):
        return queryset.filter(every_word(value, "case__number", "receiver", "what"))
