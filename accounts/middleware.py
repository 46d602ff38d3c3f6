"""The middleware of accounts: in which role does this person work now, and did they show a second factor for it?"""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import sync_only_middleware

from accounts import second_factor

SESSION_KEY = "acting_as"

#: What one reaches without the second factor that a role demands: getting one, the own account, another role.
#: Public pages (signing out among them) are open as well.
OPEN_WITHOUT_SECOND_FACTOR = frozenset(
    {
        "account_reauthenticate",
        "account_change_password",
        "account_set_password",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "accounts:my_account",
        "accounts:edit_my_account",
        "accounts:switch_role",
    }
)


@sync_only_middleware
def acting_role(get_response):
    """Put the chosen, still current `RoleAssignment` (or None) on `request.user.acting_as`, on every request anew.

    Costs one query. With SECOND_FACTOR_REQUIRED, who works in a professional role and has not shown a second factor in
    this session works in no role at all, so that every list is empty, and is sent to activate or show it.
    """

    def middleware(request):
        user = request.user
        if user.is_authenticated:
            user.acting_as = user.choose_role(request.session.get(SESSION_KEY))
            if (
                settings.SECOND_FACTOR_REQUIRED
                and user.acting_as
                and user.acting_as.is_professional
                and not second_factor.is_shown(request)
            ):
                user.withheld_role, user.acting_as = user.acting_as, None
        return get_response(request)

    def process_view(request, view, args, kwargs):
        if getattr(request.user, "withheld_role", None) is None or not getattr(view, "login_required", True):
            return None
        if request.resolver_match.view_name in OPEN_WITHOUT_SECOND_FACTOR:
            return None
        step = "mfa_reauthenticate" if second_factor.is_active(request.user) else "mfa_activate_totp"
        next_page = request.get_full_path() if request.method == "GET" else reverse("home")
        return HttpResponseRedirect(f"{reverse(step)}?{urlencode({REDIRECT_FIELD_NAME: next_page})}")

    middleware.process_view = process_view
    return middleware
