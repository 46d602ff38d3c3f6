"""A system check: every field of every installed model has a rule for how long it is kept."""

from django.core import checks

from privacy.personal_data import RegisterError, register
from privacy.personal_data import problems as register_problems
from privacy.policy import PolicyError, policy, problems


def check_retention_policy(app_configs=None, **kwargs):
    """One error for each field, model, path or period that is missing or unknown."""
    try:
        found = problems(policy())
    except PolicyError as problem:
        found = [str(problem)]
    return [checks.Error(problem, id="privacy.E001") for problem in found]


def check_personal_data(app_configs=None, **kwargs):
    """One error for each model or field that is missing in the register of personal data."""
    try:
        found = register_problems(register())
    except RegisterError as problem:
        found = [str(problem)]
    return [checks.Error(problem, id="privacy.E002") for problem in found]
