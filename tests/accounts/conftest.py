"""What the tests of accounts share."""

import pytest


@pytest.fixture(autouse=True)
def mail_goes_to_the_outbox(settings):
    """Django's test runner puts mail in memory; here it becomes rows, as in the portal."""
    settings.EMAIL_BACKEND = "notifications.backends.OutboxEmailBackend"
