"""A file that somebody brings in: judged by its content, its name made plain, nothing in it run or followed."""

import io
import uuid
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.files import plain_file_name
from cases.caseload import reader
from cases.models import CaseloadImport

HEADINGS = b"Dossiernummer extern;Volledige naam;Wet;Start programma\n"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("caseload-2026.csv", "caseload-2026.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Sam\\lijst.xlsx", "lijst.xlsx"),
        ("lijst\u202exslx.exe.csv", "lijstxslx.exe.csv"),
        ("a\r\nSet-Cookie: x.csv", "aSet-Cookie: x.csv"),
        ("  .htaccess", "htaccess"),
        ("", "bestand"),
        ("\x00\x07", "bestand"),
        ("export bsn 111222333.csv", "bestand.csv"),
        ("V1234567890.xlsx", "bestand.xlsx"),
        ("x" * 300 + ".xlsx", "x" * 115 + ".xlsx"),
        ("قائمة.csv", "قائمة.csv"),
    ],
)
def test_a_name_is_made_plain(name, kept):
    assert plain_file_name(name) == kept


def upload(client, content, name="lijst.csv"):
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    return client.post(reverse("cases:upload_caseload"), {"file": file, "key": uuid.uuid4()})


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n\x00\x00", b"MZ\x90\x00\x03\x00", b"<html><script>alert(1)</script>", b"\n<?xml version='1.0'?><x/>"],
    ids=["pdf", "png", "exe", "html", "xml"],
)  # fmt: skip
def test_another_kind_of_file_is_refused_at_once_whatever_its_name(cast, sign_in, content):
    answer = upload(sign_in(cast.functioneel_beheerder), content)

    assert answer.status_code == 422
    assert "geen CSV- of XLSX-bestand" in answer.content.decode()
    assert not CaseloadImport.objects.exists()


@pytest.mark.parametrize("name", ["lijst.exe", "lijst.csv.html", "lijst.xlsm", "lijst"])
def test_another_ending_is_refused(cast, sign_in, name):
    assert upload(sign_in(cast.functioneel_beheerder), HEADINGS, name).status_code == 422
    assert not CaseloadImport.objects.exists()


def test_the_name_that_is_kept_is_plain_and_the_one_in_storage_tells_nothing(cast, sign_in):
    answer = upload(sign_in(cast.functioneel_beheerder), HEADINGS, "bsn 111222333.csv")

    run = CaseloadImport.objects.get()
    assert answer.status_code == 302
    assert run.file_name == "bestand.csv"
    assert "bsn" not in run.file.name
    assert run.file.name.startswith("caseloads/")


def workbook_with(part, text):
    """A workbook in which one part is replaced by `text`."""
    source = io.BytesIO()
    workbook = openpyxl.Workbook()
    workbook.active.append(["Dossiernummer extern", "Volledige naam"])
    workbook.save(source)
    made = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            new.writestr(entry.filename, text if entry.filename == part else old.read(entry))
    return made.getvalue()


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
@pytest.mark.parametrize(
    "doctype",
    [
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">',
        '<!ENTITY c SYSTEM "file:///etc/passwd">',
        '<!ENTITY c SYSTEM "http://127.0.0.1:9/x">',
    ],
    ids=["bomb", "file", "http"],
)
def test_entities_of_a_workbook_are_neither_read_nor_followed(part, doctype):
    cell = '<row><c t="inlineStr"><is><t>&c;</t></is></c></row>'
    text = f'<?xml version="1.0"?><!DOCTYPE x [{doctype}]><worksheet><sheetData>{cell}</sheetData></worksheet>'

    try:
        sheet = reader.read(workbook_with(part, text))
        found = [*sheet.headings, *(cell for row in sheet.rows for cell in row.cells)]
    except reader.UnreadableFile:
        found = []
    # Refused, or a part that holds no cells and was left aside.
    assert found in ([], ["Dossiernummer extern", "Volledige naam"])


def test_xml_is_read_by_what_knows_of_such_files():
    assert openpyxl.DEFUSEDXML
