"""Forms for who stands in for whom, and for emergency access. They never save."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DayField, OnceForm, PortalForm
from accounts.models import User
from accounts.widgets import ChoiceButtons
from cases import rules
from cases.forms import people_in
from cases.models import Verdict


class NameDeputyForm(OnceForm):
    """Who stands in, from when until when, and for which dossiers."""

    deputy = forms.ModelChoiceField(label=_("Vervanger"), queryset=User.objects.none())
    starts_on = DayField(label=_("Eerste dag"))
    last_day = DayField(label=_("Laatste dag"), help_text=_("Daarna ziet uw vervanger de dossiers niet meer."))
    which = forms.ChoiceField(
        label=_("Welke dossiers?"),
        choices=[("all", _("Alle, ook nieuwe")), ("some", _("Alleen deze"))],
        widget=ChoiceButtons,
        initial="all",
    )
    numbers = forms.MultipleChoiceField(
        label=_("Alleen deze dossiers"), required=False, widget=forms.CheckboxSelectMultiple
    )

    field_order = ["deputy", "starts_on", "last_day", "which", "numbers", "key"]

    def __init__(self, *args, user, cases, today, **kwargs):
        super().__init__(*args, **kwargs)
        colleagues = people_in(user.role, today, user.acting_as.organisation)
        self.fields["deputy"].queryset = colleagues.exclude(pk=user.pk)
        self.fields["numbers"].choices = [(number, f"{number} {name}") for number, name in cases]
        self.fields["starts_on"].initial = today

    def clean(self):
        data = super().clean()
        if data.get("which") == "some" and not data.get("numbers") and "numbers" not in self.errors:
            self.add_error("numbers", _("Kies ten minste één dossier, of kies alle dossiers."))
        return data

    @property
    def chosen_numbers(self):
        """The chosen numbers, or None for all dossiers."""
        return self.cleaned_data["numbers"] if self.cleaned_data["which"] == "some" else None


class BreakGlassForm(OnceForm):
    """Which dossier, and why now."""

    number = forms.CharField(label=_("Dossiernummer"), max_length=20, help_text=_("Bijvoorbeeld JAS-2026-0042."))
    reason = forms.CharField(
        label=_("Waarom heeft u dit dossier nu nodig?"),
        min_length=rules.LEAST_REASON,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("Een hele zin. De privacy officer leest dit. Schrijf niets over gezondheid en geen namen."),
        error_messages={"min_length": _("Schrijf een hele zin, van ten minste %(limit_value)d tekens.")},
    )

    field_order = ["number", "reason", "key"]


class ReviewBreakGlassForm(PortalForm):
    """Whether emergency access was right."""

    verdict = forms.ChoiceField(label=_("Uw oordeel"), choices=Verdict.choices, widget=ChoiceButtons)
    note = forms.CharField(
        label=_("Toelichting"),
        required=False,
        max_length=300,
        help_text=_("Nodig als uw oordeel 'niet terecht' is. Schrijf geen namen."),
    )
