"""Bytes of a caseload file to numbered rows of text."""

import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from cases.caseload import reader
from cases.caseload.reader import UnreadableFile, read
from tests.cases.caseload_files import as_csv, as_xlsx, example_rows

HEADINGS = ["Dossiernummer", "Naam", "Wet", "Start"]
ROW = ["L1", "Rima Haddad", "Wi2021", "25-04-2022"]


def cells(data):
    return [row.cells for row in read(data).rows]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_read_finds_separator_and_encoding(separator, encoding):
    row = ["L1", f"Ayşe{separator} de Vries" if encoding != "cp1252" else f"Zoë{separator} Müller", "Wi2021", "x"]
    sheet = read(as_csv([HEADINGS, row], separator=separator, encoding=encoding))
    assert sheet.headings == HEADINGS
    assert [(found.number, found.cells) for found in sheet.rows] == [(2, row)]


def test_read_ignores_separators_inside_quotation_marks_of_the_heading_line():
    data = b'"Naam, voornaam, tussen";Wet;Start\r\nx;y;z\r\n'
    assert read(data).headings == ["Naam, voornaam, tussen", "Wet", "Start"]


def test_read_follows_the_separator_line_that_spreadsheets_write():
    sheet = read(b"sep=,\r\nNaam,Wet\r\nRima,Wi2021\r\n")
    assert sheet.headings == ["Naam", "Wet"]
    assert [(row.number, row.cells) for row in sheet.rows] == [(2, ["Rima", "Wi2021"])]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_read_takes_every_line_end(newline):
    assert cells(newline.join([b"Naam;Wet", b"Rima;Wi2021", b"Omar;Wi2013"])) == [
        ["Rima", "Wi2021"],
        ["Omar", "Wi2013"],
    ]


def test_read_numbers_rows_as_a_spreadsheet_does_and_skips_empty_ones():
    data = b'Naam;Wet\r\n;;\r\n"Rima\nHaddad";Wi2021\r\n\r\n  ; \r\nOmar;Wi2013;;;\r\n;;;\r\n'
    assert [(row.number, row.cells) for row in read(data).rows] == [
        (3, ["Rima\nHaddad", "Wi2021"]),
        (6, ["Omar", "Wi2013"]),
    ]


def test_read_marks_a_row_in_which_a_quotation_mark_was_never_closed():
    lines = [b"Naam;Wet", b'"Rima;Wi2021', *[b"Omar;Wi2013"] * 10]
    (row,) = read(b"\n".join(lines)).rows
    assert (row.number, row.broken) == (2, True)


def test_read_names_the_row_where_a_cell_has_no_end(settings):
    data = b'Naam;Wet\nRima;Wi2021\n"' + b"x" * 200_000
    with pytest.raises(UnreadableFile, match=r"^Rij 3 is niet te lezen: .*aanhalingsteken"):
        cells(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "Het bestand is leeg"),
        (b"\xef\xbb\xbf \r\n", "Het bestand is leeg"),
        (b";;\r\n;;\r\n", "Het bestand is leeg"),
        (b"\xd0\xcf\x11\xe0rest", r"oud Excel-bestand \(\.xls\)"),
        (b"\x89PNG\r\n\x00\x00", "geen CSV- of XLSX-bestand"),
        (b"Naam;Wet\r\n\x81\x8d", "niet te lezen"),
        (b"PK\x03\x04 en dan niets", "beschadigd"),
        (b"x" * (reader.MAX_BYTES + 1), "groter dan 10 MB"),
        (b";".join([b"k"] * 201), "meer dan 200 kolommen"),
    ],
)
def test_read_refuses_what_it_cannot_read(data, message):
    with pytest.raises(UnreadableFile, match=message):
        cells(data)


def test_read_stops_at_the_row_limit():
    line = b"Rima;Wi2021\r\n"
    assert len(cells(b"Naam;Wet\r\n" + line * reader.MAX_ROWS + b";;\r\n" * 5)) == reader.MAX_ROWS
    with pytest.raises(UnreadableFile, match=r"meer dan 25\.000 rijen"):
        cells(b"Naam;Wet\r\n" + line * (reader.MAX_ROWS + 1))


def workbook(*rows, hidden_first=False):
    book = Workbook()
    sheet = book.active
    if hidden_first:
        sheet.sheet_state = "hidden"
        sheet.append(["verborgen"])
        sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_read_xlsx_gives_the_text_that_a_csv_would_hold():
    data = workbook(
        ["Nummer", "Start", "Tolk", "Formule", "Tijd"],
        [2200001, date(2022, 4, 25), True, '=HYPERLINK("http://evil.example";"Emre")', datetime(2022, 4, 25, 9, 30)],
        [None, None, None],
        [1.5, "25-04-2022", False, None, None],
    )
    sheet = read(data)
    assert sheet.headings == ["Nummer", "Start", "Tolk", "Formule", "Tijd"]
    assert [(row.number, row.cells) for row in sheet.rows] == [
        (2, ["2200001", "2022-04-25", "ja", '=HYPERLINK("http://evil.example";"Emre")', "2022-04-25 09:30:00"]),
        (4, ["1.5", "25-04-2022", "nee"]),
    ]


def test_read_xlsx_takes_the_first_visible_sheet():
    assert cells(workbook(["Naam"], ["Rima"], hidden_first=True)) == [["Rima"]]


def test_read_xlsx_reads_merged_cells_once():
    book = Workbook()
    book.active.append(["Naam", "Wet"])
    book.active.append(["Rima", "Wi2021"])
    book.active["A3"] = "Toelichting"
    book.active.merge_cells("A3:B4")
    stream = io.BytesIO()
    book.save(stream)
    assert cells(stream.getvalue()) == [["Rima", "Wi2021"], ["Toelichting"]]


def test_read_xlsx_equals_the_csv_of_the_same_list():
    rows = example_rows()
    assert cells(as_xlsx(rows, dates=False)) == cells(as_csv(rows))


def test_read_refuses_a_zip_that_is_no_workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("caseload.csv", "Naam;Wet")
    with pytest.raises(UnreadableFile, match="maar geen XLSX"):
        cells(stream.getvalue())


def test_read_refuses_a_zip_bomb_without_unpacking_it():
    stream = io.BytesIO(workbook(["Naam"], ["Rima"]))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/bomb.xml", "w") as part:
        for _ in range(130):
            part.write(b"0" * 1024 * 1024)
    assert len(stream.getvalue()) < reader.MAX_BYTES
    with pytest.raises(UnreadableFile, match="uitgepakt te groot"):
        cells(stream.getvalue())


def with_sheet(xml):
    """A workbook whose sheet is this XML, whatever a spreadsheet program would think of it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(["Naam"]))) as source, zipfile.ZipFile(stream, "w") as target:
        for part in source.infolist():
            content = xml if part.filename == "xl/worksheets/sheet1.xml" else source.read(part)
            target.writestr(part.filename, content)
    return stream.getvalue()


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/>'
    "<sheetData>{}</sheetData></worksheet>"
)


def test_read_xlsx_is_not_misled_by_the_size_a_sheet_claims():
    row = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>{1}</t></is></c></row>'
    data = with_sheet(SHEET.format(row.format(1, "Naam") + row.format(70_000, "Rima")))
    assert [(found.number, found.cells) for found in read(data).rows] == [(70_000, ["Rima"])]


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Naam</t></is></c></row><row r="999999999999"><c r="A2"/></row>',
        '<row r="1"><c r="A1" t="s"><v>99</v></c></row>',
        '<row r="1"><c r="A1"',
    ],
)
def test_read_refuses_a_damaged_workbook(rows):
    with pytest.raises(UnreadableFile, match="beschadigd"):
        cells(with_sheet(SHEET.format(rows)))


def test_read_xlsx_resolves_no_entities():
    doctype = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>Naam &a;</t></is></c></row>'
    with pytest.raises(UnreadableFile, match="beschadigd"):
        cells(with_sheet(doctype + SHEET.format(row)))
