"""Forms of the dossier: shape and plausibility of what people type. They never save."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.forms import DayField, OnceForm, PortalForm, PortalModelForm
from accounts.models import RoleAssignment, User
from accounts.roles import Role
from accounts.widgets import ChoiceButtons, DateInput
from accounts.zones import Zone
from cases.models import (
    AgreementParty,
    Case,
    Channel,
    FollowUpChannel,
    Group,
    HomeAddress,
    Language,
    Leerroute,
    LegalRegime,
    MainGoal,
    Phase,
    PlanVanAanpak,
    ProgrammeSettings,
    Statushouder,
)
from cases.services.plan import PLAN_FIELDS


def _choices(names, current=""):
    """Empty, the names of the settings, and what is filled in now."""
    names = [*names, *([current] if current and current not in names else [])]
    return [("", "---------"), *((name, name) for name in names)]


def people_in(role, today, organisation=None):
    """Accounts that hold a role today, of one organisation when given, by name."""
    rows = RoleAssignment.objects.current(today).of_role(role)
    if organisation is not None:
        rows = rows.filter(organisation=organisation)
    return User.objects.filter(pk__in=rows.values("user")).order_by("name", "pk")


def _not_past(day, today):
    """The day somebody chose to do something; a day that has been would be late at once, mostly a slip in the year."""
    if day is not None and day < today:
        raise forms.ValidationError(_("Deze dag is al voorbij. Kies vandaag of later."))
    return day


def _text(label, rows=4, max_length=2000, help_text=""):
    return forms.CharField(
        label=label,
        required=False,
        max_length=max_length,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}),
    )


# --- The person and the dossier --------------------------------------------------------------------


class PersonForm(PortalModelForm):
    """Contact data."""

    class Meta:
        model = Statushouder
        fields = (
            "preferred_name", "full_name", "language", "needs_interpreter", "phone", "email", "channel", "neighbourhood",
        )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["neighbourhood"] = forms.ChoiceField(
            label=_("Wijk"),
            required=False,
            choices=_choices(settings.PROGRAMME_NEIGHBOURHOODS, self.instance.neighbourhood),
        )


class OwnContactForm(PortalModelForm):
    """What the person changes: how to reach me, and in which language (model §5.7)."""

    class Meta:
        model = Statushouder
        fields = ("phone", "channel", "language", "needs_interpreter")
        labels = {
            "phone": _("Uw telefoonnummer"),
            "channel": _("Hoe wilt u contact?"),
            "language": _("Uw taal"),
            "needs_interpreter": _("Ik wil graag een tolk"),
        }


class AddressForm(PortalModelForm):
    """Where the person lives; empty takes the address away."""

    class Meta:
        model = HomeAddress
        fields = ("street", "postal_code", "town")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["street"].required = False


class HouseholdForm(PortalForm):
    """With whom the person lives, as far as the plan needs it."""

    text = _text(
        _("Huishouden"),
        max_length=1000,
        help_text=_("Alleen wat voor het plan nodig is, zoals de zorg voor kinderen. Niets over gezondheid."),
    )


class OpenCaseForm(OnceForm):
    """A new dossier."""

    other_numbers = ("external_number",)

    full_name = forms.CharField(label=_("Volledige naam"), max_length=200)
    preferred_name = forms.CharField(label=_("Roepnaam"), max_length=80)
    programme_start = DayField(label=_("Start van het programma"))
    external_number = forms.CharField(
        label=_("Nummer bij de gemeente"),
        max_length=40,
        required=False,
        help_text=_("Een eigen nummer van de gemeente, nooit een BSN of V-nummer."),
    )
    municipality = forms.ChoiceField(label=_("Gemeente"), required=False)
    neighbourhood = forms.ChoiceField(label=_("Wijk"), required=False)
    legal_regime = forms.ChoiceField(label=_("Wet"), choices=LegalRegime.choices, initial=LegalRegime.WI2021)
    group = forms.ChoiceField(label=_("Groep"), choices=Group.choices, initial=Group.ASIEL)
    leerroute = forms.ChoiceField(label=_("Leerroute"), choices=Leerroute.choices, initial=Leerroute.ONBEKEND)
    pip_date = DayField(label=_("Datum PIP"), required=False)
    language = forms.ChoiceField(label=_("Taal"), required=False, choices=[("", "---------"), *Language.choices])
    needs_interpreter = forms.BooleanField(label=_("Tolk nodig"), required=False)
    phone = forms.CharField(label=_("Telefoon"), max_length=30, required=False)
    email = forms.EmailField(label=_("E-mailadres"), required=False)
    channel = forms.ChoiceField(
        label=_("Liefst bereikbaar via"), required=False, choices=[("", "---------"), *Channel.choices]
    )

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["municipality"].choices = _choices(settings.PROGRAMME_MUNICIPALITIES)
        self.fields["neighbourhood"].choices = _choices(settings.PROGRAMME_NEIGHBOURHOODS)
        self.fields["programme_start"].initial = today

    def clean_external_number(self):
        number = self.cleaned_data["external_number"].strip()
        # A second try of the same form is the dossier that is there, not a double.
        if number and Case.objects.filter(external_number=number).exclude(key=self.data.get("key") or None).exists():
            raise forms.ValidationError(_("Er is al een dossier met dit nummer."))
        return number

    def clean_programme_start(self):
        start = self.cleaned_data["programme_start"]
        if start.year < 2000 or (start - self.today).days > 366:
            raise forms.ValidationError(_("Deze datum kan niet kloppen. Kies een dag tot een jaar vooruit."))
        return start


class MovePhaseForm(PortalForm):
    """Another phase, with the reason where the rule asks for one."""

    phase = forms.ChoiceField(label=_("Nieuwe fase"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reden"),
        required=False,
        max_length=300,
        help_text=_("Nodig bij een pauze, een einde of een stap terug. Schrijf niets over gezondheid."),
    )

    def __init__(self, *args, case, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["phase"].choices = [choice for choice in Phase.choices if choice[0] != case.phase]
        self.fields["phase"].initial = case.phase_before_pause


class TermForm(PortalForm):
    """The term as DUO gives it."""

    starts_on = DayField(label=_("Eerste dag van de termijn"))
    ends_on = DayField(label=_("Laatste dag van de termijn"))

    def clean(self):
        data = super().clean()
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] <= data["starts_on"]:
            self.add_error("ends_on", _("De laatste dag ligt na de eerste."))
        return data


class RouteForm(PortalForm):
    """Learning route and municipality."""

    leerroute = forms.ChoiceField(label=_("Leerroute"), choices=Leerroute.choices)
    municipality = forms.ChoiceField(label=_("Gemeente"), required=False)

    def __init__(self, *args, case, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["municipality"].choices = _choices(settings.PROGRAMME_MUNICIPALITIES, case.municipality)


class HandOverForm(PortalForm):
    """To which klantmanager."""

    to = forms.ModelChoiceField(label=_("Nieuwe klantmanager"), queryset=User.objects.none())

    def __init__(self, *args, today, organisation=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people_in(Role.KLANTMANAGER, today, organisation)


class BegeleiderForm(PortalForm):
    """Which maatschappelijk begeleider."""

    user = forms.ModelChoiceField(
        label=_("Maatschappelijk begeleider"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nog niemand"),
    )

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people_in(Role.MAATSCHAPPELIJK_BEGELEIDER, today)


class InviteForm(PortalForm):
    """The person's own address."""

    email = forms.EmailField(
        label=_("E-mailadres van de statushouder"),
        help_text=_("Het eigen adres van deze persoon, niet van een tolk of familielid."),
    )


# --- Tasks -----------------------------------------------------------------------------------------


class WaitForm(PortalForm):
    """For whom a task waits, and when to look again."""

    waits_for = forms.CharField(label=_("Waarop wacht u?"), max_length=120, help_text=_("Bijvoorbeeld: post van DUO."))
    follow_up_on = DayField(label=_("Wanneer kijkt u opnieuw?"))


class ItemForm(PortalForm):
    """A point to add to a list."""

    label = forms.CharField(label=_("Nieuw punt"), max_length=120)


#: Who may see a task that somebody adds: the zones of the role, with words.
TASK_ZONES = {
    Role.KLANTMANAGER: (
        (Zone.PROGRAMME, _("Iedereen die bij dit dossier helpt")),
        (Zone.BENEFIT, _("Alleen de gemeente en de statushouder")),
    ),
    Role.MAATSCHAPPELIJK_BEGELEIDER: (
        (Zone.PROGRAMME, _("Iedereen die bij dit dossier helpt")),
        (Zone.MONEY, _("Alleen VluchtelingenWerk en de statushouder (geld)")),
        (Zone.LEGAL, _("Alleen VluchtelingenWerk en de statushouder (juridisch)")),
    ),
    Role.DOCENT: ((Zone.PROGRAMME, _("Iedereen die bij dit dossier helpt")),),
}


class TaskForm(OnceForm):
    """A task of one's own."""

    title = forms.CharField(label=_("Wat gaat u doen?"), max_length=250)
    due_on = DayField(label=_("Uiterlijk"), required=False)
    zone = forms.ChoiceField(label=_("Wie mag deze taak zien?"), widget=forms.RadioSelect)

    def __init__(self, *args, role, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["zone"].choices = [(zone.value, label) for zone, label in TASK_ZONES[role]]
        self.fields["zone"].initial = Zone.PROGRAMME.value

    def clean_due_on(self):
        return _not_past(self.cleaned_data["due_on"], self.today)


# --- Alerts ----------------------------------------------------------------------------------------


class FollowUpForm(OnceForm):
    """What somebody did about an alert."""

    contacted_on = DayField(label=_("Wanneer was het contact?"))
    channel = forms.ChoiceField(
        label=_("Hoe?"), choices=FollowUpChannel.choices, widget=ChoiceButtons, initial=FollowUpChannel.TELEFOON
    )
    agreed = forms.CharField(
        label=_("Wat heeft u afgesproken?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("Kort en feitelijk. Schrijf niets over gezondheid."),
    )
    closes = forms.BooleanField(label=_("Dit signaal is hiermee afgehandeld"), required=False, initial=True)

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["contacted_on"].initial = today
        self.fields["agreed"].depends = True  # on the tick below: "mag leeg" would be half the truth

    def clean_contacted_on(self):
        day = self.cleaned_data["contacted_on"]
        if day > self.today:
            raise forms.ValidationError(_("Deze dag ligt in de toekomst."))
        return day

    def clean(self):
        data = super().clean()
        closes = data.get("closes")
        if closes and data.get("channel") == FollowUpChannel.NIET_BEREIKT:
            data["closes"] = False  # nobody was reached: the alert stays, whatever the tick says
        elif closes and not data.get("agreed", "").strip():
            self.add_error("agreed", _("Schrijf in een zin op wat u heeft afgesproken."))
        return data


# --- Plan van Aanpak ---------------------------------------------------------------------------------


def one_newline(text):
    """Browsers send line ends in their own way; one text is one text."""
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


class PlanForm(PortalModelForm):
    """All sections of the living plan. Each field carries what it was, so that two people at once can be told apart."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = PlanVanAanpak
        fields = PLAN_FIELDS
        widgets = {"main_goal": forms.RadioSelect, "evaluate_on": DateInput}
        field_classes = {"evaluate_on": DayField}

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["main_goal"].choices = MainGoal.choices
        for name, shown in self.fields.items():
            if name != "revision":
                shown.show_hidden_initial = True
            if isinstance(shown.widget, forms.Textarea):
                shown.widget.attrs |= {"rows": 5, "dir": "auto"}

    def clean_evaluate_on(self):
        # A day that stood there already may have passed meanwhile; it doesn't keep the other sections from being saved.
        day = self.cleaned_data["evaluate_on"]
        return _not_past(day, self.today) if "evaluate_on" in self.changed_data else day

    def clean(self):
        return {name: one_newline(value) for name, value in super().clean().items()}


class AgreementForm(OnceForm):
    """Who does what by when."""

    party = forms.ChoiceField(
        label=_("Wie doet het?"), choices=AgreementParty.choices, widget=ChoiceButtons(wide=True)
    )
    what = forms.CharField(
        label=_("Wat is afgesproken?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text=_("Begin met een werkwoord: meldt zich aan voor de cursus."),
    )
    by_when = DayField(label=_("Uiterlijk"), required=False)


class EstablishForm(PortalForm):
    """When the plan was talked through, and in which language."""

    agreed_on = DayField(label=_("Wanneer heeft u het plan samen besproken?"))
    language_used = forms.ChoiceField(label=_("In welke taal?"), choices=Language.choices)
    interpreter_present = forms.BooleanField(label=_("Er was een tolk bij"), required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_agreed_on(self):
        day = self.cleaned_data["agreed_on"]
        if day > self.today:
            raise forms.ValidationError(_("Deze dag ligt in de toekomst."))
        return day


# --- Programme -------------------------------------------------------------------------------------


class ReminderMonths(forms.CharField):
    """Months as a list of numbers: "6, 3, 1"."""

    def prepare_value(self, value):
        return ", ".join(str(month) for month in value) if isinstance(value, list) else value

    def to_python(self, value):
        text = super().to_python(value)
        if isinstance(text, list):
            return text
        try:
            months = sorted({int(part) for part in text.replace(";", ",").split(",") if part.strip()}, reverse=True)
        except ValueError:
            raise forms.ValidationError(
                _("Schrijf hele maanden met een komma ertussen, bijvoorbeeld 6, 3, 1.")
            ) from None
        if not months or months[0] > 60 or months[-1] < 1:
            raise forms.ValidationError(_("Kies maanden tussen 1 en 60."))
        return months

    def has_changed(self, initial, data):
        return self.prepare_value(initial) != data


class SettingsForm(PortalModelForm):
    """A new version of the numbers of the programme."""

    goal_reminder_months = ReminderMonths(label=_("Herinneren, maanden vóór de doeldatum"), help_text=_("R44."))

    class Meta:
        model = ProgrammeSettings
        fields = [field.name for field in ProgrammeSettings._meta.fields if field.editable and field.name != "id"]
        field_classes = {"valid_from": DayField}
        widgets = {"valid_from": DateInput}

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_valid_from(self):
        day = self.cleaned_data["valid_from"]
        if day < self.today:
            raise forms.ValidationError(_("Kies vandaag of een latere dag."))
        return day

    def validate_unique(self):
        """The service says it in words."""
