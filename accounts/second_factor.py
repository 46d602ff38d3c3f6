"""Who needs a second factor, and has this session shown one? Asked on each request, of the session; seldom of the database.

A second factor counts for the session in which it was shown: somebody else's session that was open before it was
activated stays outside. What was shown is looked up again every few minutes.
"""

import time

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.flows import did_use_passwordless_login
from allauth.socialaccount.models import SocialAccount
from django.conf import settings

from accounts.models import RememberedDevice
from accounts.roles import PROFESSIONAL_ROLES

SESSION_KEY = "second_factor"

#: What counts as a second factor of the portal's own: an app with codes, a passkey.
TYPES = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

#: Other ways in which a session may have shown one: at the municipality, or by a remembered device.
BY_PROVIDER, BY_DEVICE = "provider", "device"

#: Seconds after which the database is asked again whether the second factor still exists.
TRUSTED_FOR = 300


def is_active(user):
    """Whether this account has an authenticator app or a passkey. One query."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=TYPES).exists()


def is_demanded(user):
    """Whether this account may not do without: it holds a professional role now and the setting is on."""
    return settings.SECOND_FACTOR_REQUIRED and user.current_roles().filter(role__in=PROFESSIONAL_ROLES).exists()


def is_shown(request):
    """Whether this session showed the second factor of its user. At most one query, and only when it did so long ago."""
    shown = _shown(request, request.user)
    if not shown:
        return False
    checked = request.session.get(SESSION_KEY) or {}
    if checked.get("user") == request.user.pk and 0 <= time.time() - checked.get("at", 0) < TRUSTED_FOR:
        return True
    if not _still_exists(shown[-1], request.user):
        return False
    request.session[SESSION_KEY] = {"user": request.user.pk, "at": time.time()}
    return True


def by_passkey(request, user):
    """Whether this sign-in was with a passkey alone, which is two factors in one."""
    return did_use_passwordless_login(request, user)


def came_from_provider(request, user):
    """Whether this sign-in was at the municipality, which asked for a second factor itself."""
    return any(record.get("type") == BY_PROVIDER for record in _shown(request, user))


def is_vouched_for(claims):
    """Whether the issuer says that it asked for a second factor, in one of the words of OIDC_MFA_VALUES."""
    methods = claims.get("amr") or []
    said = {claims.get("acr"), *(methods if isinstance(methods, list) else [methods])}
    return bool(said & set(settings.OIDC_MFA_VALUES))


def _shown(request, user):
    return [record for record in get_authentication_records(request, user) if record.get("method") == "mfa"]


def _still_exists(record, user):
    match record.get("type"):
        case "device":
            return is_active(user) and RememberedDevice.objects.filter(pk=record.get("id"), user=user.pk).exists()
        case "provider":
            return SocialAccount.objects.filter(pk=record.get("id"), user=user.pk).exists()
        case _:
            return is_active(user)
