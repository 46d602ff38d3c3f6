"""The data zones and which role reads or writes which of them: need to know, as data.

A model with personal data names exactly one zone (`zone = Zone.CONTACT`). What belongs to another zone gets its own
model. Role and zone alone never open anything: a current relation with the person comes first (`visible_to`).
Anything not named here is closed. The page "Wie mag wat zien" is drawn from this file alone, so that it cannot say
anything else than what is decided.
"""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from accounts.roles import Role


class Zone(StrEnum):
    """Kinds of personal data, kept apart because different people need them."""

    CONTACT = "contact"  # Z0 preferred name, chosen channel, language, neighbourhood
    PROGRAMME = "programme"  # Z1 phase, dates, course days, appointments, address
    BENEFIT = "benefit"  # Z2 benefit, obligations, the full Plan van Aanpak, household
    MONEY = "money"  # Z3 debts, insurance, bills
    LEGAL = "legal"  # Z4 family reunification, travel, residence documents
    HEALTH = "health"  # Z5 health and wellbeing
    LEARNING = "learning"  # Z6 test, advice, results
    ATTENDANCE = "attendance"  # Z7 lesson attendance and absence
    MENTORING = "mentoring"  # Z8 match wishes, contact moments, outcomes of talks
    WORK = "work"  # Z9 mediation to work and education
    AUDIT = "audit"  # Z10 who looked
    VOLUNTEER = "volunteer"  # Z11 the mentor's own file


class Reach(StrEnum):
    """How far a role reads into a zone."""

    FULL = "full"
    SUMMARY = "summary"  # that and when, never what


_FULL, _SUM = Reach.FULL, Reach.SUMMARY

#: role → zone → how far it reads. Absent is closed.
READS: dict[Role, dict[Zone, Reach]] = {
    Role.STATUSHOUDER: {
        Zone.CONTACT: _FULL,
        Zone.PROGRAMME: _FULL,
        Zone.BENEFIT: _FULL,
        Zone.MONEY: _FULL,
        Zone.LEGAL: _FULL,
        Zone.HEALTH: _FULL,
        Zone.LEARNING: _FULL,
        Zone.ATTENDANCE: _FULL,
        Zone.MENTORING: _FULL,
        Zone.WORK: _FULL,
    },
    Role.MENTOR: {
        Zone.CONTACT: _FULL,
        Zone.PROGRAMME: _SUM,
        Zone.MENTORING: _FULL,
        Zone.VOLUNTEER: _FULL,
    },
    Role.MAATSCHAPPELIJK_BEGELEIDER: {
        Zone.CONTACT: _FULL,
        Zone.PROGRAMME: _FULL,
        Zone.BENEFIT: _SUM,
        Zone.MONEY: _FULL,
        Zone.LEGAL: _FULL,
        Zone.LEARNING: _SUM,
        Zone.ATTENDANCE: _SUM,
    },
    Role.KLANTMANAGER: {
        Zone.CONTACT: _FULL,
        Zone.PROGRAMME: _FULL,
        Zone.BENEFIT: _FULL,
        Zone.HEALTH: _FULL,
        Zone.LEARNING: _FULL,
        Zone.ATTENDANCE: _FULL,
        Zone.MENTORING: _SUM,
        Zone.WORK: _FULL,
    },
    Role.DOCENT: {
        Zone.CONTACT: _FULL,
        Zone.PROGRAMME: _FULL,
        Zone.LEARNING: _FULL,
        Zone.ATTENDANCE: _FULL,
    },
    Role.INSTITUUT: {
        Zone.CONTACT: _FULL,
        Zone.PROGRAMME: _FULL,
        Zone.LEARNING: _SUM,
        Zone.ATTENDANCE: _FULL,
    },
    Role.VRIJWILLIGERSCOORDINATOR: {
        Zone.CONTACT: _FULL,
        Zone.PROGRAMME: _SUM,
        Zone.MENTORING: _FULL,
        Zone.VOLUNTEER: _FULL,
    },
    Role.FUNCTIONEEL_BEHEERDER: {},
    Role.PRIVACY_OFFICER: {Zone.AUDIT: _FULL},
}

#: role → zones it may write.
WRITES: dict[Role, frozenset[Zone]] = {
    Role.STATUSHOUDER: frozenset({Zone.CONTACT, Zone.MENTORING}),
    Role.MENTOR: frozenset({Zone.MENTORING, Zone.VOLUNTEER}),
    Role.MAATSCHAPPELIJK_BEGELEIDER: frozenset({Zone.CONTACT, Zone.MONEY, Zone.LEGAL}),
    Role.KLANTMANAGER: frozenset({Zone.CONTACT, Zone.PROGRAMME, Zone.BENEFIT, Zone.HEALTH, Zone.LEARNING, Zone.WORK}),
    Role.DOCENT: frozenset({Zone.PROGRAMME, Zone.LEARNING, Zone.ATTENDANCE}),
    Role.INSTITUUT: frozenset({Zone.LEARNING, Zone.ATTENDANCE}),
    Role.VRIJWILLIGERSCOORDINATOR: frozenset({Zone.MENTORING, Zone.VOLUNTEER}),
    Role.FUNCTIONEEL_BEHEERDER: frozenset(),
    Role.PRIVACY_OFFICER: frozenset(),
}

#: What a dossier without klantmanager shows to every klantmanager who could take it (model §5.7 (9)).
WITHOUT_KLANTMANAGER = (Zone.CONTACT, Zone.PROGRAMME)

#: What each zone holds and why it stands apart, for who reads "Wie mag wat zien".
LABELS = {
    Zone.CONTACT: _("Contact"),
    Zone.PROGRAMME: _("Programma"),
    Zone.BENEFIT: _("Uitkering en plan"),
    Zone.MONEY: _("Ander geld"),
    Zone.LEGAL: _("Juridisch"),
    Zone.HEALTH: _("Gezondheid"),
    Zone.LEARNING: _("Leren"),
    Zone.ATTENDANCE: _("Aanwezigheid"),
    Zone.MENTORING: _("Mentor"),
    Zone.WORK: _("Werk"),
    Zone.AUDIT: _("Toezicht"),
    Zone.VOLUNTEER: _("Vrijwilliger"),
}
EXPLANATIONS = {
    Zone.CONTACT: _("Naam, taal, wijk en hoe iemand bereikt wil worden. Wie helpt, heeft dit nodig."),
    Zone.PROGRAMME: _("Fase, termijnen, adres en afspraken. Nodig om het programma samen te laten lopen."),
    Zone.BENEFIT: _("Uitkering, huishouden en het hele Plan van Aanpak. Dit is werk van de gemeente."),
    Zone.MONEY: _("Schulden, verzekeringen en rekeningen. De begeleider helpt hiermee in vertrouwen."),
    Zone.LEGAL: _("Verblijf, gezinshereniging en reizen. Dit raakt de veiligheid van familie."),
    Zone.HEALTH: _("Gezondheid en welzijn. De wet noemt dit bijzondere gegevens."),
    Zone.LEARNING: _("Toets, advies, leerroute en resultaten. Voor wie lesgeeft of over de leerroute beslist."),
    Zone.ATTENDANCE: _("Aanwezigheid en verzuim. De wet laat het instituut dit aan de gemeente melden."),
    Zone.MENTORING: _("Wensen, contactmomenten en gesprekken. Van de statushouder, de mentor en de coördinator."),
    Zone.WORK: _("Bemiddeling naar werk en opleiding. Dit is werk van de gemeente."),
    Zone.AUDIT: _("Wie keek, en wie met spoed toegang nam. Alleen voor wie toezicht houdt."),
    Zone.VOLUNTEER: _("Het eigen dossier van een mentor: motivatie, VOG en gedragscode."),
}
#: Whose data a role reaches at all, for the same page. `cases.models.case.visible` decides it.
SCOPES = {
    Role.STATUSHOUDER: _("Alleen het eigen dossier."),
    Role.MENTOR: _("Alleen bij een lopende koppeling."),
    Role.MAATSCHAPPELIJK_BEGELEIDER: _("Alleen bij dossiers waar deze begeleider of vervanger nu bij staat."),
    Role.KLANTMANAGER: _(
        "Alleen bij eigen dossiers, als vervanger of met noodtoegang. Van een dossier zonder klantmanager alleen contact en programma."
    ),
    Role.DOCENT: _("Alleen bij deelnemers aan de eigen Startgroep, tot vier weken na de start van de cursus."),
    Role.INSTITUUT: _("Alleen bij inschrijvingen bij het eigen instituut."),
    Role.VRIJWILLIGERSCOORDINATOR: _(
        "Alleen bij een open koppelverzoek of een lopende koppeling van de eigen organisatie."
    ),
    Role.FUNCTIONEEL_BEHEERDER: _("Geen dossiers. Bij een import alleen het eigen bestand, tot het is verwerkt."),
    Role.PRIVACY_OFFICER: _("Geen dossiers. Wel het toezicht, met dossiernummers en zonder namen van statushouders."),
}


def reach(role: str | None, zone: str) -> Reach | None:
    """How far `role` reads into `zone`: full, summary, or None when closed."""
    return READS.get(role, {}).get(zone)


def reads(role: str | None, zone: str) -> bool:
    """Whether `role` reads all of `zone`."""
    return reach(role, zone) is Reach.FULL


def writes(role: str | None, zone: str) -> bool:
    """Whether `role` may write in `zone`."""
    return zone in WRITES.get(role, frozenset())


def readable_zones(role: str | None, at_least: Reach = Reach.FULL) -> list[Zone]:
    """The zones that `role` reads; with `at_least=Reach.SUMMARY` those read in part as well."""
    return [zone for zone, how in READS.get(role, {}).items() if how is Reach.FULL or at_least is Reach.SUMMARY]
