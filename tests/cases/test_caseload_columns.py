"""Headings of a caseload file to fields."""

import pytest

from cases.caseload.columns import FIELDS, REQUIRED, match_headings, plain_heading
from cases.caseload.reader import UnreadableFile
from tests.cases.caseload_files import example_rows

MINIMUM = ["Dossiernummer", "Naam", "Wet", "Start"]


def test_match_headings_knows_every_column_of_the_example():
    columns = match_headings(example_rows()[0])
    assert columns.positions == {
        "external_number": 0, "preferred_name": 1, "full_name": 2, "language": 3, "needs_interpreter": 4, "email": 5,
        "phone": 6, "neighbourhood": 7, "municipality": 8, "legal_regime": 9, "group": 10, "programme_start": 11,
        "pip_date": 12, "leerroute": 13, "klantmanager": 14, "maatschappelijk_begeleider": 15,
    }  # fmt: skip
    assert (columns.ignored, columns.forbidden, columns.count) == ((), frozenset(), 16)


def test_match_headings_looks_past_case_accents_spaces_signs_and_explanations():
    columns = match_headings(["  CLIENTNR. ", "naam_deelnemer*", "Wet (Wi2013/Wi2021)", "START  PROGRAMMA [dd-mm]"])
    assert columns.positions == {"external_number": 0, "full_name": 1, "legal_regime": 2, "programme_start": 3}


def test_match_headings_lists_what_it_does_not_read():
    columns = match_headings([*MINIMUM, "Schoenmaat", "", "Opmerkingen"])
    assert columns.ignored == ("Schoenmaat", "Opmerkingen")
    assert columns.count == 7


def test_match_headings_prefers_the_clearest_of_two_columns_for_one_field():
    columns = match_headings([*MINIMUM, "Mobiel", "Telefoon"])
    assert columns.positions["phone"] == 5
    assert columns.ignored == ("Mobiel",)


def test_match_headings_points_at_columns_for_numbers_the_portal_does_not_keep():
    columns = match_headings([*MINIMUM, "BSN", "V-nummer"])
    assert columns.forbidden == {4, 5}
    assert columns.ignored == ()


@pytest.mark.parametrize("names", [["Roepnaam"], ["Achternaam"], ["Voornaam", "Tussenvoegsel", "Achternaam"]])
def test_match_headings_takes_a_name_in_parts(names):
    assert match_headings(["Dossiernummer", "Wet", "Start", *names]).ignored == ()


def test_match_headings_names_what_is_missing():
    with pytest.raises(UnreadableFile, match="ontbreekt een kolom: Extern dossiernummer, Wet, Start programma"):
        match_headings(["Voornaam", "Achternaam", "Taal"])
    with pytest.raises(UnreadableFile, match="ontbreekt een kolom: Volledige naam"):
        match_headings(["Dossiernummer", "Voornaam", "Wet", "Start"])


def test_match_headings_does_not_repeat_a_first_row_of_data():
    with pytest.raises(UnreadableFile) as refused:
        match_headings(["L2200001", "Rima Haddad", "Wi2021", "25-04-2022"])
    assert "Rima" not in str(refused.value)


def test_match_headings_refuses_the_same_column_twice():
    with pytest.raises(UnreadableFile, match="twee keer in het bestand: E-MAIL"):
        match_headings([*MINIMUM, "e-mail", "E-MAIL"])


def test_every_heading_means_one_field_only():
    names = [plain_heading(name) for field in FIELDS for name in field.headings]
    assert sorted(names) == sorted(set(names))
    assert set(REQUIRED) <= {field.key for field in FIELDS}
