"""The documents say what is there: words on the screen, models, settings, files and commands."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands

from accounts.personas import PERSONAS

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "notifications", "privacy", "cases", "mentoring", "inburgering")
HANDBOOK = sorted((ROOT / "docs" / "handboek").glob("*.md"))
ON_SCREEN = "\n".join(
    path.read_text()
    for folder in ("templates", *APPS, "jas_portal")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".html", ".py")
)


@pytest.mark.parametrize("path", HANDBOOK, ids=lambda path: path.name)
def test_the_handbook_names_buttons_as_they_stand_on_screen(path):
    # Bold with a full stop opens a paragraph; any other bold is a word on the screen, "…" what differs each time.
    bold = {" ".join(words.split()) for words in re.findall(r"\*\*([^*]+)\*\*", path.read_text())}
    screen = {part.strip() for words in bold if not words.endswith(".") for part in words.split("…")}
    assert {words for words in screen if words not in ON_SCREEN} == set()


def test_the_handbook_lists_its_pages():
    linked = set(re.findall(r"\(([a-z-]+\.md)\)", (ROOT / "docs/handboek/README.md").read_text()))
    assert linked == {path.name for path in HANDBOOK} - {"README.md"}


def test_the_glossary_knows_every_model_and_no_other():
    named = set(re.findall(r"`(?:\w+\.)?([A-Z][A-Za-z]+)", (ROOT / "docs/begrippen.md").read_text()))
    assert named == {
        model.__name__ for app in (*APPS, "jas_portal") for model in apps.get_app_config(app).get_models()
    }


def test_production_names_settings_and_commands_that_are_there():
    text = (ROOT / "docs/production.md").read_text()
    known = (ROOT / ".env.example").read_text() + (ROOT / "jas_portal/environment.py").read_text()
    settings = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)\b", text))
    assert {name for name in settings if name not in known} == set()
    commands = set(re.findall(r"manage\.py (\w+)", text))
    assert "invite_beheerder" in commands
    assert commands <= set(get_commands())


def test_the_readme_fits_two_screens_and_knows_the_personas():
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 90
    assert re.findall(r"^\| `(\S+@demo\.example)`", text, re.MULTILINE) == [person.email for person in PERSONAS]


@pytest.mark.parametrize("path", ["README.md", *(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))])
def test_links_and_named_files_are_there(path):
    text = (ROOT / path).read_text()
    links = [
        (ROOT / path).parent / link for link in re.findall(r"\]\(([^)#\s]+)\)", text) if not link.startswith("http")
    ]
    named = [
        ROOT / name for name in re.findall(r"`((?:tests|docs|bench|script|cases|mentoring|accounts)/[\w./-]+)`", text)
    ]
    assert [str(file) for file in links + named if not file.exists()] == []
