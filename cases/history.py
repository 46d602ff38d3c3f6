"""Who is at work, for the change history: the person of the request, or of the job that acts for somebody.

django-auditlog writes a line when a row of a dossier is saved (docs/adr/0011); it asks here who did it.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from auditlog.context import disable_auditlog
from django.utils.decorators import sync_only_middleware

_acting = ContextVar("acting", default=None)

#: Nothing that happens inside is kept: for loading examples, and for taking away what is not a change.
paused = disable_auditlog


@contextmanager
def acting(user):
    """What is saved inside was done by this person, in the role worked in now; None is the clock."""
    token = _acting.set(user)
    try:
        yield
    finally:
        _acting.reset(token)


def who():
    """(user, role) of who is at work; (None, "") is the clock. Not signed in is nobody."""
    user = _acting.get()
    if user is None or not user.is_authenticated:
        return None, ""
    return user, user.role or ""


@sync_only_middleware
def of_request(get_response):
    """What is saved while a request is answered was done by who is signed in. Costs nothing on a page that only reads."""

    def middleware(request):
        with acting(request.user):
            return get_response(request)

    return middleware
