"""Search and filters of the lists."""

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from accounts.widgets import DateInput


class _ListForm(forms.Form):
    """A GET form above a list; an unknown choice counts as none."""

    q = forms.CharField(label=_("Zoeken"), required=False, max_length=100)

    @property
    def active(self):
        """How many filters are in use."""
        return sum(bool(value) for value in self.cleaned_data.values())

    def value(self, name):
        """What was chosen, or "" when that cannot be."""
        return self.cleaned_data.get(name) or ""


class InboxForm(_ListForm):
    show = forms.ChoiceField(
        label=_("Toon"), required=False, choices=[("", _("Alle berichten")), ("unread", _("Alleen ongelezen"))]
    )
    sort = forms.ChoiceField(
        label=_("Volgorde"),
        required=False,
        choices=[("", _("Ongelezen eerst")), ("newest", _("Nieuwste eerst")), ("oldest", _("Oudste eerst"))],
    )


class FailedForm(_ListForm):
    show = forms.ChoiceField(
        label=_("Toon"),
        required=False,
        choices=[("", _("Niet aangekomen")), ("retrying", _("Wordt nog eens geprobeerd"))],
    )


class MailboxForm(_ListForm):
    """Search by address, subject or words."""


class AgendaForm(forms.Form):
    van = forms.DateField(
        label=_("Vanaf"),
        required=False,
        widget=DateInput,
        validators=[MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1))],
    )
    q = forms.CharField(label=_("Zoek in titel of plaats"), required=False, max_length=100)
