"""App configuration of cases."""

from django.apps import AppConfig
from django.utils.module_loading import import_string


class CasesConfig(AppConfig):
    name = "cases"

    def ready(self):
        # By name: the library can only be imported when all models are there.
        import_string("cases.tracking.track")()
