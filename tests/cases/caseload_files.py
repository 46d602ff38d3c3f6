"""Caseload files for the tests: the example as it is, and as other municipalities would write it."""

import csv
import io
import random
from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook

EXAMPLE = Path(__file__).parent.parent / "data" / "caseload-2026.csv"
#: The day on which the example was written; "over a year ahead" is judged from here.
TODAY = date(2026, 11, 23)

KLANTMANAGERS = [f"klantmanager{n}@leiden.example" for n in range(1, 5)]
BEGELEIDERS = [f"begeleider{n}@vluchtelingenwerk.example" for n in range(1, 6)]


def example_rows() -> list[list[str]]:
    with EXAMPLE.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.reader(handle, delimiter=";"))


def as_csv(rows, *, separator=";", encoding="utf-8-sig") -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator).writerows(rows)
    return stream.getvalue().encode(encoding, errors="replace")


def shuffled(rows, seed=3) -> list[list[str]]:
    """The columns in another order; a cell too many stays a cell too many."""
    order = list(range(len(rows[0])))
    random.Random(seed).shuffle(order)
    return [[row[i] for i in order] + row[len(order) :] for row in rows]


def as_xlsx(rows, *, dates=True) -> bytes:
    """A workbook; with `dates` what is a date in the list is a real date cell."""
    workbook = Workbook()
    sheet = workbook.active
    for row in rows:
        sheet.append([_date_or_text(cell) if dates else cell for cell in row])
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _date_or_text(cell):
    try:
        return datetime.strptime(cell, "%d-%m-%Y")
    except ValueError:
        return cell
