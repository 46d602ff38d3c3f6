"""The house holds itself up: import directions, file kinds, zones, marked views, names."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.roles import Role
from accounts.zones import READS, WRITES, Zone

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "notifications", "privacy", "cases", "mentoring", "inburgering")

#: Whom each package may import (style: downwards only; mentoring and inburgering never each other).
MAY_IMPORT = {
    "accounts": set(),
    "notifications": {"accounts"},
    "privacy": {"accounts"},
    "cases": {"accounts", "notifications", "privacy"},
    "mentoring": {"accounts", "notifications", "privacy", "cases"},
    "inburgering": {"accounts", "notifications", "privacy", "cases"},
    "jas_portal": {"accounts", "notifications", "privacy", "cases", "mentoring", "inburgering"},
}

#: Models without personal data; every other model names a zone.
WITHOUT_PERSONAL_DATA = {
    "accounts.Organisation",
    "cases.CaseNumber",
    "cases.PrivacyNotice",
    "cases.ProgrammeSettings",
    "inburgering.Institute",
    "inburgering.Startgroep",
    "inburgering.StartgroepSession",
    "jas_portal.PeriodicJob",
    "jas_portal.PeriodicRun",
    "privacy.Seal",
}


def sources(package):
    """(path, syntax tree) of every module of a package, migrations left out."""
    for path in sorted((ROOT / package).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, ast.parse(path.read_text())


def imported(tree):
    """Dotted names that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_packages_import_downwards_only(package):
    allowed = MAY_IMPORT[package] | {package}
    upward = {
        f"{path.relative_to(ROOT)}: {name}"
        for path, tree in sources(package)
        for name in imported(tree)
        if name.split(".")[0] in MAY_IMPORT and name.split(".")[0] not in allowed
    }
    assert upward == set()


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_stand_at_the_top_of_the_file(package):
    inside = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in sources(package)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert inside == set()


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_modules_open_with_a_sentence(package):
    silent = {
        str(path.relative_to(ROOT)) for path, tree in sources(package) if tree.body and not ast.get_docstring(tree)
    }
    assert silent == set()


def kind_of(path):
    """The kind of file a module is: its name, or that of the folder that stands for it."""
    return next(
        (part for part in (path.stem, *path.parts[::-1]) if part in ("rules", "services", "overviews", "tasks")), ""
    )


@pytest.mark.parametrize("package", APPS)
def test_rules_know_no_database_and_services_no_request_and_no_tasks(package):
    forbidden = {
        "rules": ("django.db", "django.http", "django.utils.timezone"),
        "services": ("django.http", "django.shortcuts", "django.template", "celery"),
        "overviews": ("django.http", "django.shortcuts"),
    }
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path, tree in sources(package)
        for name in imported(tree)
        if name.startswith(forbidden.get(kind_of(path.relative_to(ROOT)), ("-",)))
        or (kind_of(path.relative_to(ROOT)) == "services" and name.endswith(f"{package}.tasks"))
    }
    assert wrong == set()


def test_no_signals_move_things_behind_your_back():
    receivers = {
        f"{path.relative_to(ROOT)}: {name}"
        for package in APPS
        for path, tree in sources(package)
        for name in imported(tree)
        if name.startswith(("django.db.models.signals", "django.dispatch"))
    }
    assert receivers == set()


@pytest.mark.parametrize(
    "model",
    [m for a in (*APPS, "jas_portal") for m in apps.get_app_config(a).get_models()],
    ids=lambda m: m._meta.label,
)
def test_a_model_with_personal_data_names_its_zone(model):
    has_zone = isinstance(getattr(model, "zone", None), Zone | property) or any(
        field.name == "zone" for field in model._meta.get_fields()
    )
    assert has_zone != (model._meta.label in WITHOUT_PERSONAL_DATA)


@pytest.mark.parametrize(
    "model", [m for a in APPS for m in apps.get_app_config(a).get_models()], ids=lambda m: m._meta.label
)
def test_a_foreign_key_into_a_lower_package_cannot_be_looked_up_from_there(model):
    open_ways_back = {
        field.name
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and field.model._meta.app_label == model._meta.app_label
        and field.related_model._meta.app_label in APPS
        and field.related_model._meta.app_label != model._meta.app_label
        and not field.remote_field.hidden
    }
    assert open_ways_back == set()


def test_every_role_has_its_zones_and_default_is_closed():
    assert set(READS) == set(WRITES) == set(Role)
    assert READS[Role.FUNCTIONEEL_BEHEERDER] == {}
    closed_to_mentor = {Zone.BENEFIT, Zone.MONEY, Zone.LEGAL, Zone.HEALTH, Zone.LEARNING, Zone.ATTENDANCE, Zone.WORK}
    assert closed_to_mentor.isdisjoint(READS[Role.MENTOR])
    assert Zone.MONEY not in READS[Role.KLANTMANAGER]
    assert Zone.LEGAL not in READS[Role.KLANTMANAGER]


def patterns(resolver=None, prefix=""):
    """(name with namespace, pattern, callback) of every address."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            space = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from patterns(entry, space)
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name}", entry, entry.callback


def test_every_view_of_ours_says_who_may_use_it():
    unmarked = {
        name
        for name, _pattern, view in patterns()
        if view.__module__.split(".")[0] in MAY_IMPORT and not hasattr(view, "allowed_roles")
    }
    assert unmarked == set()


def test_migrations_have_names():
    unnamed = {
        str(path.relative_to(ROOT)) for package in APPS for path in (ROOT / package / "migrations").glob("*_auto_*.py")
    }
    assert unnamed == set()


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda p: str(p.relative_to(ROOT)))
def test_templates_keep_to_a_strict_content_policy(path):
    text = path.read_text().lower()
    if "pdf" in path.parts:
        return
    for forbidden in (
        " style=",
        "<style",
        "javascript:",
        " onclick=",
        " onchange=",
        " onsubmit=",
        "|safe",
        "http://",
        "autoescape off",
    ):
        assert forbidden not in text.replace("http://www.w3.org", ""), forbidden
