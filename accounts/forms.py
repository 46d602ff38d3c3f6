"""What every form of the portal shares, and the forms of accounts."""

import uuid

from django import forms


class OnceForm(forms.Form):
    """A form with a hidden key of its own: sent twice, the service finds the row of the first time."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4

    def clean_key(self):
        """The key that came with the form, or a new one."""
        return self.cleaned_data["key"] or uuid.uuid4()
