"""Forms about the rights of the person. They never save."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import DayField, OnceForm, PortalForm
from cases.models import DisclosureBasis, Language, RequestKind


def _area(label, help_text="", rows=4, max_length=1000):
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=max_length,
        widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}),
    )


class CorrectionForm(OnceForm):
    """What is wrong, and what it should be."""

    item = forms.CharField(
        label=_("Wat klopt er niet?"), help_text=_("Bijvoorbeeld: mijn telefoonnummer."), max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )  # fmt: skip
    wish = _area(_("Wat moet er staan?"))


class RegisterRequestForm(OnceForm):
    """What somebody asked at the desk, by telephone or by letter."""

    kind = forms.ChoiceField(label=_("Wat vraagt de persoon?"), choices=RequestKind.choices)
    item = forms.CharField(
        label=_("Wat klopt er niet"), required=False, max_length=200, help_text=_("Alleen bij een verbetering."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )  # fmt: skip
    wish = forms.CharField(
        label=_("Wat moet er staan"), required=False, max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )  # fmt: skip
    requested_on = DayField(label=_("Gevraagd op"), help_text=_("Vanaf deze dag loopt de termijn van een maand."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["requested_on"].initial = timezone.localdate

    def clean_requested_on(self):
        day = self.cleaned_data["requested_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Deze dag ligt in de toekomst."))
        return day

    def clean(self):
        data = super().clean()
        if data.get("kind") == RequestKind.CORRECTION:
            for name in ("item", "wish"):
                if not data.get(name):
                    self.add_error(name, _("Vul dit in bij een verbetering."))
        return data


class PrepareForm(PortalForm):
    """What the klantmanager checked before the copy goes to the privacy officer."""

    is_the_person = forms.BooleanField(label=_("Ik weet zeker dat deze persoon het zelf heeft gevraagd"))
    texts_were_read = forms.BooleanField(
        label=_("Ik heb de teksten nagelezen die ik mag lezen"),
        help_text=_("Staat er iets in over een ander, verbeter de tekst dan eerst in het dossier."),
    )


class ReasonForm(PortalForm):
    """Why it takes longer."""

    reason = forms.CharField(
        label=_("Waarom duurt het langer?"), help_text=_("De persoon leest dit."), max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )  # fmt: skip


class AnswerForm(PortalForm):
    """What the person is told."""

    answer = _area(_("Antwoord"), _("De persoon leest dit. Schrijf in gewone woorden."))


class StatementForm(PortalForm):
    """What the person has to say beside data that was not corrected."""

    statement = _area(_("Wat wilt u erbij zeggen?"), _("Dit blijft bij uw gegevens staan."))


class DisclosureForm(OnceForm):
    """To whom data went, which, when and on which basis."""

    receiver = forms.CharField(
        label=_("Aan wie"), help_text=_("De organisatie, niet de naam van een medewerker."), max_length=120
    )
    what = forms.CharField(
        label=_("Welke gegevens"), help_text=_("Bijvoorbeeld: naam, adres en leerroute."), max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )  # fmt: skip
    basis = forms.ChoiceField(label=_("Op grond van"), choices=DisclosureBasis.choices)
    disclosed_on = DayField(label=_("Wanneer"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["disclosed_on"].initial = timezone.localdate

    def clean_disclosed_on(self):
        day = self.cleaned_data["disclosed_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Deze dag ligt in de toekomst."))
        return day


class NoticeForm(PortalForm):
    """A new version of what people are told about their data."""

    version = forms.CharField(label=_("Versie"), max_length=20, help_text=_("Bijvoorbeeld 2026-1."))
    valid_from = DayField(
        label=_("Geldig vanaf"), help_text=_("Vanaf deze dag vraagt elk dossier om de nieuwe uitleg.")
    )
    text = _area(_("Uitleg in gewone woorden"), rows=10, max_length=5000)
    link = forms.URLField(label=_("Adres van de privacyverklaring"), required=False, assume_scheme="https")


class ExplainForm(PortalForm):
    """When and how the notice was explained."""

    explained_on = DayField(label=_("Uitgelegd op"))
    language = forms.ChoiceField(label=_("In welke taal"), choices=Language.choices)
    with_interpreter = forms.BooleanField(label=_("Met een tolk"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["explained_on"].initial = timezone.localdate
