"""The retention policy: every field has a rule, and what is missing or unknown is named with the line to add."""

import tomllib
from datetime import date

import pytest
from django.core import checks

from privacy.checks import check_retention_policy
from privacy.policy import POLICY_FILE, PolicyError, _read, parse, policy, problems

DATA = tomllib.loads(POLICY_FILE.read_text())


def changed(model=None, **changes):
    """The data of the policy with one entry changed; None takes a key, or with no change the whole entry, away."""
    models = []
    for table in DATA["model"]:
        if table["name"] != model:
            models.append(table)
        elif changes:
            models.append({key: value for key, value in {**table, **changes}.items() if value is not None})
    return {"period": DATA["period"], "model": models}


def test_every_field_of_every_installed_model_has_a_rule():
    assert problems(policy()) == []


def test_the_check_runs_with_manage_py_check():
    assert check_retention_policy in checks.registry.registry.get_checks()
    assert check_retention_policy() == []


def test_a_field_without_a_rule_is_named_with_the_line_to_add():
    data = changed("cases.HomeAddress", leaves=["statushouder", "street", "town"])
    assert problems(parse(data)) == [
        "cases.HomeAddress.postal_code has no rule for how long it is kept. In privacy/retention.toml, under [[model]] "
        'name = "cases.HomeAddress", add "postal_code" to one of: leaves.'
    ]


def test_a_model_without_a_rule_is_named_with_the_entry_to_add():
    (problem,) = problems(parse(changed("cases.HouseholdNote")))
    assert problem.startswith("cases.HouseholdNote has no rule")
    suggested = tomllib.loads(problem[problem.index("[[model]]") : problem.index("\n\nor")])
    assert suggested["model"][0] == {
        "name": "cases.HouseholdNote",
        "when": [{"with": "cases.Statushouder", "by": "statushouder"}],
        "rows": "delete",
        "leaves": ["statushouder", "text"],
    }


@pytest.mark.parametrize(
    ("model", "changes", "says"),
    [
        ("cases.HouseholdNote", {"leaves": ["statushouder", "text", "colour"]}, 'no field "colour"'),
        ("cases.HouseholdNote", {"leaves": ["statushouder", "text", "text"]}, "more than one rule"),
        ("cases.HouseholdNote", {"name": "cases.Household"}, "no such model"),
        ("cases.HouseholdNote", {"when": [{"after": "soon"}]}, 'no period "soon"'),
        ("cases.HouseholdNote", {"when": [{"after": "dossier"}]}, "counts from cases.Case"),
        ("cases.HouseholdNote", {"when": [{"with": "cases.Case", "by": "person__case"}]}, "has no person__case"),
        ("cases.HouseholdNote", {"when": [{"with": "cases.Nobody", "by": "text"}]}, "not installed"),
        ("cases.HouseholdNote", {"when": [{"with": "cases.CaseNumber", "by": "text"}]}, "never acts"),
    ],
)
def test_what_leads_nowhere_is_named(model, changes, says):
    assert any(says in problem for problem in problems(parse(changed(model, **changes))))


@pytest.mark.parametrize(
    ("period", "changes", "says"),
    [
        ("dossier", {"model": "cases.Dossier"}, 'no model "cases.Dossier"'),
        ("dossier", {"latest_of": ["closed_on"]}, "has no closed_on"),
        ("dossier", {"dossier": "nummer"}, "has no nummer"),
        ("dossier", {"unless": [{"model": "cases.Alert", "by": "dossier"}]}, "has no dossier"),
    ],
)
def test_an_event_that_is_not_there_is_named(period, changes, says):
    data = {**DATA, "period": {**DATA["period"], period: {**DATA["period"][period], **changes}}}
    assert any(says in problem for problem in problems(parse(data)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rows": "burn"}, "rows as one of"),
        ({"colour": "red"}, "unknown key colour"),
        ({"when": None}, '"when" belongs'),
        ({"keep": ["text"]}, "cannot stand with"),
        ({"when": [{"with": "cases.Case"}]}, "when is"),
        ({"rows": "keep", "when": None, "leaves": None, "keep": ["text"]}, "say in why"),
    ],
)
def test_what_cannot_be_read_as_a_policy_is_refused(changes, says):
    with pytest.raises(PolicyError, match=says):
        parse(changed("cases.HouseholdNote", **changes))


def test_a_municipality_changes_a_period_and_nothing_else(settings, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[period.applicant]\nmonths = 3\nbasis = "wet"\nsource = "Besluit van het college"\n')
    settings.RETENTION_PERIODS = str(own)
    period = policy().period("applicant")
    assert (period.months, period.days, period.is_law, period.source) == (3, 0, True, "Besluit van het college")
    assert policy().period("dossier").months == 60
    assert policy().digest != parse(DATA).digest
    for text, says in (
        ("[period.dosier]\nmonths = 1", "no period"),
        ("[period.dossier]\nmodel = 'cases.Task'", "unknown key model"),
        ("[period.dossier]\nmonths = 0", "above zero"),
        ("[[model]]\nname = 'cases.Task'", "unknown key model"),
        ("not toml", "other.toml"),
    ):
        other = tmp_path / "other.toml"
        other.write_text(text)
        settings.RETENTION_PERIODS = str(other)
        _read.cache_clear()
        (found,) = check_retention_policy()
        assert says in found.msg


@pytest.mark.parametrize(
    ("months", "days", "today", "last"),
    [
        (60, 0, date(2026, 11, 23), date(2021, 11, 23)),
        (6, 0, date(2026, 8, 31), date(2026, 2, 28)),
        (12, 0, date(2024, 2, 29), date(2023, 2, 28)),
        (1, 0, date(2026, 1, 15), date(2025, 12, 15)),
        (0, 28, date(2026, 11, 23), date(2026, 10, 26)),
    ],
)
def test_the_last_day_that_is_old_enough(months, days, today, last):
    table = {key: value for key, value in DATA["period"]["dossier"].items() if key != "months"}
    length = {"months": months} if months else {"days": days}
    data = {**DATA, "period": {**DATA["period"], "dossier": {**table, **length}}}
    assert parse(data).period("dossier").cutoff(today) == last
