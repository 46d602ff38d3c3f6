"""Pages of signing in: allauth's own, with what the portal adds, and one's sessions, devices and kept words."""

import json

from allauth.account import views as account
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal.ratelimit import decorator as limited
from allauth.mfa.adapter import get_adapter as webauthn_adapter
from allauth.mfa.base import views as mfa
from allauth.mfa.internal.flows import trust
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth, flows
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from requests import RequestException

from accounts import devices, lapse, oidc, overviews, second_factor, sign_in_services
from accounts.access import allow, public, signed_in
from accounts.models import RememberedDevice, User
from accounts.personas import PERSONAS
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.stages import DEVICE_COOKIE
from accounts.zones import Zone

# --- Signing in ----------------------------------------------------------------------------------------


class SignIn(account.LoginView):
    """allauth's sign-in page; the municipality's button when that is set up, the personas in the demo."""

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "personas": PERSONAS if settings.DEMO else (),
            "provider_name": settings.OIDC_NAME if oidc.is_offered() else "",
            "lapsed": "verlopen" in self.request.GET,
            "keeps": lapse.KEPT in self.request.session,
            "lost": "kwijt" in self.request.GET,
        }


class AskCode(account.RequestLoginCodeView):
    """Ask for a code by mail."""

    def form_valid(self, form):
        response = super().form_valid(form)
        form.answer_who_gets_no_code()
        return response


class SecondStep(mfa.AuthenticateView):
    """The second step of signing in: a code or a passkey, and the wish to have the device remembered."""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        held = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        return context | {
            "has_app": Authenticator.Type.TOTP in held,
            "has_passkey": Authenticator.Type.WEBAUTHN in held,
            "passkey_options": json.dumps(context["js_data"]["request_options"], default=dict),
        }

    def form_valid(self, form):
        response = super().form_valid(form)
        user = self.stage.login.user
        if settings.REMEMBER_DEVICE_DAYS and self.request.POST.get("remember") and self.request.user.is_authenticated:
            _device, token = sign_in_services.remember_device(
                user=user, user_agent=self.request.headers.get("User-Agent", ""), now=timezone.now()
            )
            trust.trust_browser(self.request, user, response)
            response.set_cookie(
                DEVICE_COOKIE,
                token,
                max_age=settings.REMEMBER_DEVICE_DAYS * 86_400,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response


class SignInWithPasskey(webauthn.LoginWebAuthnView):
    """Sign in with a passkey alone. GET gives the browser its task, POST takes its answer."""

    def form_valid(self, form):
        passkey = form.cleaned_data["credential"]
        login = webauthn.Login(user=passkey.user, redirect_url=get_next_redirect_url(self.request))
        return flows.perform_passwordless_login(self.request, passkey, login)


sign_in = public(SignIn.as_view())
ask_code = public(AskCode.as_view())
second_step = public(SecondStep.as_view())
sign_in_with_passkey = public(SignInWithPasskey.as_view())


# --- At the municipality -------------------------------------------------------------------------------


@public
@require_POST
@never_cache
@limited(app="allauth.account", action="login")
def sign_in_at_provider(request):
    """Send somebody to the municipality's own sign-in."""
    if not oidc.is_offered():
        raise Http404
    provider = get_adapter().get_provider(request, oidc.PROVIDER_ID)
    try:
        return provider.redirect(request, AuthProcess.LOGIN, next_url=get_next_redirect_url(request))
    except RequestException:
        reason = _("Het inloggen van uw organisatie is nu niet te bereiken. Probeer het straks opnieuw.")
        return render(request, "account/provider_refused.html", {"reason": reason}, status=502)


@public
@require_GET
@never_cache
def back_from_provider(request):
    """The municipality sends somebody back, with a code that is exchanged for who it is."""
    if not oidc.is_offered():
        raise Http404
    return OAuth2CallbackView.adapter_view(oidc.Adapter(request, oidc.PROVIDER_ID))(request)


# --- One's second factor -------------------------------------------------------------------------------


class CountsAtOnce:
    """A second factor that is made counts in this session at once; the session gets another key."""

    def shown(self, authenticator):
        record_authentication(
            self.request,
            self.request.user,
            "mfa",
            id=authenticator.pk,
            type=authenticator.type,
            reauthenticated=True,
        )
        sign_in_services.rotate_session(self.request.session)


class ActivateSecondFactor(CountsAtOnce, totp.ActivateTOTPView):
    """allauth's page to activate an authenticator app. The code that activates it is shown in this session as well."""

    def form_valid(self, form):
        response = super().form_valid(form)
        self.shown(Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP))
        return response


class AddPasskey(CountsAtOnce, webauthn.AddWebAuthnView):
    """Make a passkey on this device."""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        options = auth.begin_registration(self.request.user, passwordless=True)
        return context | {"passkey_options": json.dumps(options, default=dict)}

    def form_valid(self, form):
        response = super().form_valid(form)
        newest = Authenticator.objects.filter(user=self.request.user, type=Authenticator.Type.WEBAUTHN)
        self.shown(newest.latest("pk"))
        return response


class OwnPasskey:
    """One of one's own passkeys; somebody else's does not exist."""

    success_url = reverse_lazy("mfa_index")

    def dispatch(self, request, *args, **kwargs):
        get_object_or_404(self.get_queryset(), pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)


class RenamePasskey(OwnPasskey, webauthn.EditWebAuthnView):
    """Give a passkey another name."""


class RemovePasskey(OwnPasskey, webauthn.RemoveWebAuthnView):
    """Remove a passkey; not the last second factor of who must have one."""

    def form_valid(self, form):
        passkey = self.get_object()
        if not webauthn_adapter().can_delete_authenticator(passkey):
            messages.error(self.request, webauthn_adapter().error_messages["cannot_delete_authenticator"])
            return HttpResponseRedirect(reverse("mfa_index"))
        return super().form_valid(form)


class ProveWithPasskey(webauthn.ReauthenticateWebAuthnView):
    """Show once more who one is, with a passkey."""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        options = json.dumps(context["js_data"]["request_options"], default=dict)
        return context | {"passkey_options": options}

    def form_valid(self, form):
        response = super().form_valid(form)
        sign_in_services.rotate_session(self.request.session)
        return response


class ProveWithCode(mfa.ReauthenticateView):
    """Show once more who one is, with a code; the session that shows its second factor gets another key."""

    def form_valid(self, form):
        response = super().form_valid(form)
        sign_in_services.rotate_session(self.request.session)
        return response


class SecondFactors(mfa.IndexView):
    """One's second factors and the devices that ask none."""

    def get_context_data(self, **kwargs):
        remembered = RememberedDevice.objects.filter(user=self.request.user, expires_at__gt=timezone.now())
        return super().get_context_data(**kwargs) | {
            "passkeys": self._passkeys(),
            "has_second_factor": second_factor.is_active(self.request.user),
            "devices": [
                {
                    "pk": device.pk,
                    "name": devices.in_words(device.user_agent),
                    "last_used_at": device.last_used_at,
                    "expires_at": device.expires_at,
                }
                for device in remembered
            ],
        }

    def _passkeys(self):
        rows = Authenticator.objects.filter(user=self.request.user, type=Authenticator.Type.WEBAUTHN).order_by("pk")
        return [
            {"pk": row.pk, "name": row.wrap().name, "made_at": row.created_at, "last_used_at": row.last_used_at}
            for row in rows
        ]


activate_totp = signed_in(ActivateSecondFactor.as_view())
add_passkey = signed_in(AddPasskey.as_view())
rename_passkey = signed_in(RenamePasskey.as_view())
remove_passkey = signed_in(RemovePasskey.as_view())
prove_with_passkey = signed_in(ProveWithPasskey.as_view())
prove_with_code = signed_in(ProveWithCode.as_view())
second_factors = signed_in(SecondFactors.as_view())


@signed_in
@require_POST
def forget_device(request, pk):
    """Have a remembered device ask for the second factor again."""
    device = get_object_or_404(RememberedDevice, pk=pk, user=request.user)
    sign_in_services.forget_device(device=device, by=request.user)
    messages.success(request, _("Dit apparaat wordt niet meer onthouden."))
    return redirect("mfa_index")


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["GET", "POST"])
def reset_second_factor(request, pk):
    """Take the lost second factor from somebody's account, after one more question."""
    user = get_object_or_404(User.objects.visible_to(request.user).with_roles(), pk=pk)
    note_reading(request, Zone.CONTACT)
    if request.method == "POST":
        try:
            sign_in_services.reset_second_factor(user=user, by=request.user, now=timezone.now())
        except RuleBroken as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("De tweede stap is weggehaald. Deze persoon krijgt een mail."))
        return redirect("accounts:person", pk=pk)
    name = overviews.shown_name(user)
    context = {
        "title": _("Tweede stap weghalen"),
        "text": _(
            "Doe dit alleen als %(name)s de telefoon of passkey kwijt is en u zeker weet dat u met deze persoon spreekt. "
            "%(name)s is dan overal uitgelogd, kiest een nieuw wachtwoord via de mail en stelt de tweede stap opnieuw in."
        )
        % {"name": name},
        "submit": _("Tweede stap weghalen"),
        "danger": True,
        "cancel_url": reverse("accounts:person", args=[pk]),
        "breadcrumb": [
            (_("Mensen"), reverse("accounts:people")),
            (name, reverse("accounts:person", args=[pk])),
            (_("Tweede stap weghalen"), ""),
        ],
    }
    return render(request, "components/confirm_page.html", context)


# --- One's sessions ------------------------------------------------------------------------------------


@signed_in
@require_http_methods(["GET", "POST"])
def sessions(request):
    """Where one is signed in; POST signs out everywhere else."""
    if request.method == "POST":
        ended = sign_in_services.end_sessions(user=request.user, keep_key=request.session.session_key)
        messages.success(
            request,
            ngettext("U bent op %(n)d ander apparaat afgemeld.", "U bent op %(n)d andere apparaten afgemeld.", ended)
            % {"n": ended},
        )
        return redirect("usersessions_list")
    rows = sorted(UserSession.objects.purge_and_list(request.user), key=lambda row: row.last_seen_at, reverse=True)
    here = request.session.session_key
    context = {
        "sessions": [
            {
                "pk": row.pk,
                "name": devices.in_words(row.user_agent),
                "address": row.ip,
                "since": row.created_at,
                "last_used_at": row.last_seen_at,
                "is_here": row.session_key == here,
            }
            for row in rows
        ],
        "has_others": any(row.session_key != here for row in rows),
    }
    return render(request, "usersessions/usersession_list.html", context)


@signed_in
@require_POST
def end_session(request, pk):
    """Sign out on one other device."""
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    if session.session_key == request.session.session_key:
        return redirect("account_logout")
    sign_in_services.end_session(session=session, by=request.user)
    messages.success(request, _("U bent op dat apparaat afgemeld."))
    return redirect("usersessions_list")


# --- A session that lapses -----------------------------------------------------------------------------


@public
@never_cache
@require_http_methods(["GET", "POST"])
def time_left(request):
    """Seconds until this session ends, 0 when it has. GET is no use of it; POST is: stay signed in.

    `keeps` says whether a form sent in now would be kept, `who` and `token` let a page go on that was signed in to again.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"seconds": 0, "keeps": hasattr(request, "lapsed_user_id")})
    if request.method == "POST" and lapse.seconds_left(request.session, request.user, lapse.now()) > 0:
        lapse.use(request.session, request.user, lapse.now())
    left = lapse.seconds_left(request.session, request.user, lapse.now())
    return JsonResponse(
        {"seconds": left, "keeps": True, "who": lapse.mark_of(request.user), "token": get_token(request)}
    )


@signed_in
@never_cache
@require_http_methods(["GET", "POST"])
def kept(request):
    """What one typed when the session lapsed: send it after all, go on typing, or throw it away (POST)."""
    found = lapse.kept(request.session, request.user)
    if request.method == "POST":
        lapse.forget(request.session)
        messages.success(request, _("Wat u typte, is weggegooid."))
        return redirect("home")
    if found is None:
        return redirect("home")
    if "velden" in request.GET:
        return JsonResponse(found)
    shown = [value for values in found["fields"].values() for value in values if len(value) > 3 and " " in value]
    context = {"path": found["path"], "page": found["page"], "fields": found["fields"].items(), "shown": shown}
    return render(request, "accounts/kept.html", context)
