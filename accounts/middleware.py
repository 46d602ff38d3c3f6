"""The middleware of accounts: in which role does this person work now, did they show a second factor, is the session used?"""

from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import sync_only_middleware
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import lapse, second_factor, sign_in_services

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
        "mfa_reauthenticate_webauthn",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "accounts:my_account",
        "accounts:edit_my_account",
        "accounts:switch_role",
        "accounts:time_left",
    }
)

#: Asking how long a session lasts is no use of it.
NO_USE = "accounts:time_left"


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


@sync_only_middleware
def idle_sessions(get_response):
    """End a session that was left alone too long, and keep what was sent in with it. Stands behind `acting_role`.

    Costs no query but once a minute, when the use is written down.
    """

    def middleware(request):
        user = request.user
        if user.is_authenticated and lapse.seconds_left(request.session, user, lapse.now()) <= 0:
            request.lapsed_user_id = user.pk
            if request.path == reverse(NO_USE):
                # The page asks because it is about to say so; what stands in its form can still be sent in and kept.
                request.user = AnonymousUser()
            else:
                sign_in_services.session_ended(key=request.session.session_key)
                logout(request)
        return get_response(request)

    def process_view(request, view, args, kwargs):
        needs_sign_in = getattr(view, "login_required", True)
        match = request.resolver_match.view_name
        if request.user.is_authenticated:
            if match != NO_USE and lapse.use(request.session, request.user, lapse.now()):
                # Saved at once: what another request of this session writes meanwhile is not overwritten later.
                request.session.save()
                request.session.modified = False
                sign_in_services.session_used(
                    key=request.session.session_key,
                    ip=get_adapter().get_client_ip(request),
                    now=timezone.now(),
                )
            if request.method != "POST":
                return None
            if lapse.KEEP in request.POST:
                return _keep(request, request.user.pk)
            if lapse.KEPT in request.session and match != "accounts:kept":
                lapse.forget_when_sent(request.session, request.user, request.path)
            return None
        if not needs_sign_in or (match == NO_USE) or (request.method == "GET" and not _lapsed(request)):
            return None
        if request.method == "POST" and _lapsed(request):
            return _keep(request, request.lapsed_user_id)
        next_page = request.get_full_path() if request.method == "GET" else reverse("home")
        return _to_sign_in(request, next_page)

    middleware.process_view = process_view
    return middleware


def _lapsed(request):
    return hasattr(request, "lapsed_user_id")


def _keep(request, user_id):
    """Keep what was sent in and go on to the page that shows it, by way of signing in."""
    page = request.POST.get(lapse.PAGE, "")
    page = page if url_has_allowed_host_and_scheme(page, None) and page.startswith("/") else ""
    is_kept = not request.resolver_match.view_name.startswith(lapse.NOTHING_KEPT_OF) and lapse.keep(
        request.session, user_id, request.get_full_path(), dict(request.POST.lists()), page
    )
    next_page = reverse("accounts:kept") if is_kept else reverse("home")
    return HttpResponseRedirect(next_page) if request.user.is_authenticated else _to_sign_in(request, next_page)


def _to_sign_in(request, next_page):
    asked = {REDIRECT_FIELD_NAME: next_page}
    if _lapsed(request):
        asked["verlopen"] = "1"
    elif request.method == "POST":
        asked["kwijt"] = "1"  # nobody's session, so nothing is kept; the page says so
    address = f"{reverse(settings.LOGIN_URL)}?{urlencode(asked)}"
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
