"""Headings of a caseload file to fields: municipalities name their columns differently and order them as they like."""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.caseload.reader import UnreadableFile


@dataclass(frozen=True)
class Field:
    """A fact of a dossier that a column can hold. `headings` are matched without case, accents, spaces and signs;
    where two columns of one file fit, the heading named first here wins.
    """

    key: str
    label: str
    headings: tuple[str, ...]


FIELDS = (
    Field(
        "external_number",
        gettext_lazy("Extern dossiernummer"),
        (
            "dossiernummer extern", "extern dossiernummer", "externe referentie", "extern nummer", "extern kenmerk",
            "dossiernummer", "dossiernr", "dossier", "zaaknummer", "zaaknr", "zaak id", "cliëntnummer", "clientnr",
            "klantnummer", "klantnr", "deelnemernummer", "registratienummer", "referentienummer", "referentie",
            "kenmerk",
        ),
    ),
    Field("preferred_name", gettext_lazy("Roepnaam"), ("roepnaam", "aanspreeknaam")),
    Field(
        "full_name",
        gettext_lazy("Volledige naam"),
        (
            "volledige naam", "naam volledig", "naam statushouder", "naam inburgeraar", "naam deelnemer",
            "naam cliënt", "naam klant", "naam", "statushouder", "inburgeraar", "deelnemer",
        ),
    ),
    Field("given_name", gettext_lazy("Voornaam"), ("voornaam", "voornamen")),
    Field("infix", gettext_lazy("Tussenvoegsel"), ("tussenvoegsel", "tussenvoegsels", "voorvoegsel", "voorvoegsels")),
    Field("family_name", gettext_lazy("Achternaam"), ("achternaam", "geslachtsnaam", "familienaam")),
    Field(
        "language",
        gettext_lazy("Taal"),
        ("taal", "contacttaal", "taal contact", "voorkeurstaal", "spreektaal", "communicatietaal", "moedertaal"),
    ),
    Field("needs_interpreter", gettext_lazy("Tolk nodig"), ("tolk nodig", "tolk", "tolkbehoefte", "tolk gewenst")),
    Field("email", gettext_lazy("E-mail"), ("e-mail", "e-mailadres", "mailadres", "mail")),
    Field(
        "phone",
        gettext_lazy("Telefoon"),
        (
            "telefoon", "telefoonnummer", "telefoonnr", "tel", "telnr", "mobiel", "mobiel nummer", "mobiele telefoon",
            "gsm", "06-nummer",
        ),
    ),
    Field("neighbourhood", gettext_lazy("Wijk"), ("wijk", "woonwijk", "buurt", "stadsdeel", "wijknaam")),
    Field("municipality", gettext_lazy("Gemeente"), ("gemeente", "woongemeente", "woonplaats", "plaats")),
    Field(
        "legal_regime",
        gettext_lazy("Wet"),
        ("wet", "wettelijk kader", "wettelijk regime", "regime", "inburgeringswet", "wet inburgering", "wetgeving"),
    ),
    Field("group", gettext_lazy("Groep"), ("groep", "doelgroep", "categorie", "groep inburgeraar")),
    Field(
        "programme_start",
        gettext_lazy("Start programma"),
        (
            "start programma", "startdatum programma", "programma start", "datum start programma", "startdatum", "datum start", "begindatum", "ingangsdatum", "start traject", "startdatum traject",
            "instroomdatum", "datum instroom", "start",
        ),
    ),
    Field(
        "pip_date",
        gettext_lazy("Datum PIP"),
        ("datum pip", "pip datum", "pip", "datum vaststelling pip", "pip vastgesteld", "pip vastgesteld op"),
    ),
    Field("leerroute", gettext_lazy("Leerroute"), ("leerroute", "route", "gekozen leerroute", "leerroute pip")),
    Field(
        "klantmanager",
        gettext_lazy("Klantmanager"),
        (
            "klantmanager", "e-mail klantmanager", "klantmanager e-mail", "klantregisseur", "regisseur",
            "inburgeringsconsulent", "consulent", "casemanager", "contactpersoon gemeente",
        ),
    ),
    Field(
        "maatschappelijk_begeleider",
        gettext_lazy("Maatschappelijk begeleider"),
        (
            "maatschappelijk begeleider", "maatschappelijke begeleider", "e-mail maatschappelijk begeleider",
            "begeleider", "e-mail begeleider", "begeleider vluchtelingenwerk", "begeleider vwn",
            "contactpersoon vluchtelingenwerk",
        ),
    ),
)  # fmt: skip
LABELS = {field.key: field.label for field in FIELDS}

# Without these a row cannot become a dossier. A name may come whole or in parts.
REQUIRED = ("external_number", "full_name", "legal_regime", "programme_start")
_NAMES = {"full_name", "preferred_name", "family_name"}

# The portal keeps no BSN and no V-nummer (model §5.1; the own number identifies a dossier).
_FORBIDDEN = {
    "bsn", "bsnnummer", "bsnnr", "burgerservicenummer", "sofinummer", "vnummer", "vnr", "vreemdelingennummer",
    "anummer",
}  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """Which field stands in which column (0 is the first), what is left unread, and where no content may stand."""

    positions: dict[str, int]
    ignored: tuple[str, ...]
    forbidden: frozenset[int]
    count: int


def match_headings(headings: list[str]) -> Columns:
    """Find the field of each heading. Raises `UnreadableFile` when a required one is missing or stands there twice."""
    wanted = {plain_heading(name): (field.key, rank) for field in FIELDS for rank, name in enumerate(field.headings)}
    found: dict[str, tuple[int, int]] = {}
    forbidden, doubles, used = set(), [], {}
    for position, heading in enumerate(headings):
        key = plain_heading(heading)
        if key not in wanted and key not in _FORBIDDEN:
            # "Start programma (dd-mm-jjjj)", "Naam *"
            key = plain_heading(re.sub(r"\(.*?\)|\[.*?\]", " ", heading))
        if key in _FORBIDDEN:
            forbidden.add(position)
        elif key in wanted:
            field, rank = wanted[key]
            if used.setdefault(key, position) != position:
                doubles.append(heading)
            elif field not in found or rank < found[field][0]:
                found[field] = (rank, position)
    if doubles:
        raise UnreadableFile(
            _("Deze kolom staat twee keer in het bestand: {headings}. Laat er één staan.").format(
                headings=", ".join(sorted(set(doubles)))
            )
        )
    missing = [
        LABELS[field]
        for field in REQUIRED
        if field not in found and not (field == "full_name" and _NAMES & found.keys())
    ]
    if missing:
        raise UnreadableFile(
            _(
                "In de eerste rij van het bestand ontbreekt een kolom: {columns}. "
                "Zet boven elke kolom een kop en probeer het opnieuw."
            ).format(columns=", ".join(str(label) for label in missing))
        )
    positions = {field: position for field, (_rank, position) in found.items()}
    ignored = tuple(
        heading
        for position, heading in enumerate(headings)
        if heading and position not in positions.values() and position not in forbidden
    )
    return Columns(positions=positions, ignored=ignored, forbidden=frozenset(forbidden), count=len(headings))


def plain_heading(heading: str) -> str:
    plain = unicodedata.normalize("NFKD", heading).casefold()
    return "".join(character for character in plain if character.isalnum() and not unicodedata.combining(character))
