"""A system check: every field of every installed model has a rule for how long it is kept."""

from django.core import checks

from privacy.policy import PolicyError, policy, problems


def check_retention_policy(app_configs=None, **kwargs):
    """One error for each field, model, path or period that is missing or unknown."""
    try:
        found = problems(policy())
    except PolicyError as problem:
        found = [str(problem)]
    return [checks.Error(problem, id="privacy.E001") for problem in found]
