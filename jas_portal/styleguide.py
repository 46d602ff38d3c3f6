"""The style guide: every component with its states on one page, inside an example of the frame. It shows no data of anyone."""

from dataclasses import replace
from types import SimpleNamespace

from django import forms
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.access import public
from accounts.forms import PortalForm
from accounts.roles import Role
from accounts.widgets import ChoiceButtons, ChoiceButtonsMultiple, DateInput, TimeInput
from jas_portal.context import Portal
from jas_portal.navigation import PLACES

HOW = [
    ("pad", _("Samen op pad")),
    ("thuis", _("Thuis")),
    ("bellen", _("Bellen")),
    ("app", _("App")),
    ("groep", _("Met groep")),
    ("niet", _("Niet bereikt")),
]
DAYS = [("ma", _("maandag")), ("di", _("dinsdag")), ("za", _("zaterdag"))]


class ExampleForm(PortalForm):
    """One field of each kind that the portal uses."""

    name = forms.CharField(label=_("Naam"), help_text=_("Zoals het op de brief van de gemeente staat."))
    email = forms.EmailField(label=_("E-mailadres"), required=False)
    phase = forms.ChoiceField(
        label=_("Fase"), choices=[("", "---------"), ("intake", _("Intake")), ("plaatsing", _("Plaatsing"))]
    )
    day = forms.DateField(label=_("Dag"), widget=DateInput)
    time = forms.TimeField(label=_("Tijd"), widget=TimeInput, required=False)
    how = forms.ChoiceField(label=_("Hoe?"), choices=HOW, widget=ChoiceButtons, initial="pad")
    interests = forms.MultipleChoiceField(
        label=_("Wanneer kan het?"), choices=DAYS, widget=ChoiceButtonsMultiple, required=False
    )
    language = forms.ChoiceField(
        label=_("Tolk"), choices=[("ja", _("Tolk nodig")), ("nee", _("Geen tolk nodig"))], widget=forms.RadioSelect
    )
    days = forms.MultipleChoiceField(
        label=_("Dagen"), choices=DAYS, widget=forms.CheckboxSelectMultiple, required=False
    )
    file = forms.FileField(label=_("Bestand"), required=False)
    note = forms.CharField(
        label=_("Wat deden jullie?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        help_text=_("Schrijf geen medische of financiële zaken op."),
    )
    worried = forms.BooleanField(label=_("Ik maak me zorgen: laat de coördinator mij bellen"), required=False)
    agreed = forms.BooleanField(label=_("Ik ga akkoord met de gedragscode"))


class ExampleFilter(forms.Form):
    """A search and two filters, as above a list."""

    q = forms.CharField(label=_("Zoek"), required=False)
    fase = forms.ChoiceField(
        label=_("Fase"),
        required=False,
        choices=[("", _("Alle fasen")), ("intake", _("Intake")), ("plaatsing", _("Plaatsing"))],
    )
    sinds = forms.DateField(label=_("Begonnen sinds"), required=False, widget=DateInput)


class ExamplePortal(Portal):
    """The frame as a klantmanager sees it, with made-up numbers and without a question to the database."""

    user = SimpleNamespace(name="Karim Bakker", initials="KB")
    role = Role.KLANTMANAGER
    open_alerts = 2
    unread_messages = 3
    other_roles = (SimpleNamespace(pk=1, get_role_display=Role.DOCENT.label, organisation="Gemeente Leiden"),)
    search_url = "#"
    messages_url = "#"
    switch_role_url = "#"
    sign_out_url = "#"
    #: There is no session here that could end.
    time_left_url = ""

    @property
    def places(self):
        places = PLACES[self.role]
        return [
            replace(place, label=str(place.label), url="#", current="page" if place.is_home else "")
            for place in places
        ]


PHASES = [
    {"label": _("Aangemeld"), "when": "3 feb", "state": "done"},
    {"label": _("Intake"), "when": "18 feb", "state": "done"},
    {"label": _("Startgroep 4"), "when": "2 mrt – 12 apr", "state": "done"},
    {"label": _("Plaatsing"), "when": "20 apr", "state": "done"},
    {"label": _("Inburgering"), "when": _("sinds 6 mei"), "state": "now"},
    {"label": _("Afgerond"), "state": "todo"},
]
FACTS = [
    (_("Doeldatum"), "3 februari 2028"),
    (_("Wet, leerroute"), "Wi2021, B1-route"),
    (_("Taal"), _("Tigrinya, tolk nodig")),
    (_("Woont in"), "Merenwijk"),
    (_("Telefoon"), ""),
]
WORK = [
    {
        "kind": "urgent", "status": _("Vierde verzuim"), "when": _("2 dagen open"), "title": "Selam Tekle", "number": "JAS-2026-0142",
        "why": _("Gemist: 3, 10, 12 en 19 november. Instituut Rijnland, B1-groep."), "action": _("Contact vastleggen"), "primary": True,
    },
    {
        "kind": "soon", "status": _("Over 28 dagen"), "when": "20 december", "title": "ሰላም ተክለ", "number": "JAS-2024-0207",
        "why": _("Doeldatum nadert. Uitstel aangevraagd, wacht op uw besluit."), "action": _("Besluiten"),
    },
    {
        "kind": "info", "status": _("Te bespreken"), "when": _("ontvangen 18 nov"), "title": "عمر درويش", "number": "JAS-2025-0311",
        "why": _("Kwartaalrapportage over het derde kwartaal: lezen B1, spreken A2."), "action": _("Gesprek plannen"),
    },
    {
        "kind": "done", "status": _("Opgepakt"), "when": _("vandaag"), "title": "Laila Nazari", "number": "JAS-2026-0117",
        "why": _("Afspraak gemaakt met het instituut."), "action": _("Bekijken"),
    },
]  # fmt: skip
CHECKS = [
    {"text": _("Uitkeringsaanvraag beoordeeld"), "state": "done"},
    {"text": _("Zorgverzekering wijzigen"), "state": "open", "note": _("wacht op post, 27 nov")},
    {"text": _("Contact over verzuim"), "state": "open", "status": _("vandaag"), "kind": "urgent"},
    {"text": _("Bewaakt de voortgang"), "state": "ongoing"},
]
TIMELINE = [
    {"when": "19 november", "text": _("Vierde verzuim gemeld door instituut")},
    {"when": "18 november", "text": _("Contactmoment met mentor"), "by": "Marit Jansen"},
    {"when": "24 augustus", "text": _("Koppeling met mentor gestart"), "url": "#"},
]
ROWS = [
    {"name": "Selam Tekle", "number": "JAS-2026-0142", "phase": _("Inburgering"), "status": _("Vierde verzuim"), "kind": "urgent", "goal": "3 feb 2028"},
    {"name": "Emre Yıldız", "number": "JAS-2025-0311", "phase": _("Plaatsing"), "status": _("Wacht 31 dagen"), "kind": "soon", "goal": "12 mei 2027"},
    {"name": "ريما خوري", "number": "JAS-2026-0098", "phase": _("Intake"), "status": _("Op schema"), "kind": "", "goal": "1 nov 2028"},
]  # fmt: skip
PARTS = [
    (_("Aangemeld en intake"), 7, "#"),
    (_("Startgroep"), 13, "#"),
    (_("Plaatsing"), 6, "#"),
    (_("Inburgering"), 27, "#"),
    (_("Afgerond dit jaar"), 5, "#"),
]
TABS = [
    {"label": _("Wie doet wat"), "url": "#", "current": True},
    {"label": _("Plan"), "url": "#"},
    {"label": _("Leren en verzuim"), "url": "#", "count": 1},
    {"label": _("Mentor"), "url": "#"},
    {"label": _("Tijdlijn"), "url": "#"},
]
SEGMENTS = [{"label": _("Per verzoek"), "url": "#", "current": True}, {"label": _("Hele groep"), "url": "#"}]


@public
@require_http_methods(["GET"])
def styleguide(request):
    """Every component; `?richting=rtl` mirrors the page as it would be in Arabic."""
    wrong = ExampleForm({"fout-email": "geen adres", "fout-how": "thuis"}, prefix="fout")
    wrong.summary_keeps_still = True
    context = {
        "portal": ExamplePortal(request),
        "page_direction": "rtl" if request.GET.get("richting") == "rtl" else "",
        "today_count": 7,
        "breadcrumb": [(_("Dossiers"), "#"), (_("Stijlgids"), "")],
        "example_form": ExampleForm(prefix="goed"),
        "wrong_form": wrong,
        "filter_form": ExampleFilter(),
        "phases": PHASES,
        "facts": FACTS,
        "work": WORK,
        "checks": CHECKS,
        "entries": TIMELINE,
        "rows": ROWS,
        "parts": PARTS,
        "tabs": TABS,
        "segments": SEGMENTS,
        "listed_page": Paginator(range(1, 480), 50).page(4),
    }
    return render(request, "styleguide.html", context)
