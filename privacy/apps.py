"""App configuration of privacy."""

from django.apps import AppConfig
from django.core import checks

from privacy.checks import check_personal_data, check_retention_policy


class PrivacyConfig(AppConfig):
    name = "privacy"

    def ready(self):
        checks.register(check_retention_policy)
        checks.register(check_personal_data)
