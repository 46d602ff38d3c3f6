"""How allauth meets the portal: accounts by invitation only, our sentences, links that start with BASE_URL."""

import time

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import encryption, lapse, oidc, second_factor, services, sign_in_services
from accounts.rules import RuleBroken


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up; people are invited."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "Dit e-mailadres en wachtwoord horen niet bij elkaar. Controleer ze en probeer het opnieuw."
        ),
        "enter_current_password": _("Dit is niet uw huidige wachtwoord. Typ het opnieuw."),
        "incorrect_password": _("Dit is niet uw wachtwoord. Typ het opnieuw."),
        "incorrect_code": _("Deze code klopt niet. Controleer de code in de mail en typ hem opnieuw."),
        "too_many_login_attempts": _("Dit ging te vaak mis. Wacht vijf minuten en probeer het dan opnieuw."),
        "rate_limited": _("Dit ging te vaak achter elkaar. Wacht even en probeer het dan opnieuw."),
        "invalid_password_reset": _("Deze link werkt niet meer. Vraag een nieuwe aan."),
    }

    def is_open_for_signup(self, request):
        return False

    def get_login_stages(self):
        """The steps of signing in: a mailed code where it was asked for, then the second factor."""
        return ["allauth.account.stages.LoginByCodeStage", "accounts.stages.SecondFactorStage"]

    def login(self, request, user):
        super().login(request, user)
        lapse.begin(request.session, time.time())

    def set_password(self, user, password):
        """A chosen password is also the answer to an invitation that was still open."""
        services.choose_password(user=user, password=password, now=timezone.now())

    def get_reset_password_from_key_url(self, key):
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return f"{settings.BASE_URL}{path.replace('UID-KEY', key)}"

    def get_password_change_redirect_url(self, request):
        return reverse("accounts:my_account")

    def get_reauthentication_methods(self, user):
        words = {
            "reauthenticate": _("Met uw wachtwoord"),
            "mfa_reauthenticate": _("Met een code"),
            "mfa_reauthenticate:webauthn": _("Met een passkey"),
        }
        return [
            {**method, "description": words.get(method["id"], method["description"])}
            for method in super().get_reauthentication_methods(user)
        ]


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets are sealed; who must have a second factor keeps at least one."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("Deze code klopt niet of is al gebruikt. Wacht op de volgende code en typ die over."),
        "cannot_delete_authenticator": _("In uw werk is de tweede stap verplicht. U kunt hem niet uitzetten."),
    }

    def encrypt(self, text):
        return encryption.seal(text)

    def decrypt(self, encrypted_text):
        return encryption.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator):
        others = Authenticator.objects.filter(user=authenticator.user_id, type__in=second_factor.TYPES)
        return others.exclude(pk=authenticator.pk).exists() or not second_factor.is_demanded(authenticator.user)

    def generate_authenticator_name(self, user, type):
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey %(number)d") % {"number": number}

    def _get_site_name(self):
        return settings.PORTAL_NAME


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Who comes in from the municipality: existing accounts alone, by an address that the issuer vouches for."""

    def list_apps(self, request, provider=None, client_id=None):
        """The one of the settings; none in the database."""
        if not oidc.is_offered():
            return []
        app = oidc.app()
        wanted = provider in (None, app.provider, app.provider_id) and client_id in (None, app.client_id)
        return [app] if wanted else []

    def is_open_for_signup(self, request, sociallogin):
        return False

    def authenticate_by_email(self, sociallogin):
        """Never by itself: `pre_social_login` decides, and keeps the password as it is."""

    def pre_social_login(self, request, sociallogin):
        """Refuse in words, or sign in to the account that is linked or gets linked now."""
        claims, state = sociallogin.claims, sociallogin.state
        if not constant_time_compare(claims.get("nonce") or "", state.get("nonce") or "-"):
            self._refuse(request, gettext("Het antwoord hoorde niet bij uw vraag. Probeer het opnieuw."))
        try:
            user = sign_in_services.link_to_provider(account=sociallogin.account, claims=claims, now=timezone.now())
        except RuleBroken as refusal:
            self._refuse(request, refusal.message)
        sociallogin.user = user
        if second_factor.is_vouched_for(claims):
            record_authentication(request, user, "mfa", type=second_factor.BY_PROVIDER, id=sociallogin.account.pk)

    def on_authentication_error(self, request, provider, error=None, exception=None, extra_context=None):
        self._refuse(request, gettext("Inloggen bij uw organisatie is niet gelukt. Probeer het opnieuw."))

    def _refuse(self, request, reason):
        raise ImmediateHttpResponse(render(request, "account/provider_refused.html", {"reason": reason}, status=403))
