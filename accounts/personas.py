"""The people of the demo: who they are and what a visitor can try as them. The demo loader makes their accounts."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.roles import Role


@dataclass(frozen=True)
class Persona:
    """One invented person of the demo, with one role."""

    email: str
    name: str
    role: Role
    text: str

    @property
    def first_name(self):
        return self.name.split()[0]

    @property
    def role_label(self):
        return self.role.label


PERSONAS = (
    Persona(
        "klantmanager@demo.example", "Karim Bouzid", Role.KLANTMANAGER,
        _("Zie wat vandaag eerst moet, leg contact na verzuim vast en stel een Plan van Aanpak vast."),
    ),
    Persona(
        "klantmanager2@demo.example", "Annelies de Wit", Role.KLANTMANAGER,
        _("Werk met een andere caseload: de dossiers van een collega ziet u hier niet."),
    ),
    Persona(
        "begeleider@demo.example", "Farid Noori", Role.MAATSCHAPPELIJK_BEGELEIDER,
        _("Help met geld, post en juridische zaken, zonder de uitkering te lezen."),
    ),
    Persona(
        "mentor@demo.example", "Marit Visser", Role.MENTOR,
        _("Leg op een telefoon in een paar tikken vast dat u elkaar zag."),
    ),
    Persona(
        "mentor2@demo.example", "Joost van Dam", Role.MENTOR,
        _("Kijk rond als mentor die nog op een koppeling wacht."),
    ),
    Persona(
        "coordinator@demo.example", "Ilse Kuiper", Role.VRIJWILLIGERSCOORDINATOR,
        _("Koppel een mentor aan een statushouder en plan de gesprekken na 3 en 6 maanden."),
    ),
    Persona(
        "docent@demo.example", "Nadia El Amrani", Role.DOCENT,
        _("Geef de Startgroep en houd de aanwezigheid bij."),
    ),
    Persona(
        "instituut@demo.example", "Peter Jansen", Role.INSTITUUT,
        _("Meld verzuim van een cursist; bij de vierde keer krijgt de klantmanager een signaal."),
    ),
    Persona(
        "statushouder@demo.example", "Selam Tekle", Role.STATUSHOUDER,
        _("Lees het eigen plan en zie welke afspraken komen."),
    ),
    Persona(
        "beheerder@demo.example", "Wouter Smit", Role.FUNCTIONEEL_BEHEERDER,
        _("Nodig mensen uit, beheer rollen en importeer een caseload, zonder dossiers te lezen."),
    ),
    Persona(
        "privacy@demo.example", "Hanneke Vos", Role.PRIVACY_OFFICER,
        _("Controleer wie welke rol heeft."),
    ),
)  # fmt: skip


def persona(email):
    """The persona with this address, or None."""
    return next((person for person in PERSONAS if person.email == email), None)
