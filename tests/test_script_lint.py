"""What script/lint says of known holes: a list that could not be asked is never good news."""

import json
import sys

import pytest
from django.conf import settings

sys.path.insert(0, str(settings.BASE_DIR / "script"))

import _audits

SAFE = {"name": "a", "version": "1", "vulns": []}
HOLE = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"], "aliases": []}]}


@pytest.mark.parametrize(
    ("packages", "verdict"),
    [
        ([SAFE], _audits.OK),
        ([SAFE, HOLE], _audits.HOLES),
        ([SAFE, {"name": "c", "skip_reason": "not found"}], _audits.UNREACHABLE),
        ([HOLE, {"name": "c", "skip_reason": "not found"}], _audits.HOLES),
        ([], _audits.UNREACHABLE),
    ],
)
def test_python(packages, verdict):
    assert _audits.judge_pip(json.dumps({"dependencies": packages}))[0] == verdict


def test_python_names_the_hole_and_what_closes_it():
    assert _audits.judge_pip(json.dumps({"dependencies": [HOLE]}))[1] == ["b 2: PYSEC-1, better from 3"]


@pytest.mark.parametrize("printed", ["", "ERROR: no connection", "[]", "{}", '{"error": {"summary": ""}}'])
def test_what_could_not_be_asked_is_not_right(printed):
    assert _audits.judge_pip(printed) == (_audits.UNREACHABLE, [])
    assert _audits.judge_npm(printed) == (_audits.UNREACHABLE, [])


def test_npm():
    assert _audits.judge_npm('{"vulnerabilities": {}}') == (_audits.OK, [])
    assert _audits.judge_npm('{"vulnerabilities": {"x": {"severity": "high"}}}') == (_audits.HOLES, ["x: high"])
