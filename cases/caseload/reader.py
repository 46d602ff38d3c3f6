"""Bytes of a caseload file to headings and numbered rows of text: CSV in its Dutch varieties, and XLSX.

A row carries the number that a spreadsheet shows for it (the headings stand in row 1). Every cell becomes text;
formulas are text too and are never evaluated.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils.translation import gettext as _
from openpyxl import load_workbook

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 25_000
MAX_COLUMNS = 200
# An XLSX is a zip: this much may come out of it. 25,000 ordinary rows take some 30 MB.
MAX_UNZIPPED_BYTES = 120 * 1024 * 1024
# The last row of a spreadsheet program; a file that claims more was not made by one.
MAX_SHEET_ROWS = 1_048_576
# Longer cells, or cells of more lines, come from a quotation mark that was never closed.
MAX_CELL_LENGTH = 2_000
MAX_CELL_LINES = 4

SEPARATORS = (";", ",", "\t")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_ZIP_MARK = b"PK\x03\x04"
_OLD_OFFICE_MARK = b"\xd0\xcf\x11\xe0"


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message is one Dutch sentence or two, without personal data."""


@dataclass(frozen=True)
class RawRow:
    """One row as it stands in the file. `broken` says that a quotation mark swallowed what follows."""

    number: int
    cells: list[str]
    broken: bool = False


@dataclass(frozen=True)
class Sheet:
    """The headings, and the rows below them that hold anything, read while they are asked for.

    `expected` is about how many rows there will be, for a progress bar only.
    """

    headings: list[str]
    rows: Iterator[RawRow]
    expected: int


def read(data: bytes) -> Sheet:
    """Recognise the file by its content (never by its name) and return its `Sheet`.

    Raises `UnreadableFile` here or, for what only shows further down, while the rows are asked for.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFile(too_large_message())
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise UnreadableFile(_("Het bestand is leeg."))
    if data.startswith(_ZIP_MARK):
        expected, rows = _xlsx_rows(data)
    elif data.startswith(_OLD_OFFICE_MARK):
        raise UnreadableFile(
            _(
                "Dit is een oud Excel-bestand (.xls) of een bestand met een wachtwoord. "
                "Sla het op als .xlsx of CSV, zonder wachtwoord, en probeer het opnieuw."
            )
        )
    else:
        text = _decode(data)
        expected, rows = text.count("\n"), _csv_rows(text)
    return _with_headings(rows, expected)


def refuse_at_sight(head: bytes) -> None:
    """Raise `UnreadableFile` when the first bytes of a file say already that it is no list, whatever its name says."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    is_text = head.startswith(_UTF16_MARKS) or b"\x00" not in head
    if head.startswith((_ZIP_MARK, _OLD_OFFICE_MARK)):
        return  # reading says which, and why not
    if not is_text or start.startswith((b"%pdf-", b"{\\rtf", b"<!doctype", b"<html", b"<?xml", b"<script", b"<svg")):
        raise UnreadableFile(_("Dit is geen CSV- of XLSX-bestand. Sla de lijst op als CSV of XLSX."))


def too_large_message() -> str:
    """The refusal of a file over `MAX_BYTES`."""
    return _(
        "Het bestand is groter dan {megabytes} MB. Verdeel het over meer bestanden en lees ze na elkaar in."
    ).format(megabytes=MAX_BYTES // (1024 * 1024))


def _with_headings(rows: Iterator[RawRow], expected: int) -> Sheet:
    """Take the first row with content as the headings; leave out the rows without."""
    for row in rows:
        headings = _without_empty_end(row.cells)
        if headings:
            break
    else:
        raise UnreadableFile(_("Het bestand is leeg."))
    if len(headings) > MAX_COLUMNS:
        raise UnreadableFile(
            _("Het bestand heeft meer dan {count} kolommen. Is dit het goede bestand?").format(count=MAX_COLUMNS)
        )
    return Sheet(
        headings=[heading.strip() for heading in headings],
        rows=_filled_rows(rows),
        expected=max(1, min(expected, MAX_ROWS)),
    )


def _filled_rows(rows: Iterator[RawRow]) -> Iterator[RawRow]:
    count = 0
    for row in rows:
        cells = _without_empty_end(row.cells)
        if not cells:
            continue
        count += 1
        if count > MAX_ROWS:
            raise UnreadableFile(
                _(
                    "Het bestand heeft meer dan {count} rijen. "
                    "Verdeel het over meer bestanden en lees ze na elkaar in."
                ).format(count=f"{MAX_ROWS:,}".replace(",", "."))
            )
        yield RawRow(number=row.number, cells=cells, broken=row.broken or any(_is_swallowed(cell) for cell in cells))


def _without_empty_end(cells: list[str]) -> list[str]:
    """Cells up to the last one with content: a separator too many at the end of a line holds nothing."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _is_swallowed(cell: str) -> bool:
    return len(cell) > MAX_CELL_LENGTH or cell.count("\n") >= MAX_CELL_LINES


# --- CSV ------------------------------------------------------------------------------------------


def _decode(data: bytes) -> str:
    """UTF-8 with or without byte order mark, UTF-16 with one ("Unicode-tekst"), else Windows-1252."""
    if data.startswith(_UTF16_MARKS):
        encodings = ("utf-16",)
    elif b"\x00" in data:
        raise UnreadableFile(_("Dit is geen CSV- of XLSX-bestand. Sla de lijst op als CSV of XLSX."))
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(
        _("De letters in dit bestand zijn niet te lezen. Sla het op als 'CSV UTF-8' of XLSX en probeer het opnieuw.")
    )


def _csv_rows(text: str) -> Iterator[RawRow]:
    stream = io.StringIO(text, newline="")
    separator = None
    first = text[: text.find("\n") + 1] or text
    if said := re.fullmatch(r"\"?sep=([;,\t])\"?\s*", first.strip("\ufeff"), re.IGNORECASE):
        # A line for Excel that Excel itself does not show: the headings stand in row 1 all the same.
        separator = said[1]
        stream.readline()
    if separator is None:
        separator = _separator_of(text.lstrip("\r\n \ufeff"))
    reader = csv.reader(stream, delimiter=separator)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise UnreadableFile(
                _("Rij {row} is niet te lezen: waarschijnlijk is een aanhalingsteken niet gesloten.").format(
                    row=number
                )
            ) from None
        yield RawRow(number=number, cells=cells)


def _separator_of(text: str) -> str:
    """The separator that the heading line uses most, outside quotation marks; a semicolon when it uses none."""
    counts = dict.fromkeys(SEPARATORS, 0)
    quoted = False
    for character in text[:100_000]:
        if character == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif character in "\r\n":
            break
        elif character in counts:
            counts[character] += 1
    return max(SEPARATORS, key=lambda separator: counts[separator])


# --- XLSX -----------------------------------------------------------------------------------------


def _xlsx_rows(data: bytes) -> tuple[int, Iterator[RawRow]]:
    """The size that the first visible sheet claims, and its rows."""
    _refuse_zip_bomb(data)
    try:
        # Formulas come as their text (`data_only=False`); links to other workbooks are not followed.
        workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
        sheet = sheets[0]
        expected = sheet.max_row or 1
    except Exception:
        # The library answers a damaged workbook with whatever it stumbles over first.
        raise UnreadableFile(_damaged_workbook_message()) from None
    return expected, _sheet_rows(sheet)


def _sheet_rows(sheet) -> Iterator[RawRow]:
    # What the file says of its own size may be a lie; read what is there.
    sheet.reset_dimensions()
    try:
        for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
            if number > MAX_SHEET_ROWS or len(values) > 16_384:
                raise UnreadableFile(_damaged_workbook_message())
            yield RawRow(number=number, cells=[_text_of(value) for value in values])
    except UnreadableFile:
        raise
    except Exception:
        raise UnreadableFile(_damaged_workbook_message()) from None


def _refuse_zip_bomb(data: bytes) -> None:
    """Judge by the sizes the archive declares: reading stops there, whatever is packed behind them."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise UnreadableFile(_damaged_workbook_message()) from None
    if not any(part.filename == "xl/workbook.xml" or part.filename == "[Content_Types].xml" for part in parts):
        raise UnreadableFile(
            _("Dit is een ingepakt bestand, maar geen XLSX. Sla de lijst op als CSV of XLSX en probeer het opnieuw.")
        )
    if any(part.flag_bits & 0x1 for part in parts):
        raise UnreadableFile(_("Dit bestand heeft een wachtwoord. Sla het op zonder wachtwoord."))
    if len(parts) > 2_000 or sum(part.file_size for part in parts) > MAX_UNZIPPED_BYTES:
        raise UnreadableFile(
            _("Het Excel-bestand is uitgepakt te groot. Kopieer de rijen naar een nieuw bestand en sla dat op.")
        )


def _damaged_workbook_message() -> str:
    return _("Het Excel-bestand is beschadigd. Open het, sla het opnieuw op als .xlsx of CSV en probeer het nog eens.")


def _text_of(value) -> str:
    """A cell's value as the text that a CSV of the same list would hold."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    # An array formula is an object that keeps its text.
    return str(getattr(value, "text", value) or "")
