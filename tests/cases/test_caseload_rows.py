"""One raw row of a caseload to values, refusals and warnings."""

from collections import Counter
from datetime import date

import pytest

from cases.caseload.columns import match_headings
from cases.caseload.reader import RawRow, read
from cases.caseload.rows import (
    GROUPS,
    LANGUAGES,
    LAWS,
    LEERROUTES,
    MAX_LENGTHS,
    REASONS,
    Choices,
    Reason,
    clean,
    holds_secret_number,
    parse_date,
    read_row,
)
from cases.models import Case, Group, Language, Leerroute, LegalRegime, Statushouder
from tests.cases.caseload_files import BEGELEIDERS, KLANTMANAGERS, TODAY, as_csv, as_xlsx, example_rows, shuffled

CHOICES = Choices(
    klantmanagers=KLANTMANAGERS,
    begeleiders=BEGELEIDERS,
    municipalities=["Leiden", "Leiderdorp", "Oegstgeest", "Zoeterwoude"],
)
GOOD = {
    "Dossiernummer": "L2200001",
    "Roepnaam": "Rima",
    "Volledige naam": "Rima Haddad",
    "Taal": "Arabisch",
    "Tolk": "ja",
    "E-mail": "deelnemer1@post.example",
    "Telefoon": "06 00 00 00 00",
    "Wijk": "Mors",
    "Gemeente": "Leiden",
    "Wet": "Wi2021",
    "Groep": "asiel",
    "Start": "25-04-2022",
    "PIP": "22-06-2022",
    "Leerroute": "Z",
    "Klantmanager": "klantmanager4@leiden.example",
    "Begeleider": "begeleider5@vluchtelingenwerk.example",
}


def read_cells(extra_cells=(), **changes):
    """The good row with some cells changed (`e_mail="x"` is the column E-mail), read."""
    cells = dict(GOOD)
    for name, value in changes.items():
        heading = next(known for known in GOOD if known.lower().replace("-", "_").replace(" ", "_") == name)
        cells[heading] = value
    columns = match_headings(list(cells))
    return read_row(RawRow(7, [*cells.values(), *extra_cells]), columns, today=TODAY, choices=CHOICES)


def codes(reasons):
    return [str(reason) for reason in reasons]


def test_read_row_reads_every_field():
    read = read_cells()
    assert (read.number, read.refusals, read.warnings) == (7, [], [])
    assert read.values == {
        "external_number": "L2200001",
        "preferred_name": "Rima",
        "full_name": "Rima Haddad",
        "language": "ar",
        "needs_interpreter": True,
        "email": "deelnemer1@post.example",
        "phone": "06 00 00 00 00",
        "neighbourhood": "Mors",
        "municipality": "Leiden",
        "legal_regime": "wi2021",
        "group": "asielstatushouder",
        "programme_start": "2022-04-25",
        "pip_date": "2022-06-22",
        "leerroute": "z",
        "klantmanager": "klantmanager4@leiden.example",
        "maatschappelijk_begeleider": "begeleider5@vluchtelingenwerk.example",
    }


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"dossiernummer": " "}, "number_missing"),
        ({"dossiernummer": "x" * 41}, "too_long:external_number"),
        ({"roepnaam": "", "volledige_naam": "  "}, "name_missing"),
        ({"volledige_naam": "x" * 201}, "too_long:full_name"),
        ({"roepnaam": "x" * 81}, "too_long:preferred_name"),
        ({"wet": ""}, "law_missing"),
        ({"wet": "Wet 1998"}, "law_unknown"),
        ({"start": ""}, "start_missing"),
        ({"start": "31-02-2024"}, "start_impossible"),
        ({"start": "04/25/2022"}, "start_impossible"),
        ({"start": "25-04-22"}, "start_impossible"),
        ({"start": "binnenkort"}, "start_impossible"),
        ({"start": "01-01-2031"}, "start_too_late"),
        ({"start": "24-11-2027"}, "start_too_late"),
        ({"start": "31-12-1999"}, "start_too_early"),
    ],
)
def test_read_row_refuses(changes, refusal):
    read = read_cells(**changes)
    assert codes(read.refusals) == [refusal]


def test_read_row_takes_a_start_up_to_a_year_ahead():
    assert read_cells(start="23-11-2027").values["programme_start"] == "2027-11-23"


def test_read_row_refuses_more_cells_than_headings_but_not_empty_ones():
    assert codes(read_cells(["extra kolom"]).refusals) == ["too_many_cells"]
    (row,) = read(b"Dossiernummer;Naam;Wet;Start\nL1;Rima;Wi2021;25-04-2022;;\n").rows
    assert row.cells == ["L1", "Rima", "Wi2021", "25-04-2022"]


def test_read_row_names_every_refusal_of_a_row():
    assert codes(read_cells(wet="x", start="x").refusals) == ["law_unknown", "start_impossible"]


def test_read_row_takes_a_row_that_ends_early():
    columns = match_headings(["Dossiernummer", "Naam", "Wet", "Start", "Taal"])
    read = read_row(RawRow(2, ["L1", "Rima", "geen", "2022-04-25"]), columns, today=TODAY, choices=CHOICES)
    assert (read.refusals, read.warnings, read.values["language"]) == ([], [], "")


@pytest.mark.parametrize(
    ("changes", "field", "value", "warning"),
    [
        ({"klantmanager": "onbekend@leiden.example"}, "klantmanager", "", "klantmanager_unknown"),
        ({"klantmanager": BEGELEIDERS[0]}, "klantmanager", "", "klantmanager_unknown"),
        ({"begeleider": "x@y.example"}, "maatschappelijk_begeleider", "", "begeleider_unknown"),
        ({"e_mail": "geen email"}, "email", "", "email_malformed"),
        ({"tolk": "soms"}, "needs_interpreter", None, "unreadable:needs_interpreter"),
        ({"groep": "?!x"}, "group", "", "unreadable:group"),
        ({"leerroute": "C"}, "leerroute", "", "unreadable:leerroute"),
        ({"pip": "31-02-2024"}, "pip_date", None, "unreadable:pip_date"),
        ({"pip": "01-01-2031"}, "pip_date", None, "unreadable:pip_date"),
        ({"telefoon": "0" * 31}, "phone", "", "too_long_left_empty:phone"),
        ({"wijk": "x" * 81}, "neighbourhood", "", "too_long_left_empty:neighbourhood"),
        ({"taal": "Koerdisch"}, "language", "overig", "other_language"),
        ({"gemeente": "Utrecht"}, "municipality", "anders", "other_municipality"),
    ],
)
def test_read_row_warns_and_leaves_empty(changes, field, value, warning):
    read = read_cells(**changes)
    assert (codes(read.refusals), codes(read.warnings), read.values[field]) == ([], [warning], value)


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"klantmanager": " Klantmanager1@Leiden.example "}, "klantmanager", "klantmanager1@leiden.example"),
        ({"klantmanager": ""}, "klantmanager", ""),
        ({"e_mail": "mailto:a@b.example"}, "email", "a@b.example"),
        ({"wet": "wi 2021"}, "legal_regime", "wi2021"),
        ({"wet": "Wet inburgering 2013"}, "legal_regime", "wi2013"),
        ({"wet": "n.v.t."}, "legal_regime", "geen"),
        ({"groep": "Gezinsmigrant"}, "group", "gezinsmigrant"),
        ({"leerroute": "B1-route"}, "leerroute", "b1"),
        ({"leerroute": ""}, "leerroute", ""),
        ({"gemeente": "gemeente leiderdorp"}, "municipality", "Leiderdorp"),
        ({"taal": "koerdisch (kurmanci)"}, "language", "kmr"),
        ({"tolk": "Nee"}, "needs_interpreter", False),
        ({"volledige_naam": "  Omar   Haddad  "}, "full_name", "Omar Haddad"),
        ({"volledige_naam": "Rima Haddad أحمد الحسن"}, "full_name", "Rima Haddad أحمد الحسن"),
        ({"volledige_naam": "ሃበን ተክለ"}, "full_name", "ሃበን ተክለ"),
        ({"volledige_naam": '=HYPERLINK("http://evil.example";"Rima")'}, "full_name", '=HYPERLINK("http://evil.example";"Rima")'),
        ({"volledige_naam": ""}, "full_name", "Rima"),
        ({"roepnaam": ""}, "preferred_name", "Rima Haddad"),
    ],
)  # fmt: skip
def test_read_row_reads_sloppy_but_clear_cells(changes, field, value):
    read = read_cells(**changes)
    assert (read.refusals, read.warnings, read.values[field]) == ([], [], value)


def test_read_row_puts_a_name_in_parts_together():
    columns = match_headings(["Dossiernummer", "Voornaam", "Tussenvoegsel", "Achternaam", "Wet", "Start"])
    row = RawRow(2, ["L1", "Rima", "el", "Haddad", "Wi2021", "25-04-2022"])
    values = read_row(row, columns, today=TODAY, choices=CHOICES).values
    assert (values["preferred_name"], values["full_name"]) == ("Rima", "Rima el Haddad")


def test_clean_keeps_joiners_and_takes_out_what_turns_the_line():
    assert clean("\u202eداود\u200cی\u202c\x00\t Ali\n") == "داود\u200cی Ali"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("25-04-2022", date(2022, 4, 25)),
        ("25/04/2022", date(2022, 4, 25)),
        ("25.4.2022", date(2022, 4, 25)),
        ("2022-04-25", date(2022, 4, 25)),
        ("2022-04-25 00:00:00", date(2022, 4, 25)),
        ("2022-04-25T09:30", date(2022, 4, 25)),
        ("1 mrt 2022", date(2022, 3, 1)),
        ("25 April 2022", date(2022, 4, 25)),
        ("44676", date(2022, 4, 25)),
        ("44676.5", date(2022, 4, 25)),
        ("29-02-2024", date(2024, 2, 29)),
        ("29-02-2023", None),
        ("00-00-2022", None),
        ("25-04/2022", None),
        ("25-04-22", None),
        ("36525", None),
        ("73051", None),
        ("2022", None),
        ("٢٥-٠٤-٢٠٢٢", None),
        ("", None),
    ],
)
def test_parse_date(text, day):
    assert parse_date(text) == day


# 111222333 and 123456782 pass the elfproef and belong to nobody.
@pytest.mark.parametrize(
    "text",
    [
        "111222333", "bsn: 123456782", "BSN123456782", "1234.56.782", "123 456 782", "123-456-782",
        "naam (111222333) erbij", "١١١٢٢٢٣٣٣", "111\u200b222333", "V-nummer 1234567890", "v1234567890", "V 1234567890",
    ],
)  # fmt: skip
def test_holds_secret_number_finds_a_bsn_or_v_nummer(text):
    assert holds_secret_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "111222334", "000000000", "06 00 00 00 00", "0612345678", "+31 612345672", "+31612345672", "0031 6 12345672",
        "L2200001", "L123456782", "1112223330", "25-04-2022", "2022-04-25 00:00:00", "deelnemer123456782@post.example",
    ],
)  # fmt: skip
def test_holds_secret_number_leaves_other_numbers_alone(text):
    assert not holds_secret_number(text)


@pytest.mark.parametrize("column", ["dossiernummer", "volledige_naam", "wijk", "telefoon", "klantmanager"])
def test_read_row_refuses_a_bsn_in_any_column_and_keeps_nothing_of_the_row(column):
    read = read_cells(**{column: "123456782"})
    assert read.values == {}
    (reason,) = read.refusals
    assert "BSN" in reason.text
    assert not any(character.isdigit() for character in reason.text + str(reason))


def test_read_row_refuses_a_bsn_in_a_column_that_is_not_read_and_beyond_the_headings():
    headings = ["Dossiernummer", "Naam", "Wet", "Start", "Opmerking", "BSN"]
    columns = match_headings(headings)
    good = ["L1", "Rima", "Wi2021", "25-04-2022"]
    for cells in ([*good, "bsn 111222333"], [*good, "", "onbekend"], [*good, "", "", "111222333"]):
        read = read_row(RawRow(2, cells), columns, today=TODAY, choices=CHOICES)
        assert codes(read.refusals) == ["secret_number_elsewhere"]
    assert read_row(RawRow(2, good), columns, today=TODAY, choices=CHOICES).refusals == []


def test_every_reason_reads_as_a_sentence_and_survives_storage():
    for code, text in REASONS.items():
        reason = Reason(code, "phone" if "{field}" in str(text) else "")
        assert Reason.parse(str(reason)) == reason
        assert reason.text.endswith((".", "?"))
        assert "{" not in reason.text


def test_choices_and_lengths_are_those_of_the_dossier():
    assert set(LANGUAGES.values()) == set(Language.values)
    assert set(LAWS.values()) == set(LegalRegime.values)
    assert set(GROUPS.values()) == set(Group.values)
    assert set(LEERROUTES.values()) - {""} == set(Leerroute.values) - {Leerroute.ONBEKEND}
    for name, length in MAX_LENGTHS.items():
        model = Case if name == "external_number" else Statushouder
        assert model._meta.get_field(name).max_length == length


def read_file(data):
    sheet = read(data)
    columns = match_headings(sheet.headings)
    return [read_row(row, columns, today=TODAY, choices=CHOICES) for row in sheet.rows]


def test_the_example_gives_the_counts_it_was_made_with():
    rows = read_file(as_csv(example_rows()))
    assert len(rows) == 241
    refusals = Counter(str(reason) for row in rows for reason in row.refusals)
    assert refusals == {
        "name_missing": 1, "too_many_cells": 2, "start_impossible": 4, "start_too_late": 4, "law_unknown": 1,
    }  # fmt: skip
    warnings = Counter(str(reason) for row in rows for reason in row.warnings)
    assert warnings == {"email_malformed": 2, "klantmanager_unknown": 1}
    numbers = Counter(row.values["external_number"] for row in rows if not row.refused)
    assert (len(numbers), sum(numbers.values())) == (228, 229)


@pytest.mark.parametrize(
    "variant",
    [
        lambda rows: as_csv(rows, separator=",", encoding="utf-8"),
        lambda rows: as_csv(rows, separator="\t", encoding="utf-16"),
        lambda rows: as_csv(shuffled(rows), separator=","),
        as_xlsx,
        lambda rows: as_xlsx(shuffled(rows), dates=False),
    ],
    ids=["comma", "tab", "shuffled", "xlsx", "xlsx-text-shuffled"],
)
def test_the_example_in_other_dress_reads_the_same(variant):
    rows = example_rows()
    assert read_file(variant(rows)) == read_file(as_csv(rows))


def test_the_example_in_windows_1252_reads_the_same_but_for_letters_it_cannot_hold():
    rows = example_rows()
    found = read_file(as_csv(shuffled(rows), separator=",", encoding="cp1252"))
    wanted = read_file(as_csv(rows))
    assert [(row.number, row.refusals, row.warnings) for row in found] == [
        (row.number, row.refusals, row.warnings) for row in wanted
    ]
    assert [row.values["language"] for row in found] == [row.values["language"] for row in wanted]
