"""Who needs a second factor, and has this session shown one? Asked on each request, of the session; seldom of the database.

A second factor counts for the session in which it was shown: somebody else's session that was open before it was
activated stays outside. What was shown is looked up again every few minutes.
"""

import time

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings

from accounts.roles import PROFESSIONAL_ROLES

SESSION_KEY = "second_factor"

#: Seconds after which the database is asked again whether the second factor still exists.
TRUSTED_FOR = 300


def is_active(user):
    """Whether this account has an authenticator app. One query."""
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


def is_demanded(user):
    """Whether this account may not do without: it holds a professional role now and the setting is on."""
    return settings.SECOND_FACTOR_REQUIRED and user.current_roles().filter(role__in=PROFESSIONAL_ROLES).exists()


def is_shown(request):
    """Whether this session showed the second factor of its user. At most one query, and only when it did so long ago."""
    records = get_authentication_records(request, request.user)
    if not any(record.get("method") == "mfa" for record in records):
        return False
    checked = request.session.get(SESSION_KEY) or {}
    if checked.get("user") == request.user.pk and 0 <= time.time() - checked.get("at", 0) < TRUSTED_FOR:
        return True
    if not is_active(request.user):
        return False
    request.session[SESSION_KEY] = {"user": request.user.pk, "at": time.time()}
    return True
