"""The filters of the read log's pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DayField
from accounts.roles import CASE_ROLES, Role
from privacy.activities import purposes
from privacy.models import Action
from privacy.models.log import TOLD_TO_THE_PERSON


def _any(label, choices):
    return [("", label), *choices]


class LogFilter(forms.Form):
    """Search and filters of the log. A value that was never offered, or is no date, filters nothing."""

    q = forms.CharField(label=_("Naam of e-mailadres"), required=False)
    dossier = forms.CharField(label=_("Dossiernummer"), required=False, max_length=30)
    rol = forms.ChoiceField(label=_("Rol"), required=False, choices=_any(_("Alle rollen"), Role.choices))
    handeling = forms.ChoiceField(
        label=_("Handeling"), required=False, choices=_any(_("Alle handelingen"), Action.choices)
    )
    doel = forms.ChoiceField(label=_("Doel"), required=False, choices=_any(_("Alle doelen"), purposes()))
    van = DayField(label=_("Van"), required=False)
    tot = DayField(label=_("Tot en met"), required=False)

    def value(self, name):
        """What was asked, without NUL, which PostgreSQL takes nowhere; None when it was nothing or not understood."""
        found = self.cleaned_data.get(name) or None
        return found.replace("\x00", "").strip() if isinstance(found, str) else found


class WhoLookedFilter(forms.Form):
    """The filters of "Wie keek in mijn dossier"."""

    wie = forms.ChoiceField(
        label=_("Wie"),
        required=False,
        choices=_any(_("Iedereen"), [(role.value, role.label) for role in Role if role in CASE_ROLES]),
    )
    wat = forms.ChoiceField(
        label=_("Wat"),
        required=False,
        choices=_any(_("Alles"), [(action.value, action.label) for action in TOLD_TO_THE_PERSON]),
    )
