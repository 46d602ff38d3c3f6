"""What every form of the portal shares, and the forms of accounts."""

import uuid
from datetime import date

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, OrganisationKind
from accounts.roles import MAY_INVITE, Role
from accounts.validators import NoSecretNumber
from accounts.widgets import DateInput

PASSWORD_HELP = _("Ten minste 12 tekens. Een zin van een paar woorden is sterk en makkelijk te onthouden.")


class WithoutSecretNumbers:
    """For every form whose words are kept: a text with a BSN or V-nummer is sent back, with all that was typed.

    Also in fields that a form adds by itself. Exempt is what is no free text: addresses of mail, telephone numbers, postal
    codes, passwords, hidden fields. `other_numbers` names the fields that are meant for a number of another kind.
    """

    other_numbers = ()

    def full_clean(self):
        for name, field in self.fields.items():
            if is_free_text(name, field):
                guard = NoSecretNumber(is_number=name in self.other_numbers)
                if guard not in field.validators:
                    field.validators.append(guard)
        super().full_clean()


def is_free_text(name, field):
    """Whether people can write what they like in this field of a form."""
    if not isinstance(field, forms.CharField) or isinstance(field, NO_TEXT):
        return False
    widget = field.widget
    if widget.is_hidden or isinstance(widget, forms.PasswordInput):
        return False
    is_telephone = getattr(widget, "input_type", "") == "tel" or name.endswith("phone")
    return not is_telephone and not name.endswith("postal_code")


#: Fields of text that take nothing but their own kind of text.
NO_TEXT = (forms.EmailField, forms.URLField, forms.UUIDField, forms.GenericIPAddressField, forms.JSONField)


class PortalForm(WithoutSecretNumbers, forms.Form):
    """A form whose words are kept. A form that only searches is a plain `forms.Form`."""


class PortalModelForm(WithoutSecretNumbers, forms.ModelForm):
    """The same for the fields of a model."""


class DayField(forms.DateField):
    """A day as people mean it. Far outside this century a date is a slip of the keys, and no calendar can count on it."""

    widget = DateInput
    first, last = date(1900, 1, 1), date(2100, 12, 31)
    default_error_messages = {"far": _("Kies een datum tussen 1900 en 2100. Klopt het jaar?")}

    def to_python(self, value):
        day = super().to_python(value)
        if day is not None and not self.first <= day <= self.last:
            raise forms.ValidationError(self.error_messages["far"], code="far")
        return day


class OnceForm(PortalForm):
    """A form with a hidden key of its own: sent twice, the service finds the row of the first time."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4

    def clean_key(self):
        """The key that came with the form, or a new one."""
        return self.cleaned_data["key"] or uuid.uuid4()


class FirstPasswordForm(PortalForm):
    """The first password of somebody who was invited."""

    password1 = forms.CharField(
        label=_("Wachtwoord"),
        help_text=PASSWORD_HELP,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("Wachtwoord, nog een keer"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password1(self):
        validate_password(self.cleaned_data["password1"], self.user)
        return self.cleaned_data["password1"]

    def clean(self):
        data = super().clean()
        if "password1" in data and data.get("password2") and data["password1"] != data["password2"]:
            self.add_error("password2", _("De twee wachtwoorden zijn niet gelijk."))
        return data


class DetailsForm(PortalForm):
    """One's own name, phone number and, where the portal speaks more than one, language."""

    name = forms.CharField(label=_("Naam"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = forms.CharField(
        label=_("Telefoon"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    language = forms.ChoiceField(label=_("Taal van het portaal"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = settings.LANGUAGES
        if len(settings.LANGUAGES) == 1:
            self.fields["language"].required = False
            self.fields["language"].widget = forms.HiddenInput()

    def clean_language(self):
        return self.cleaned_data["language"] or settings.LANGUAGES[0][0]


class RoleForm(PortalForm):
    """A role for somebody: which, for whom, from when until when. Offers what `by` may give."""

    role = forms.ChoiceField(label=_("Rol"))
    organisation = forms.ModelChoiceField(
        Organisation.objects.all(),
        label=_("Organisatie"),
        required=False,
        help_text=_("Voor wie deze persoon werkt. Bij een mentor mag dit leeg blijven."),
    )
    starts_on = DayField(label=_("Vanaf"), required=False, help_text=_("Leeg betekent: vandaag."))
    ends_on = DayField(
        label=_("Tot"),
        required=False,
        help_text=_("De eerste dag zonder deze rol. Leeg betekent: tot u hem beëindigt."),
    )

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        roles = [role for role in Role if role in MAY_INVITE.get(by.role, ())]
        self.fields["role"].choices = [("", _("Kies een rol")), *((role.value, role.label) for role in roles)]
        if by.role != Role.FUNCTIONEEL_BEHEERDER:
            # Others invite for their own organisation, into the one role that is theirs to give.
            self.fields["organisation"].queryset = Organisation.objects.filter(pk=by.acting_as.organisation_id)
            self.fields["organisation"].initial = by.acting_as.organisation_id
            self.fields["role"].choices = [(role.value, role.label) for role in roles]

    def clean(self):
        data = super().clean()
        starts_on, ends_on = data.get("starts_on"), data.get("ends_on")
        if starts_on and ends_on and ends_on <= starts_on:
            self.add_error("ends_on", _("De laatste dag moet na de eerste dag liggen."))
        return data


class InviteForm(RoleForm):
    """Somebody new, or somebody with an account who gets a role."""

    email = forms.EmailField(label=_("E-mailadres"), max_length=254, help_text=_("Hiermee logt deze persoon in."))
    name = forms.CharField(label=_("Naam"), max_length=120)

    field_order = ["email", "name", "role", "organisation", "starts_on", "ends_on"]


class EndRoleForm(PortalForm):
    """The first day without a role."""

    ends_on = DayField(label=_("Eerste dag zonder deze rol"), help_text=_("Vandaag betekent: nu meteen."))


class OrganisationForm(PortalModelForm):
    """An organisation: its name, kind and how to reach it."""

    class Meta:
        model = Organisation
        fields = ["name", "kind", "email", "phone"]

    def validate_unique(self):
        """The service judges the name; adding the same organisation twice is no error."""


class PeopleFilter(forms.Form):
    """Search and filters of the list of people."""

    q = forms.CharField(label=_("Naam of e-mailadres"), required=False)
    role = forms.ChoiceField(label=_("Rol"), required=False)
    organisation = forms.ModelChoiceField(
        Organisation.objects.all(), label=_("Organisatie"), required=False, empty_label=_("Alle organisaties")
    )
    state = forms.ChoiceField(label=_("Stand"), required=False)

    def __init__(self, *args, states, one_role=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", _("Alle rollen")), *Role.choices]
        self.fields["state"].choices = [("", _("Iedereen")), *states]
        if one_role:
            del self.fields["role"], self.fields["organisation"]


class OrganisationFilter(forms.Form):
    """Search and filter of the list of organisations."""

    q = forms.CharField(label=_("Naam"), required=False)
    kind = forms.ChoiceField(
        label=_("Soort"), required=False, choices=[("", _("Alle soorten")), *OrganisationKind.choices]
    )
