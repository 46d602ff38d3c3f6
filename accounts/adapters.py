"""How allauth meets the portal: accounts by invitation only, our sentences, links that start with BASE_URL."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import second_factor, services


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up; people are invited."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "Dit e-mailadres en wachtwoord horen niet bij elkaar. Controleer ze en probeer het opnieuw."
        ),
        "enter_current_password": _("Dit is niet uw huidige wachtwoord. Typ het opnieuw."),
        "incorrect_password": _("Dit is niet uw wachtwoord. Typ het opnieuw."),
        "incorrect_code": _("Deze code klopt niet of is al gebruikt. Wacht op de volgende code en typ die over."),
        "too_many_login_attempts": _("Dit ging te vaak mis. Wacht vijf minuten en probeer het dan opnieuw."),
        "rate_limited": _("Dit ging te vaak achter elkaar. Wacht even en probeer het dan opnieuw."),
        "invalid_password_reset": _("Deze link werkt niet meer. Vraag een nieuwe aan."),
    }

    def is_open_for_signup(self, request):
        return False

    def set_password(self, user, password):
        """A chosen password is also the answer to an invitation that was still open."""
        services.choose_password(user=user, password=password, now=timezone.now())

    def get_reset_password_from_key_url(self, key):
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return f"{settings.BASE_URL}{path.replace('UID-KEY', key)}"

    def get_password_change_redirect_url(self, request):
        return reverse("accounts:my_account")

    def get_reauthentication_methods(self, user):
        words = {"reauthenticate": _("Met uw wachtwoord"), "mfa_reauthenticate": _("Met een code uit uw app")}
        return [
            {**method, "description": words.get(method["id"], method["description"])}
            for method in super().get_reauthentication_methods(user)
        ]


class SecondFactorAdapter(DefaultMFAAdapter):
    """Who must have a second factor can't switch it off."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("Deze code klopt niet of is al gebruikt. Wacht op de volgende code en typ die over."),
        "cannot_delete_authenticator": _("In uw werk is de tweede stap verplicht. U kunt hem niet uitzetten."),
    }

    def can_delete_authenticator(self, authenticator):
        return not second_factor.is_demanded(authenticator.user)
