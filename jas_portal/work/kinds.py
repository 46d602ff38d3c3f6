"""The sorts of jobs: who may ask for one, which rows it goes along, what a batch makes, how the whole is put together.

What a batch reads begins at `visible_to` or `held_by` of who asked, in the role in which it was asked.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from accounts.exports import spreadsheet_safe
from accounts.roles import Role
from accounts.zones import Zone
from cases import exports
from cases.services.programme import recalculate, to_recalculate

#: What a part of a list is kept as until the whole is made.
_JSON = "rows.json"


@dataclass(frozen=True)
class Made:
    """What a batch made: parts of the result as (name, bytes), and how many rows had nothing to make."""

    parts: list
    left_out: int = 0


@dataclass(frozen=True)
class Kind:
    """One sort of job.

    `rows(user, parameters)` is the queryset it goes along, by id; `make(user, rows, parameters)` does one batch and
    returns `Made`; `join(parts, target, parameters)` writes the result from (name, open file) pairs, "" when there is no
    result but the work itself.
    """

    name: str
    label: str
    explains: str
    button: str
    roles: tuple[Role, ...]
    zone: Zone
    rows: Callable
    make: Callable
    batch: int
    unit: str
    file_name: str = ""
    content_type: str = ""
    join: Callable | None = None
    #: Whether the file holds a document of each dossier: then each of them gets a line in the read log.
    is_of_each: bool = False


# --- Plans as PDF ----------------------------------------------------------------------------------------


def _make_plans(user, cases, parameters):
    made = [exports.plan_file(case, user) for case in cases]
    return Made([found for found in made if found], left_out=sum(1 for found in made if not found))


def _zip(parts, target, parameters):
    # A PDF is compressed already.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, file in parts:
            with archive.open(name, "w") as entry:
                while chunk := file.read(256 * 1024):
                    entry.write(chunk)


# --- The list of dossiers ------------------------------------------------------------------------------------


def _make_rows(user, cases, parameters):
    rows = exports.case_rows(cases, user)
    return Made([(_JSON, json.dumps(rows).encode())])


def _rows_of(parts):
    for _name, file in parts:
        yield from json.load(file)


def _csv(parts, target, parameters):
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";")
    writer.writerow(exports.case_headings())
    for row in _rows_of(parts):
        writer.writerow([spreadsheet_safe(cell) for cell in row])
    text.detach()


def _xlsx(parts, target, parameters):
    book = Workbook(write_only=True)
    sheet = book.create_sheet(str(_("Dossiers")))
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    headings = [WriteOnlyCell(sheet, value=str(heading)) for heading in exports.case_headings()]
    for cell in headings:
        cell.font = bold
    sheet.append(headings)
    for row in _rows_of(parts):
        sheet.append([spreadsheet_safe(cell) for cell in row])
    book.save(target)


# --- Recalculation ---------------------------------------------------------------------------------------------


def _recalculate(user, cases, parameters):
    changed = recalculate(cases=cases, by=user)
    return Made([], left_out=len(cases) - changed)


LIST_ROLES = (Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER, Role.DOCENT)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "plannen",
            label=gettext_lazy("Plannen van Aanpak als PDF"),
            explains=gettext_lazy(
                "U krijgt één ZIP-bestand met het Plan van Aanpak van elk van uw dossiers: de laatste vastgestelde versie, "
                "of het concept als er nog niets is vastgesteld."
            ),
            button=gettext_lazy("Maak de PDF's"),
            roles=(Role.KLANTMANAGER,),
            zone=Zone.BENEFIT,
            rows=exports.cases_with_plan,
            make=_make_plans,
            batch=5,
            unit=gettext_lazy("plannen"),
            file_name="plannen-van-aanpak.zip",
            content_type="application/zip",
            join=_zip,
            is_of_each=True,
        ),
        Kind(
            "dossiers-xlsx",
            label=gettext_lazy("Dossierlijst voor Excel"),
            explains=gettext_lazy("U krijgt uw lijst met dossiers als spreadsheet, zoals u haar nu heeft gefilterd."),
            button=gettext_lazy("Maak de lijst"),
            roles=LIST_ROLES,
            zone=Zone.PROGRAMME,
            rows=exports.listed_cases,
            make=_make_rows,
            batch=500,
            unit=gettext_lazy("dossiers"),
            file_name="dossiers.xlsx",
            content_type=_XLSX,
            join=_xlsx,
        ),
        Kind(
            "dossiers-csv",
            label=gettext_lazy("Dossierlijst als CSV"),
            explains=gettext_lazy("U krijgt uw lijst met dossiers als CSV-bestand, zoals u haar nu heeft gefilterd."),
            button=gettext_lazy("Maak de lijst"),
            roles=LIST_ROLES,
            zone=Zone.PROGRAMME,
            rows=exports.listed_cases,
            make=_make_rows,
            batch=500,
            unit=gettext_lazy("dossiers"),
            file_name="dossiers.csv",
            content_type="text/csv",
            join=_csv,
        ),
        Kind(
            "herberekenen",
            label=gettext_lazy("Lopende dossiers herberekenen"),
            explains=gettext_lazy(
                "Lopende dossiers houden de instellingen van toen ze werden geopend. Hiermee gaan ze over op de versie die "
                "nu geldt, en wordt hun doeldatum opnieuw berekend. Een doeldatum die later is gezet, blijft staan. In elk "
                "dossier komt een regel in de tijdlijn."
            ),
            button=gettext_lazy("Herbereken nu"),
            roles=(Role.FUNCTIONEEL_BEHEERDER,),
            zone=Zone.PROGRAMME,
            rows=to_recalculate,
            make=_recalculate,
            batch=100,
            unit=gettext_lazy("dossiers"),
        ),
    )
}


def of_role(role):
    """The sorts that this role may ask for."""
    return [kind for kind in KINDS.values() if role in kind.roles]
