"""Shape and plausibility of what people fill in around mentors, matches, talks and contact."""

from datetime import datetime, timedelta

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import DayField, OnceForm, PortalForm
from accounts.widgets import ChoiceButtons, ChoiceButtonsMultiple, DateInput, TimeInput
from cases.models import Language
from mentoring.models import (
    CheckInOutcome,
    CheckInStatus,
    ContactChannel,
    DayPart,
    EndReason,
    Gender,
    GenderWish,
    Interest,
    MentorStatus,
)

OTHER = "anders"


def _day_parts(label):
    # In two words, so that a small button can break the line: "dinsdag avond" beside "dinsdag overdag".
    choices = [(part.value, str(part.label).replace("avond", " avond")) for part in DayPart]
    return forms.MultipleChoiceField(label=label, choices=choices, required=False, widget=ChoiceButtonsMultiple)


def _interests(label):
    return forms.MultipleChoiceField(
        label=label, choices=Interest.choices, required=False, widget=ChoiceButtonsMultiple
    )


# --- Contact ---------------------------------------------------------------------------------------------

#: Durations as big buttons, in minutes.
DURATIONS = ((30, _("½ uur")), (60, _("1 uur")), (90, _("1½ uur")), (120, _("2 uur")), (180, _("3 uur")))
#: The duration of a phone call or a chat is as short as the first button.
DEFAULT_CHANNEL, DEFAULT_MINUTES = ContactChannel.SAMEN_OP_PAD, 90


class LogContactForm(OnceForm):
    """A contact moment in a few taps: every choice has the likely answer already.

    `today` is the day in Amsterdam. The choices of a day are dates, so a page that was opened before midnight still
    means what it said. `again` is set once the reader was asked whether this is a second moment on that day.
    """

    day = forms.ChoiceField(label=_("Wanneer?"), widget=ChoiceButtons)
    other_day = DayField(label=_("Welke dag?"), required=False)
    channel = forms.ChoiceField(label=_("Hoe?"), choices=ContactChannel.choices, widget=ChoiceButtons)
    duration = forms.ChoiceField(
        label=_("Hoe lang?"), choices=[*DURATIONS, (OTHER, _("Anders"))], widget=ChoiceButtons
    )
    other_minutes = forms.IntegerField(
        label=_("Hoeveel minuten?"), min_value=1, max_value=24 * 60, required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"max_value": _("Een dag heeft 1440 minuten. Vul minder in.")},
    )  # fmt: skip
    note = forms.CharField(
        label=_("Wat deden jullie?"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    concern = forms.BooleanField(label=_("Ik maak me zorgen: laat de coördinator mij bellen"), required=False)
    again = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, today, start_date, preferred_name, last=None, moment=None, **kwargs):
        initial = self._initial(today, last, moment)
        super().__init__(*args, initial=initial, **kwargs)
        self.today, self.start_date = today, start_date
        yesterday = today - timedelta(days=1)
        days = [(today.isoformat(), _("Vandaag")), (yesterday.isoformat(), _("Gisteren")), (OTHER, _("Anders"))]
        self.fields["day"].choices = [day for day in days if day[0] == OTHER or day[0] >= start_date.isoformat()]
        # Shown with "Anders" only, and then needed.
        self.fields["other_day"].depends = self.fields["other_minutes"].depends = True
        self.fields["other_day"].widget.attrs |= {"max": today.isoformat(), "min": start_date.isoformat()}
        self.fields["note"].help_text = (
            gettext("Schrijf geen medische of financiële zaken op. Alleen de coördinator en %s lezen dit.")
            % preferred_name
        )

    @staticmethod
    def _initial(today, last, moment):
        source = moment or last
        minutes = source.minutes if source and source.minutes else DEFAULT_MINUTES
        on = moment.on if moment else today
        near = (today - on).days in (0, 1)
        listed = minutes in dict(DURATIONS)
        return {
            "day": on.isoformat() if near else OTHER,
            "other_day": None if near else on,
            "channel": source.channel if source else DEFAULT_CHANNEL,
            "duration": minutes if listed else OTHER,
            "other_minutes": None if listed else minutes,
            "note": moment.note if moment else "",
            "concern": moment.concern if moment else False,
        }

    def clean(self):
        cleaned = super().clean()
        self._clean_day(cleaned)
        self._clean_minutes(cleaned)
        return cleaned

    def _clean_day(self, cleaned):
        chosen = cleaned.get("day")
        if not chosen:
            return
        field, on = ("other_day", cleaned.get("other_day")) if chosen == OTHER else ("day", parse_date(chosen))
        if on is None:
            if field not in self.errors:
                self.add_error(field, _("Kies de dag waarop jullie contact hadden."))
        elif on > self.today:
            self.add_error(field, _("Deze dag komt nog. Kies vandaag of een dag die is geweest."))
        elif on < self.start_date:
            begin = date_format(self.start_date, "j F Y")
            self.add_error(field, gettext("Jullie koppeling begon op %s. Kies een dag vanaf toen.") % begin)
        cleaned["on"] = on

    def _clean_minutes(self, cleaned):
        if cleaned.get("channel") == ContactChannel.NIET_BEREIKT:
            cleaned["minutes"] = 0
            self.errors.pop("other_minutes", None)
            return
        chosen = cleaned.get("duration")
        if not chosen:
            return
        minutes = cleaned.get("other_minutes") if chosen == OTHER else int(chosen)
        if minutes is None and "other_minutes" not in self.errors:
            self.add_error("other_minutes", _("Vul in hoeveel minuten het contact duurde."))
        cleaned["minutes"] = minutes

    @property
    def values(self):
        """What the services take."""
        return {field: self.cleaned_data[field] for field in ("on", "channel", "minutes", "note", "concern")}

    def ask_again(self):
        """Show the form once more with everything that was filled in; sending it now means: yes, a second one."""
        self.data = self.data.copy()
        self.data["again"] = "on"


class ContactFilterForm(forms.Form):
    """Which of the own contact moments."""

    koppeling = forms.ChoiceField(label=_("Met wie"), required=False)
    hoe = forms.ChoiceField(label=_("Hoe"), choices=[("", _("Alles")), *ContactChannel.choices], required=False)

    def __init__(self, *args, matches=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["koppeling"].choices = [("", _("Iedereen")), *((str(pk), name) for pk, name in matches)]


# --- Requests and proposals ---------------------------------------------------------------------------------


class MatchRequestForm(PortalForm):
    """The wishes of a statushouder. The mentor reads them before saying yes, so they name nobody."""

    organisation = forms.ModelChoiceField(
        label=_("Bij welke organisatie"), queryset=None, empty_label=None, widget=ChoiceButtons(wide=True)
    )
    wishes = forms.CharField(
        label=_("Wat zou deze persoon graag doen of leren?"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Een mentor leest dit vóór de kennismaking. Schrijf geen naam op en niets over gezondheid, geld of verblijf."),
    )  # fmt: skip
    availability = _day_parts(_("Wanneer kan deze persoon?"))
    interests = _interests(_("Wat doet deze persoon graag?"))
    gender_wish = forms.ChoiceField(
        label=_("Voorkeur voor een man of een vrouw"), choices=GenderWish.choices, required=False, widget=ChoiceButtons
    )

    def __init__(self, *args, organisations=None, for_self=False, **kwargs):
        super().__init__(*args, **kwargs)
        if organisations is None or len(organisations) == 1:
            del self.fields["organisation"]
        else:
            self.fields["organisation"].queryset = organisations
        if for_self:
            self.fields["wishes"].label = _("Wat wilt u graag doen of leren?")
            self.fields["availability"].label = _("Wanneer kunt u?")
            self.fields["interests"].label = _("Wat doet u graag?")


class WithdrawForm(PortalForm):
    """Why a request is taken back."""

    reason = forms.CharField(label=_("Waarom trekt u het verzoek in?"), max_length=300, required=False)


class AnswerForm(PortalForm):
    """Yes or no to a proposal. The coordinator also says whose answer it is."""

    YES, NO = "ja", "nee"

    answer = forms.ChoiceField(label=_("Antwoord"), choices=[(YES, _("Ja")), (NO, _("Nee"))], widget=ChoiceButtons)
    reason = forms.CharField(
        label=_("Waarom niet?"), max_length=300, required=False,
        help_text=_("Alleen als het antwoord nee is, en alleen als je het wilt zeggen. De coördinator leest dit."),
    )  # fmt: skip


class ConfirmMatchForm(PortalForm):
    """Start of the match and the two talks; the suggestions follow the rule and may be changed."""

    start_date = DayField(
        label=_("De koppeling begint op"),
        widget=DateInput(
            # Another start, other suggestions for the talks; without JavaScript the reader changes them by hand.
            attrs={
                "hx-get": "", "hx-trigger": "change", "hx-include": "closest form", "hx-target": "#bevestigen",
                "hx-select": "#bevestigen", "hx-swap": "outerHTML",
            }
        ),
    )  # fmt: skip
    first_on = DayField(label=_("3-maandengesprek: dag"))
    first_time = forms.TimeField(label=_("3-maandengesprek: tijd"), widget=TimeInput)
    first_place = forms.CharField(label=_("3-maandengesprek: plaats"), max_length=200, required=False)
    second_on = DayField(label=_("6-maandengesprek: dag"))
    second_time = forms.TimeField(label=_("6-maandengesprek: tijd"), widget=TimeInput)
    second_place = forms.CharField(label=_("6-maandengesprek: plaats"), max_length=200, required=False)

    def clean(self):
        cleaned = super().clean()
        for talk in ("first", "second"):
            day, hour = cleaned.get(f"{talk}_on"), cleaned.get(f"{talk}_time")
            if day and hour:
                cleaned[f"{talk}_at"] = timezone.make_aware(datetime.combine(day, hour))
        return cleaned


class CompareForm(forms.Form):
    """Two mentors beside each other."""

    a = forms.TypedChoiceField(label=_("Eerste mentor"), coerce=int)
    b = forms.TypedChoiceField(label=_("Tweede mentor"), coerce=int)

    def __init__(self, *args, candidates, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("a", "b"):
            self.fields[name].choices = [(c.pk, f"{c.name} · {c.fit.label}") for c in candidates]


class RequestSearchForm(forms.Form):
    """Find a request by name or number."""

    q = forms.CharField(label=_("Zoek op naam of dossiernummer"), required=False)


# --- Matches and talks --------------------------------------------------------------------------------------


class EndMentorshipForm(PortalForm):
    """Why a match ends, and whether a new mentor is sought."""

    reason = forms.ChoiceField(
        label=_("Waarom eindigt de koppeling?"),
        choices=[choice for choice in EndReason.choices if choice[0] != EndReason.DOSSIER_GESLOTEN],
        widget=ChoiceButtons(wide=True),
    )
    note = forms.CharField(label=_("Toelichting"), max_length=300, required=False)
    seek_new = forms.BooleanField(
        label=_("Zoek een nieuwe mentor: er komt weer een koppelverzoek met dezelfde wensen"), required=False
    )


class MoveCheckInForm(PortalForm):
    """Another date for a talk."""

    on = DayField(label=_("Dag"))
    time = forms.TimeField(label=_("Tijd"), widget=TimeInput)
    place = forms.CharField(label=_("Plaats"), max_length=200, required=False)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("on") and cleaned.get("time"):
            cleaned["starts_at"] = timezone.make_aware(datetime.combine(cleaned["on"], cleaned["time"]))
            if cleaned["starts_at"] <= timezone.now():
                self.add_error("on", _("Dit moment is al geweest. Kies een moment dat nog komt."))
        return cleaned


class _HeldForm(PortalForm):
    held_on = DayField(label=_("Wanneer was het gesprek?"))

    def __init__(self, *args, today, start_date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today, self.start_date = today, start_date
        self.fields["held_on"].widget.attrs |= {"max": today.isoformat(), "min": start_date.isoformat()}

    def clean_held_on(self):
        """A day that has been, since the match began."""
        held_on = self.cleaned_data["held_on"]
        if held_on > self.today:
            raise forms.ValidationError(_("Deze dag komt nog. Leg het gesprek vast als het is geweest."))
        if held_on < self.start_date:
            begin = date_format(self.start_date, "j F Y")
            raise forms.ValidationError(gettext("De koppeling begon op %s. Kies een dag vanaf toen.") % begin)
        return held_on


class RecordFirstTalkForm(_HeldForm):
    """What came of the 3-month talk, by the klantmanager (R29)."""

    summary = forms.CharField(
        label=_("Wat is besproken?"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Hoe gaat het met de voortgang? De statushouder kan dit lezen, de mentor en de coördinator niet."),
    )  # fmt: skip


class RecordSecondTalkForm(_HeldForm):
    """What came of the 6-month talk, by the coordinator (R30, R31)."""

    outcome = forms.ChoiceField(
        label=_("Wat is de uitkomst?"), choices=CheckInOutcome.choices, widget=ChoiceButtons(wide=True)
    )
    end_reason = forms.ChoiceField(
        label=_("Bij afronden: waarom eindigt de koppeling?"),
        choices=[
            choice
            for choice in EndReason.choices
            if choice[0] not in (EndReason.DOSSIER_GESLOTEN, EndReason.NIEUWE_MATCH)
        ],
        required=False, initial=EndReason.AFGEROND, widget=ChoiceButtons(wide=True),
    )  # fmt: skip
    end_note = forms.CharField(
        label=_("Bij afronden of een nieuwe match: toelichting"), max_length=300, required=False
    )
    summary = forms.CharField(
        label=_("Wat is besproken?"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Past de koppeling nog bij wat beiden verwachten? De statushouder kan dit lezen."),
    )  # fmt: skip

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("outcome") == CheckInOutcome.AFRONDEN and not cleaned.get("end_note", "").strip():
            self.add_error("end_note", _("Schrijf in een zin op waarom de koppeling wordt afgerond."))
        cleaned["end_reason"] = cleaned.get("end_reason") or EndReason.AFGEROND
        return cleaned


class CheckInFilterForm(forms.Form):
    """Which talks."""

    q = forms.CharField(label=_("Zoek op naam of dossiernummer"), required=False)
    stand = forms.ChoiceField(
        label=_("Stand"),
        choices=[("", _("Open")), ("te_laat", _("Vraagt nu aandacht")), ("alles", _("Alles")), *CheckInStatus.choices],
        required=False,
    )
    soort = forms.ChoiceField(
        label=_("Soort"),
        choices=[("", _("Beide")), ("m3", _("3-maandengesprek")), ("m6", _("6-maandengesprek"))],
        required=False,
    )


class MentorshipFilterForm(forms.Form):
    """Which matches."""

    q = forms.CharField(label=_("Zoek op naam of dossiernummer"), required=False)
    stand = forms.ChoiceField(
        label=_("Stand"),
        choices=[("", _("Actief")), ("stil", _("Stil")), ("beeindigd", _("Beëindigd")), ("alles", _("Alles"))],
        required=False,
    )

    def __init__(self, *args, rhythm_days, **kwargs):
        super().__init__(*args, **kwargs)
        words = ngettext("Stil: %d dag zonder contact", "Stil: %d dagen zonder contact", rhythm_days) % rhythm_days
        self.fields["stand"].choices = [
            (value, words if value == "stil" else label) for value, label in self.fields["stand"].choices
        ]


# --- Mentors ------------------------------------------------------------------------------------------------


class ProfileForm(PortalForm):
    """What a mentor tells about the own possibilities."""

    languages = forms.MultipleChoiceField(
        label=_("Welke talen spreek je?"), choices=Language.choices, required=False, widget=ChoiceButtonsMultiple
    )
    availability = _day_parts(_("Wanneer kun je?"))
    interests = _interests(_("Wat doe je graag?"))
    neighbourhood = forms.ChoiceField(label=_("In welke wijk woon je?"), required=False)
    gender = forms.ChoiceField(
        label=_("Ben je een man of een vrouw?"), choices=Gender.choices, required=False, widget=ChoiceButtons,
        help_text=_("Sommige mensen willen liever een man of een vrouw als mentor. Je hoeft het niet te zeggen."),
    )  # fmt: skip
    max_active = forms.IntegerField(label=_("Hoeveel koppelingen tegelijk wil je?"), min_value=1, max_value=5)
    motivation = forms.CharField(
        label=_("Waarom ben je mentor?"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        now = (self.initial or {}).get("neighbourhood") or ""
        known = list(settings.PROGRAMME_NEIGHBOURHOODS)
        extra = [now] if now and now not in known else []
        self.fields["neighbourhood"].choices = [("", _("Niet ingevuld")), *((name, name) for name in known + extra)]


class MentorForm(ProfileForm):
    """The same file as the coordinator fills it in."""

    vog_seen_on = DayField(label=_("VOG gezien op"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field, label in {
            "languages": _("Talen"),
            "availability": _("Beschikbaar"),
            "interests": _("Interesses"),
            "neighbourhood": _("Wijk"),
            "gender": _("Man of vrouw"),
            "max_active": _("Koppelingen tegelijk"),
            "motivation": _("Motivatie"),
        }.items():
            self.fields[field].label = label
        self.fields["gender"].help_text = _("Alleen als de mentor het zelf vertelt.")


class RegisterMentorForm(MentorForm):
    """A new volunteer: whom to invite, and what is known already."""

    name = forms.CharField(label=_("Naam"), max_length=120)
    email = forms.EmailField(label=_("E-mailadres"), help_text=_("Op dit adres komt de uitnodiging om in te loggen."))

    field_order = ("name", "email")


class MoveMentorForm(PortalForm):
    """The next state of a mentor."""

    to = forms.ChoiceField(label=_("Nieuwe stand"), widget=ChoiceButtons(wide=True))

    def __init__(self, *args, steps, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [(step, MentorStatus(step).label) for step in steps]


class GedragscodeForm(PortalForm):
    """The mentor agrees to the code of conduct."""

    version = forms.CharField(widget=forms.HiddenInput)
    agrees = forms.BooleanField(
        label=_("Ik heb de gedragscode gelezen en houd me eraan"),
        error_messages={"required": _("Zet een vinkje als je akkoord bent.")},
    )


class MentorFilterForm(forms.Form):
    """Which mentors."""

    q = forms.CharField(label=_("Zoek op naam of e-mailadres"), required=False)
    stand = forms.ChoiceField(
        label=_("Stand"), choices=[("", _("Alle standen")), *MentorStatus.choices], required=False
    )
    taal = forms.ChoiceField(label=_("Taal"), choices=[("", _("Alle talen")), *Language.choices], required=False)
    wijk = forms.ChoiceField(label=_("Wijk"), required=False)
    plaats = forms.ChoiceField(
        label=_("Plaats"), choices=[("", _("Alle mentoren")), ("vrij", _("Plaats vrij"))], required=False
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["wijk"].choices = [
            ("", _("Alle wijken")),
            *((name, name) for name in settings.PROGRAMME_NEIGHBOURHOODS),
        ]
