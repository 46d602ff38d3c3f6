"""Files of jobs in a folder of their own."""

import pytest


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """Where this test's storage lies."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        },
    }
    return tmp_path / "files" / "jobs"
