"""The form with which a privacy officer suspends the clearing of a dossier, and the filter of those dossiers."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import PortalForm
from privacy.models import RetentionHold


class HoldForm(PortalForm):
    """Which dossier, and why."""

    case_number = forms.CharField(
        label=_("Dossiernummer"), max_length=30, help_text=_("Zoals het op het dossier staat: JAS-2026-0042.")
    )
    reason = forms.CharField(
        label=_("Waarom moet dit dossier langer blijven?"),
        max_length=300,
        help_text=_("Bijvoorbeeld: er loopt een bezwaar. Noem geen persoon."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class HoldFilter(django_filters.FilterSet):
    """Search and filter the suspended dossiers."""

    q = django_filters.CharFilter(field_name="case_number", lookup_expr="icontains", label=_("Zoek op dossiernummer"))
    state = django_filters.ChoiceFilter(
        method="of_state",
        label=_("Stand"),
        choices=[("actief", _("Van kracht")), ("opgeheven", _("Opgeheven"))],
        empty_label=_("Alle"),
    )

    class Meta:
        model = RetentionHold
        fields = []

    def of_state(self, rows, name, value):
        return rows.filter(is_active=value == "actief")
