"""Secrets come from the environment: no default stands in the code, and nothing that looks like one is in the repository."""

import ast
import re
import subprocess

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
SECRET = re.compile(r"SECRET|PASSWORD|_KEYS?$|TOKEN|DATABASE_URL|REDIS_URL")
#: The password of invented people; only with DEMO does anybody have it.
OF_THE_DEMO = {"DEMO_PASSWORD"}


def read_from_the_environment():
    """(name, default or None) of every setting that comes from the environment."""
    for call in ast.walk(ast.parse((ROOT / "jas_portal" / "settings.py").read_text())):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
            continue
        if (
            isinstance(call.func.value, ast.Name)
            and call.func.value.id == "env"
            and isinstance(call.args[0], ast.Constant)
        ):
            defaults = [keyword.value for keyword in call.keywords if keyword.arg == "default"]
            yield call.args[0].value, defaults[0] if defaults else None


def test_no_secret_has_a_default():
    found = {name: default for name, default in read_from_the_environment() if SECRET.search(name)}
    assert {"SECRET_KEY", "EMAIL_HOST_PASSWORD", "DATABASE_URL"} <= set(found)
    for name in set(found) - OF_THE_DEMO:
        default = found[name]
        assert default is None or ast.literal_eval(default) in ("", [], ()), name


def test_the_password_of_the_demo_is_used_by_the_demo_alone():
    using = {
        str(path.relative_to(ROOT))
        for package in ("accounts", "cases", "inburgering", "jas_portal", "mentoring", "notifications", "privacy")
        for path in (ROOT / package).rglob("*.py")
        if "DEMO_PASSWORD" in path.read_text()
    }
    assert {path for path in using if not path.startswith("jas_portal/demo/")} == {"jas_portal/settings.py"}


def test_the_example_gives_no_secret_away():
    for line in (ROOT / ".env.example").read_text().splitlines():
        name, _sign, value = line.lstrip("#").partition("=")
        if re.fullmatch(r"[A-Z_]+", name) and SECRET.search(name) and name not in OF_THE_DEMO:
            assert value == "" or "://" in value, line


def tracked():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a clone")
    return [ROOT / name for name in done.stdout.split("\0") if name]


def test_no_key_lies_in_the_repository():
    known = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bxox[baprs]-[A-Za-z0-9-]{20,}"
    )
    found = set()
    for path in tracked():
        if (
            path.is_file()
            and path.suffix not in (".png", ".woff2", ".jpg", ".mo")
            and known.search(path.read_text(errors="replace"))
        ):
            found.add(path.name)
        assert path.name not in (".env", "secret-key")
        assert path.suffix not in (".pem", ".key", ".sqlite3")
    assert found == set()
