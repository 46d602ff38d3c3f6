"""The roles of the chain: value, Dutch label and what a person in that role does."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    KLANTMANAGER = "klantmanager", _("Klantmanager")
    MAATSCHAPPELIJK_BEGELEIDER = "maatschappelijk_begeleider", _("Maatschappelijk begeleider")
    MENTOR = "mentor", _("Mentor")
    VRIJWILLIGERSCOORDINATOR = "vrijwilligerscoordinator", _("Vrijwilligerscoördinator")
    DOCENT = "docent", _("Docent Startgroep")
    INSTITUUT = "instituut", _("Inburgeringsinstituut")
    STATUSHOUDER = "statushouder", _("Statushouder")
    FUNCTIONEEL_BEHEERDER = "functioneel_beheerder", _("Functioneel beheerder")
    PRIVACY_OFFICER = "privacy_officer", _("Privacy officer")


#: What each role is for, in words that a coordinator can read.
DESCRIPTIONS = {
    Role.KLANTMANAGER: _("Stelt het Plan van Aanpak op en bewaakt inschrijving, voortgang en verzuim."),
    Role.MAATSCHAPPELIJK_BEGELEIDER: _(
        "Helpt namens VluchtelingenWerk met geld, verzekeringen, post en juridische zaken."
    ),
    Role.MENTOR: _("Is als vrijwilliger een extra buur en spreekt wekelijks af."),
    Role.VRIJWILLIGERSCOORDINATOR: _("Koppelt mentoren, begeleidt hen en leidt het 6-maandengesprek."),
    Role.DOCENT: _("Geeft de Startgroep en houdt de aanwezigheid bij."),
    Role.INSTITUUT: _("Geeft de inburgeringscursus en meldt verzuim."),
    Role.STATUSHOUDER: _("Volgt het programma; het plan en het dossier gaan over deze persoon."),
    Role.FUNCTIONEEL_BEHEERDER: _("Beheert mensen, rollen, instellingen en imports, zonder dossiers te lezen."),
    Role.PRIVACY_OFFICER: _("Ziet toe op wie wat mag zien."),
}

#: Roles held as paid work for an organisation; they need a second factor (BIO2 5.17.01).
PROFESSIONAL_ROLES = frozenset(
    {
        Role.KLANTMANAGER,
        Role.MAATSCHAPPELIJK_BEGELEIDER,
        Role.VRIJWILLIGERSCOORDINATOR,
        Role.DOCENT,
        Role.INSTITUUT,
        Role.FUNCTIONEEL_BEHEERDER,
        Role.PRIVACY_OFFICER,
    }
)

#: Roles that stand around a case: an `Assignment` may carry them. A statushouder is reached through `Statushouder.user`.
CASE_ROLES = frozenset(
    {
        Role.KLANTMANAGER,
        Role.MAATSCHAPPELIJK_BEGELEIDER,
        Role.MENTOR,
        Role.VRIJWILLIGERSCOORDINATOR,
        Role.DOCENT,
        Role.INSTITUUT,
    }
)

#: Who may invite whom (style: the beheerder anyone, the coordinator mentors, a klantmanager the statushouders of own dossiers).
MAY_INVITE = {
    Role.FUNCTIONEEL_BEHEERDER: frozenset(Role) - {Role.STATUSHOUDER},
    Role.VRIJWILLIGERSCOORDINATOR: frozenset({Role.MENTOR}),
    Role.KLANTMANAGER: frozenset({Role.STATUSHOUDER}),
}
