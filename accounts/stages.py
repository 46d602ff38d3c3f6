"""The second step of signing in, as allauth's, with devices that somebody had remembered."""

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.internal.flows import trust
from allauth.mfa.stages import AuthenticateStage
from django.utils import timezone

from accounts import second_factor, sign_in_services

#: The cookie with the secret of a remembered device; allauth's own beside it lapses with password and second factor.
DEVICE_COOKIE = "remembered_device"


class SecondFactorStage(AuthenticateStage):
    """Asks for the second factor, unless the municipality asked already or this device is remembered."""

    def _should_handle(self, request):
        user = self.login.user
        if user is None or not second_factor.is_active(user):
            return False
        if second_factor.by_passkey(request, user) or second_factor.came_from_provider(request, user):
            return False
        device = _remembered_device(request, user)
        if device is not None:
            record_authentication(request, user, "mfa", type=second_factor.BY_DEVICE, id=device.pk)
        return device is None


def _remembered_device(request, user):
    """The remembered device this request comes from, or None: both cookies must be there, and its row."""
    token = request.COOKIES.get(DEVICE_COOKIE)
    if not token or not trust.is_trusted_browser(request, user):
        return None
    return sign_in_services.use_remembered_device(user=user, token=token, now=timezone.now())
