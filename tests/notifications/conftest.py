"""The mail server of a test."""

import pytest

from tests.mail_server import Post, start_mail_server


@pytest.fixture
def post(settings):
    """The mail server of this test; the settings point at it."""
    box = Post()
    controller = start_mail_server(box)
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
    settings.MAIL_DELIVERY = "smtp"
    yield box
    controller.stop()
