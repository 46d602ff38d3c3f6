"""A portal in processes of its own, and the mail server it mails to."""

import pytest

from tests.journeys.running_portal import RunningPortal
from tests.mail_server import Post, start_mail_server


@pytest.fixture
def post():
    """The mail server of this test; `post.port` is where it listens."""
    box = Post()
    controller = start_mail_server(box)
    box.port = controller.port
    yield box
    controller.stop()


@pytest.fixture
def portal(tmp_path, post):
    """A portal with an empty database; its workers end with the test."""
    portal = RunningPortal(tmp_path, post.port)
    yield portal
    portal.stop()
