"""The filter bar of the list of jobs."""

from django import forms
from django.utils.translation import gettext_lazy as _

from jas_portal.models import JobState


class JobFilterForm(forms.Form):
    """By sort and by state; what nobody offered finds everything."""

    kind = forms.ChoiceField(label=_("Soort"), required=False)
    state = forms.ChoiceField(label=_("Stand"), required=False, choices=[("", _("Alle")), *JobState.choices])

    def __init__(self, data, kinds):
        super().__init__(data)
        self.fields["kind"].choices = [("", _("Alle")), *((kind.name, kind.label) for kind in kinds)]
        self.is_valid()

    def value(self, name):
        """What was asked, "" for nothing known."""
        return self.cleaned_data.get(name, "")

    @property
    def active(self):
        return sum(1 for name in self.fields if self.value(name))
