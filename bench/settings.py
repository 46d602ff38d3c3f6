"""Settings of the measurements: those of production, with Django's admin beside it for comparison."""

from jas_portal.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.admin"]  # noqa: F405
TEMPLATES[0]["OPTIONS"]["context_processors"].append("django.contrib.auth.context_processors.auth")  # noqa: F405
ROOT_URLCONF = "bench.urls"
ALLOWED_HOSTS = ["testserver", "localhost"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
LOGGING["root"]["level"] = "ERROR"  # noqa: F405
MIGRATION_MODULES = {"admin": None}
SILENCED_SYSTEM_CHECKS = ["admin.E410"]
