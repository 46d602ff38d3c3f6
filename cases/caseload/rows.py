"""One raw row of a caseload to the values of a dossier, with in Dutch what was refused or left empty, and why.

A reason is a code and a field, never what stood in the cell: reasons outlive the personal data.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy

from accounts.secret_numbers import holds_secret_number
from cases.caseload.columns import LABELS, Columns
from cases.caseload.reader import RawRow

# A date further ahead than this is a typing error.
MAX_AHEAD = relativedelta(years=1)
# Before 2000 there was no inburgering by law; it is also where a spreadsheet's bare day numbers become plausible.
EARLIEST_START = date(2000, 1, 1)
LATEST_DATE = date(2099, 12, 31)
SPREADSHEET_DAY_ZERO = date(1899, 12, 30)

MAX_LENGTHS = {
    "external_number": 40,
    "preferred_name": 80,
    "full_name": 200,
    "phone": 30,
    "neighbourhood": 80,
}

REASONS = {
    # Refused: the row becomes no dossier.
    "too_many_cells": gettext_lazy(
        "Deze rij heeft meer cellen dan er koppen zijn. Staat er een scheidingsteken te veel?"
    ),
    "broken_quotes": gettext_lazy(
        "Een cel is veel te lang. Waarschijnlijk is een aanhalingsteken niet gesloten: "
        "kijk in het bestand of de rijen hierna ook zijn gelezen."
    ),
    "secret_number": gettext_lazy(
        "In de kolom '{field}' staat een getal dat een BSN of V-nummer kan zijn. "
        "Het portaal bewaart die niet: haal het weg."
    ),
    "secret_number_elsewhere": gettext_lazy(
        "In een kolom die niet wordt gelezen staat een getal dat een BSN of V-nummer kan zijn. "
        "Het portaal bewaart die niet: haal het weg."
    ),
    "secret_number_phone": gettext_lazy(
        "In de kolom '{field}' staat een getal dat een BSN kan zijn. Het portaal bewaart die niet: haal het weg, "
        "of zet de nul voor het telefoonnummer als die ontbreekt."
    ),
    "number_missing": gettext_lazy("Het externe dossiernummer ontbreekt."),
    "name_missing": gettext_lazy("De naam ontbreekt."),
    "law_missing": gettext_lazy("De wet ontbreekt: vul Wi2013, Wi2021 of geen in."),
    "law_unknown": gettext_lazy("Deze wet is niet bekend: vul Wi2013, Wi2021 of geen in."),
    "start_missing": gettext_lazy("De start van het programma ontbreekt."),
    "start_impossible": gettext_lazy(
        "De start van het programma is geen bestaande datum. Schrijf bijvoorbeeld 25-04-2022."
    ),
    "start_too_late": gettext_lazy("De start van het programma ligt meer dan een jaar in de toekomst."),
    "start_too_early": gettext_lazy("De start van het programma ligt voor het jaar 2000."),
    "too_long": gettext_lazy("De tekst in de kolom '{field}' is te lang."),
    # Warned: the value is left empty.
    "klantmanager_unknown": gettext_lazy(
        "De klantmanager heeft hier geen account met die rol. Het dossier komt in de lijst 'Zonder klantmanager'."
    ),
    "begeleider_unknown": gettext_lazy(
        "De maatschappelijk begeleider heeft hier geen account met die rol: leeg gelaten."
    ),
    "email_malformed": gettext_lazy("Het e-mailadres klopt niet: leeg gelaten."),
    "unreadable": gettext_lazy("De waarde in de kolom '{field}' is niet te lezen: leeg gelaten."),
    "too_long_left_empty": gettext_lazy("De tekst in de kolom '{field}' is te lang: leeg gelaten."),
    "other_language": gettext_lazy("De taal staat niet in de lijst van het portaal: ingelezen als 'Een andere taal'."),
    "other_municipality": gettext_lazy("De gemeente hoort niet bij dit programma: ingelezen als 'anders'."),
    # Not a dossier, and nothing wrong with the row.
    "duplicate": gettext_lazy("Dit externe dossiernummer staat al op rij {field}: geen tweede dossier."),
    "duplicate_differs": gettext_lazy(
        "Dit externe dossiernummer staat al op rij {field}, met andere gegevens: geen tweede dossier. "
        "Kijk welke rij klopt."
    ),
    "differs": gettext_lazy("In het dossier staat iets anders bij '{field}'. Het dossier blijft zoals het is."),
    # While the rows were applied or taken back.
    "made_elsewhere": gettext_lazy("Een ander heeft dit dossier intussen gemaakt: geen tweede dossier."),
    "rule_broken": gettext_lazy("Het dossier kon niet worden gemaakt: een regel van het portaal laat het niet toe."),
    "stopped": gettext_lazy("Het toepassen is gestopt voordat deze rij aan de beurt was."),
    "worked_on": gettext_lazy("Aan dit dossier is al gewerkt: het is gebleven."),
}

#: By role, the reason for a colleague who could not be found.
UNKNOWN_COLLEAGUE = {"klantmanager": "klantmanager_unknown", "maatschappelijk_begeleider": "begeleider_unknown"}


@dataclass(frozen=True)
class Reason:
    """Why a row was refused, warned or passed over; `field` is a field's key, a row number or nothing."""

    code: str
    field: str = ""

    @property
    def text(self) -> str:
        """The reason as a Dutch sentence."""
        return str(REASONS[self.code]).format(field=LABELS.get(self.field, self.field))

    def __str__(self):
        return f"{self.code}:{self.field}" if self.field else self.code

    @classmethod
    def parse(cls, stored: str) -> "Reason":
        """The reason that `str(reason)` was made of."""
        code, _colon, named = stored.partition(":")
        return cls(code, named)


@dataclass(frozen=True)
class Choices:
    """What the portal knows: e-mail addresses in lower case by role, and the municipalities of the programme."""

    klantmanagers: Collection[str]
    begeleiders: Collection[str]
    municipalities: Collection[str]


@dataclass
class ReadRow:
    """A row as read. `values` holds plain JSON values (dates as 2022-04-25) and is empty after a forbidden number."""

    number: int
    values: dict[str, object] = field(default_factory=dict)
    refusals: list[Reason] = field(default_factory=list)
    warnings: list[Reason] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        return bool(self.refusals)


def read_row(raw: RawRow, columns: Columns, *, today: date, choices: Choices) -> ReadRow:
    """Read one row.

    1. A forbidden number anywhere, also in a column that is not used, refuses the row and keeps nothing of it.
    2. A row that does not fit its headings is refused: its cells may stand in the wrong column.
    3. The fields are read; what is required and wrong refuses the row, what is not is warned and left empty.
    """
    read = ReadRow(number=raw.number)
    if reason := _forbidden_number(raw.cells, columns):
        read.refusals.append(reason)
        return read
    if raw.broken:
        read.refusals.append(Reason("broken_quotes"))
        return read

    cells = {
        name: clean(raw.cells[position]) if position < len(raw.cells) else ""
        for name, position in columns.positions.items()
    }
    if len(raw.cells) > columns.count:
        read.refusals.append(Reason("too_many_cells"))

    values = read.values
    values["external_number"] = _required(read, cells, "external_number", missing="number_missing")
    values["preferred_name"], values["full_name"] = _names(read, cells)
    values["legal_regime"] = _law(read, cells.get("legal_regime", ""))
    start = _start(read, cells.get("programme_start", ""), today)
    values["programme_start"] = start.isoformat() if start else None

    for name in ("phone", "neighbourhood"):
        values[name] = _optional_text(read, cells, name)
    values["language"] = _language(read, cells.get("language", ""))
    values["needs_interpreter"] = _choice(read, cells, "needs_interpreter", YES_NO, empty=None)
    values["email"] = _email(read, cells.get("email", ""))
    values["municipality"] = _municipality(read, cells.get("municipality", ""), choices.municipalities)
    values["group"] = _choice(read, cells, "group", GROUPS, empty="")
    values["leerroute"] = _choice(read, cells, "leerroute", LEERROUTES, empty="")
    pip_date = _optional_date(read, cells, "pip_date", today)
    values["pip_date"] = pip_date.isoformat() if pip_date else None
    values["klantmanager"] = _colleague(
        read, cells.get("klantmanager", ""), choices.klantmanagers, "klantmanager_unknown"
    )
    values["maatschappelijk_begeleider"] = _colleague(
        read, cells.get("maatschappelijk_begeleider", ""), choices.begeleiders, "begeleider_unknown"
    )
    return read


# --- Text -------------------------------------------------------------------------------------------

# Marks that turn the reading direction of what follows; the joiners that Persian and Kurdish need are kept.
_DIRECTION_MARKS = dict.fromkeys([0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def clean(text: str) -> str:
    """Text on one line, without control and direction marks and spaces at the ends; every script is kept."""
    text = unicodedata.normalize("NFC", text.translate(_DIRECTION_MARKS))
    text = "".join(" " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character for character in text)
    return re.sub(r"\s+", " ", text).strip()


def _plain(text: str) -> str:
    """Text for comparing choices: small letters and digits only."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum() and not unicodedata.combining(character))


def _required(read: ReadRow, cells: dict[str, str], name: str, *, missing: str) -> str:
    text = cells.get(name, "")
    if not text:
        read.refusals.append(Reason(missing))
    elif len(text) > MAX_LENGTHS[name]:
        read.refusals.append(Reason("too_long", name))
        return ""
    return text


def _optional_text(read: ReadRow, cells: dict[str, str], name: str) -> str:
    text = cells.get(name, "")
    if len(text) > MAX_LENGTHS[name]:
        read.warnings.append(Reason("too_long_left_empty", name))
        return ""
    return text


def _names(read: ReadRow, cells: dict[str, str]) -> tuple[str, str]:
    """Preferred and full name; the one stands in for the other, and a full name may come in parts."""
    parts = " ".join(filter(None, (cells.get("given_name"), cells.get("infix"), cells.get("family_name"))))
    full = cells.get("full_name") or parts
    preferred = cells.get("preferred_name") or cells.get("given_name", "")
    full, preferred = full or preferred, preferred or full
    if not full:
        read.refusals.append(Reason("name_missing"))
        return "", ""
    for name, text in (("full_name", full), ("preferred_name", preferred)):
        if len(text) > MAX_LENGTHS[name] and (name == "full_name" or text != full):
            read.refusals.append(Reason("too_long", name))
            return "", ""
    return preferred[: MAX_LENGTHS["preferred_name"]], full


# --- Choices ----------------------------------------------------------------------------------------

LAWS = {
    **dict.fromkeys(("wi2021", "wi21", "2021", "wet2021", "winb2021", "wetinburgering2021"), "wi2021"),
    **dict.fromkeys(("wi2013", "wi13", "2013", "wet2013", "winb2013", "wetinburgering2013"), "wi2013"),
    **dict.fromkeys(("geen", "geenwet", "nvt", "niet", "nietplichtig", "nietinburgeringsplichtig"), "geen"),
}
YES_NO = {
    **dict.fromkeys(("ja", "j", "yes", "y", "true", "waar", "1", "x"), True),
    **dict.fromkeys(("nee", "n", "neen", "no", "false", "onwaar", "0"), False),
}
GROUPS = {
    # Who followed a refugee within the term holds an asylum permit as well.
    **dict.fromkeys(
        ("asiel", "asielstatushouder", "asielmigrant", "statushouder", "nareiziger", "nareis"), "asielstatushouder"
    ),
    **dict.fromkeys(("gezin", "gezinsmigrant", "gezinshereniger", "gezinshereniging"), "gezinsmigrant"),
    **dict.fromkeys(("overig", "overige", "anders", "overigemigrant"), "overig"),
}
LEERROUTES = {
    **dict.fromkeys(("b1", "b1route", "routeb1"), "b1"),
    **dict.fromkeys(("onderwijs", "onderwijsroute"), "onderwijs"),
    **dict.fromkeys(("z", "zroute", "routez", "zelfredzaamheid", "zelfredzaamheidsroute"), "z"),
    **dict.fromkeys(("onbekend", "nvt", "geen"), ""),
}
# The values are those of `cases.models.Language`. "Koerdisch" alone is two languages with two scripts: not guessed.
LANGUAGES = {
    **dict.fromkeys(("arabisch", "ar"), "ar"),
    **dict.fromkeys(("dari", "prs"), "prs"),
    **dict.fromkeys(("engels", "en"), "en"),
    **dict.fromkeys(("farsi", "perzisch", "fa"), "fa"),
    **dict.fromkeys(("frans", "fr"), "fr"),
    **dict.fromkeys(("koerdischkurmanci", "kurmanci", "kurmanji", "koerdischkurmanji", "kmr"), "kmr"),
    **dict.fromkeys(("koerdischsorani", "sorani", "ckb"), "ckb"),
    **dict.fromkeys(("nederlands", "nl"), "nl"),
    **dict.fromkeys(("oekraiens", "uk"), "uk"),
    **dict.fromkeys(("pashto", "pasjtoe", "pasjto", "ps"), "ps"),
    **dict.fromkeys(("russisch", "ru"), "ru"),
    **dict.fromkeys(("somalisch", "somali", "so"), "so"),
    **dict.fromkeys(("spaans", "es"), "es"),
    **dict.fromkeys(("tigrinya", "tigrigna", "tigrinja", "ti"), "ti"),
    **dict.fromkeys(("turks", "tr"), "tr"),
    **dict.fromkeys(("amhaars", "am"), "am"),
    **dict.fromkeys(("overig", "anders", "eenanderetaal"), "overig"),
}


def _language(read: ReadRow, text: str) -> str:
    plain = _plain(text)
    if plain and plain not in LANGUAGES:
        read.warnings.append(Reason("other_language"))
        return "overig"
    return LANGUAGES.get(plain, "")


def _law(read: ReadRow, text: str) -> str:
    if not text:
        read.refusals.append(Reason("law_missing"))
        return ""
    law = LAWS.get(_plain(text), "")
    if not law:
        read.refusals.append(Reason("law_unknown"))
    return law


def _choice(read: ReadRow, cells: dict[str, str], name: str, known: dict[str, object], *, empty):
    text = _plain(cells.get(name, ""))
    if not text:
        return empty
    if text not in known:
        read.warnings.append(Reason("unreadable", name))
        return empty
    return known[text]


def _municipality(read: ReadRow, text: str, known: Collection[str]) -> str:
    """The programme's own spelling; another municipality is "anders"."""
    if not text:
        return ""
    wanted = _plain(text).removeprefix("gemeente")
    for municipality in known:
        if _plain(municipality) == wanted:
            return municipality
    if wanted not in ("anders", "overig"):
        read.warnings.append(Reason("other_municipality"))
    return "anders"


def _email(read: ReadRow, text: str) -> str:
    address = text.removeprefix("mailto:")
    if not address:
        return ""
    try:
        validate_email(address)
    except ValidationError:
        read.warnings.append(Reason("email_malformed"))
        return ""
    return address


def _colleague(read: ReadRow, text: str, known: Collection[str], unknown: str) -> str:
    """The colleague's address in lower case, or nothing when no active account has it with that role."""
    address = text.removeprefix("mailto:").lower()
    if address and address not in known:
        read.warnings.append(Reason(unknown))
        return ""
    return address


# --- Dates ------------------------------------------------------------------------------------------

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januari", "feb februari", "mrt maart", "apr april", "mei", "jun juni", "jul juli", "aug augustus",
            "sep sept september", "okt oktober", "nov november", "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_TIME = r"(?:[ t]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_DAY_FIRST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TIME}", re.ASCII)
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.ASCII)
_WRITTEN = re.compile(r"(\d{1,2})[ -]([a-z]+)\.?[ -](\d{4})", re.ASCII)
_DAY_NUMBER = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)


def parse_date(text: str) -> date | None:
    """A date in 25-04-2022, 25/04/2022, 25.04.2022, 2022-04-25, 25 april 2022 or a spreadsheet's day number.

    Day before month, never the other way round; a year has four digits. A day number counts only from 2000
    (36526) through 2099. Returns None when the text is no existing date.
    """
    text = clean(text).lower()
    try:
        if match := _DAY_FIRST.fullmatch(text):
            return date(int(match[4]), int(match[3]), int(match[1]))
        if match := _YEAR_FIRST.fullmatch(text):
            return date(int(match[1]), int(match[3]), int(match[4]))
        if (match := _WRITTEN.fullmatch(text)) and match[2] in _MONTHS:
            return date(int(match[3]), _MONTHS[match[2]], int(match[1]))
    except ValueError:
        return None
    if _DAY_NUMBER.fullmatch(text):
        day = SPREADSHEET_DAY_ZERO + timedelta(days=int(text[:5]))
        if EARLIEST_START <= day <= LATEST_DATE:
            return day
    return None


def _start(read: ReadRow, text: str, today: date) -> date | None:
    if not text:
        read.refusals.append(Reason("start_missing"))
        return None
    start = parse_date(text)
    if start is None:
        read.refusals.append(Reason("start_impossible"))
    elif start > today + MAX_AHEAD:
        read.refusals.append(Reason("start_too_late"))
    elif start < EARLIEST_START:
        read.refusals.append(Reason("start_too_early"))
    else:
        return start
    return None


def _optional_date(read: ReadRow, cells: dict[str, str], name: str, today: date) -> date | None:
    text = cells.get(name, "")
    if not text:
        return None
    day = parse_date(text)
    if day is None or not EARLIEST_START <= day <= today + MAX_AHEAD:
        read.warnings.append(Reason("unreadable", name))
        return None
    return day


# --- Numbers the portal must not hold ----------------------------------------------------------------


def _forbidden_number(cells: list[str], columns: Columns) -> Reason | None:
    for position, cell in enumerate(cells):
        if (position in columns.forbidden and cell.strip()) or holds_secret_number(cell):
            name = next((key for key, at in columns.positions.items() if at == position), "")
            if not name:
                return Reason("secret_number_elsewhere")
            return Reason("secret_number_phone" if name == "phone" else "secret_number", name)
    return None
