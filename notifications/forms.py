"""Search and filters of the lists."""

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _

from accounts.models import RoleAssignment
from accounts.widgets import ChoiceButtonsMultiple, DateInput, TimeInput
from notifications import kinds
from notifications.kinds import Way
from notifications.rules import ALL_DAYS


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
    kind = forms.ChoiceField(label=_("Soort"), required=False)
    show = forms.ChoiceField(
        label=_("Toon"), required=False, choices=[("", _("Alle berichten")), ("unread", _("Alleen ongelezen"))]
    )
    sort = forms.ChoiceField(
        label=_("Volgorde"),
        required=False,
        choices=[("", _("Ongelezen eerst")), ("newest", _("Nieuwste eerst")), ("oldest", _("Oudste eerst"))],
    )

    def __init__(self, *args, role, **kwargs):
        super().__init__(*args, **kwargs)
        offered = sorted((str(kind.label), name) for name, kind in kinds.of_role(role))
        self.fields["kind"].choices = [("", _("Alle soorten")), *((name, label) for label, name in offered)]


class HistoryForm(_ListForm):
    """The messages about one dossier."""

    kind = forms.ChoiceField(
        label=_("Soort"),
        required=False,
        choices=[("", _("Alle soorten")), *((name, kind.label) for name, kind in kinds.KINDS.items())],
    )
    show = forms.ChoiceField(
        label=_("Toon"),
        required=False,
        choices=[("", _("Alle berichten")), ("missed", _("Niet aangekomen")), ("waiting", _("Nog niet verstuurd"))],
    )
    sort = forms.ChoiceField(
        label=_("Volgorde"), required=False, choices=[("", _("Nieuwste eerst")), ("oldest", _("Oudste eerst"))]
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["q"].label = _("Zoek op ontvanger")


class FailedForm(_ListForm):
    show = forms.ChoiceField(
        label=_("Toon"),
        required=False,
        choices=[("", _("Niet aangekomen")), ("retrying", _("Wordt nog eens geprobeerd"))],
    )


class RefusedForm(_ListForm):
    sort = forms.ChoiceField(
        label=_("Volgorde"), required=False, choices=[("", _("Nieuwste eerst")), ("oldest", _("Oudste eerst"))]
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
    soort = forms.ChoiceField(
        label=_("Soort"),
        required=False,
        choices=[("", _("Alle soorten")), *((name, label) for name, (label, _zone) in kinds.MEETINGS.items())],
    )
    q = forms.CharField(label=_("Zoek in titel of plaats"), required=False, max_length=100)


class PreferencesForm(forms.Form):
    """How each sort of message comes, and the quiet hours. `choices` are `overviews.Choice`s that can be chosen."""

    def __init__(self, *args, choices, hours, **kwargs):
        super().__init__(*args, **kwargs)
        self.kinds = [choice.kind for choice in choices]
        for choice in choices:
            self.fields[f"way-{choice.kind}"] = forms.ChoiceField(
                label=choice.label, choices=Way.choices, initial=choice.way
            )
        self.fields["quiet_from"] = forms.TimeField(
            label=_("Geen mail vanaf"),
            required=False,
            widget=TimeInput,
            initial=hours.quiet_from if hours else None,
            help_text=_("Leeg laten: mail komt op elk uur."),
        )
        self.fields["quiet_until"] = forms.TimeField(
            label=_("Weer mail vanaf"), required=False, widget=TimeInput, initial=hours.quiet_until if hours else None
        )
        self.fields["quiet_days"] = forms.MultipleChoiceField(
            label=_("Op deze dagen"),
            required=False,
            widget=ChoiceButtonsMultiple,
            choices=[(str(number), WEEKDAYS_ABBR[number]) for number in range(7)],
            initial=list(hours.quiet_days) if hours and hours.quiet_days else list(ALL_DAYS),
            help_text=_("De dag waarop de rustige uren beginnen. Ze mogen over middernacht gaan."),
        )

    @property
    def ways(self):
        """The chosen ways by sort of message."""
        return {kind: self.cleaned_data[f"way-{kind}"] for kind in self.kinds}


class FeedForm(forms.Form):
    """For which of one's roles a feed is."""

    role = forms.ModelChoiceField(label=_("Agenda van uw rol"), queryset=None, empty_label=None)

    def __init__(self, *args, roles, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].queryset = RoleAssignment.objects.filter(pk__in=[role.pk for role in roles])
        self.fields["role"].label_from_instance = _role_words


def _role_words(assignment):
    organisation = assignment.organisation
    return f"{assignment.get_role_display()}, {organisation}" if organisation else assignment.get_role_display()
