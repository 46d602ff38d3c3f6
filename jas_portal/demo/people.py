"""The organisations and accounts of the demo: the personas, and the colleagues that the example caseload names."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts.models import Organisation, OrganisationKind, RoleAssignment, User
from accounts.personas import PERSONAS
from accounts.roles import Role
from jas_portal.demo.names import MENTORS

INSTITUTES = ("Instituut Rijnland", "Taalhuis De Brug", "Leerplein Zuid", "Academisch Talencentrum")
_COLLEAGUES = {
    "klantmanager1@leiden.example": ("Sander Vroom", Role.KLANTMANAGER),
    "klantmanager2@leiden.example": ("Meral Aydin", Role.KLANTMANAGER),
    "klantmanager3@leiden.example": ("Rob Steenbergen", Role.KLANTMANAGER),
    "klantmanager4@leiden.example": ("Judith Aalbers", Role.KLANTMANAGER),
    "begeleider1@vluchtelingenwerk.example": ("Fenna Hofman", Role.MAATSCHAPPELIJK_BEGELEIDER),
    "begeleider2@vluchtelingenwerk.example": ("Igor Lammers", Role.MAATSCHAPPELIJK_BEGELEIDER),
    "begeleider3@vluchtelingenwerk.example": ("Sylvia Roos", Role.MAATSCHAPPELIJK_BEGELEIDER),
    "begeleider4@vluchtelingenwerk.example": ("Bilal Chaoui", Role.MAATSCHAPPELIJK_BEGELEIDER),
    "begeleider5@vluchtelingenwerk.example": ("Tineke Veldman", Role.MAATSCHAPPELIJK_BEGELEIDER),
    "docent2@demo.example": ("Ruud Hazenberg", Role.DOCENT),
    "rijnland2@demo.example": ("Els Kampen", Role.INSTITUUT),
    "debrug@demo.example": ("Vera Hulst", Role.INSTITUUT),
    "zuid@demo.example": ("Mo Akkerman", Role.INSTITUUT),
    "talencentrum@demo.example": ("Dr. Ineke Stolk", Role.INSTITUUT),
}
_AT_INSTITUTE = {
    "instituut@demo.example": 0, "rijnland2@demo.example": 0, "debrug@demo.example": 1, "zuid@demo.example": 2,
    "talencentrum@demo.example": 3,
}  # fmt: skip


@dataclass
class People:
    """Everybody with an account, by address, and the organisations."""

    gemeente: Organisation = None
    vluchtelingenwerk: Organisation = None
    mentorproject: Organisation = None
    institutes: list = field(default_factory=list)
    by_email: dict = field(default_factory=dict)
    mentors: list = field(default_factory=list)

    def __getitem__(self, name):
        """The account with this address; a bare name means @demo.example."""
        return self.by_email[name if "@" in name else f"{name}@demo.example"]

    def of_role(self, role):
        """Accounts in this role, in the order in which they were made."""
        return [user for user in self.by_email.values() if user.role == role]


def make_people(today):
    """Make organisations and accounts, each with a role since nine years. Returns `People`."""
    people = People(
        gemeente=_organisation("Gemeente Leiden", OrganisationKind.GEMEENTE, "071 000 00 00"),
        vluchtelingenwerk=_organisation("VluchtelingenWerk", OrganisationKind.VLUCHTELINGENWERK, "071 000 00 01"),
        mentorproject=_organisation("Mentorproject", OrganisationKind.VRIJWILLIGERS, "071 000 00 02"),
        institutes=[_organisation(name, OrganisationKind.INSTITUUT, "071 000 00 03") for name in INSTITUTES],
    )
    password = make_password(settings.DEMO_PASSWORD)
    accounts = [(persona.email, persona.name, persona.role) for persona in PERSONAS]
    accounts += [(email, name, role) for email, (name, role) in _COLLEAGUES.items()]
    accounts += [
        (f"vrijwilliger{number}@demo.example", name, Role.MENTOR) for number, name in enumerate(MENTORS[2:], 1)
    ]
    since = today - timedelta(days=9 * 365)
    for email, name, role in accounts:
        organisation = {
            Role.KLANTMANAGER: people.gemeente,
            Role.FUNCTIONEEL_BEHEERDER: people.gemeente,
            Role.PRIVACY_OFFICER: people.gemeente,
            Role.DOCENT: people.gemeente,
            Role.MAATSCHAPPELIJK_BEGELEIDER: people.vluchtelingenwerk,
            Role.VRIJWILLIGERSCOORDINATOR: people.mentorproject,
            Role.MENTOR: people.mentorproject,
        }.get(role)
        if email in _AT_INSTITUTE:
            organisation = people.institutes[_AT_INSTITUTE[email]]
        user = User.objects.create(email=email, name=name, password=password, phone="06 00 00 00 00")
        RoleAssignment.objects.create(user=user, role=role, organisation=organisation, starts_on=since)
        people.by_email[email] = user.act_as(role, today)
        if role == Role.MENTOR:
            people.mentors.append(user)
    return people


def _organisation(name, kind, phone):
    return Organisation.objects.create(name=name, kind=kind, phone=phone)
