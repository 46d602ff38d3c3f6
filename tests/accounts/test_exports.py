"""Cells of a download."""

import pytest

from accounts.exports import spreadsheet_safe


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("x")', "+31612345678", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1", "＝1"]
)
def test_spreadsheet_safe_disarms_formulas(text):
    assert spreadsheet_safe(text) == f"'{text}"


@pytest.mark.parametrize(("value", "text"), [("Rima", "Rima"), (12, "12"), (None, ""), ("", ""), ("a=b", "a=b")])
def test_spreadsheet_safe_leaves_the_rest(value, text):
    assert spreadsheet_safe(value) == text
