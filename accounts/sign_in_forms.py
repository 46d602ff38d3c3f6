"""allauth's forms in our words: a label above every field, no placeholder, help that helps."""

from allauth.account import adapter as account_adapter
from allauth.account import forms as account
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from accounts import mails
from accounts.forms import PASSWORD_HELP, WithoutSecretNumbers
from accounts.models import RoleAssignment
from accounts.roles import Role


class OurWords:
    """Gives the fields of a form of allauth our labels and help."""

    words = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, (label, help_text) in self.words.items():
            self.fields[name].label = label
            self.fields[name].help_text = help_text
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignInForm(OurWords, account.LoginForm):
    words = {"login": (_("E-mailadres"), ""), "password": (_("Wachtwoord"), "")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class ReauthenticateForm(OurWords, account.ReauthenticateForm):
    words = {"password": (_("Wachtwoord"), "")}


class ChangePasswordForm(OurWords, account.ChangePasswordForm):
    words = {
        "oldpassword": (_("Huidig wachtwoord"), ""),
        "password1": (_("Nieuw wachtwoord"), PASSWORD_HELP),
        "password2": (_("Nieuw wachtwoord, nog een keer"), ""),
    }


class SetPasswordForm(OurWords, account.SetPasswordForm):
    words = {
        "password1": (_("Nieuw wachtwoord"), PASSWORD_HELP),
        "password2": (_("Nieuw wachtwoord, nog een keer"), ""),
    }


class ResetPasswordForm(OurWords, account.ResetPasswordForm):
    words = {"email": (_("E-mailadres"), _("Het adres waarmee u inlogt."))}

    def save(self, request, **kwargs):
        if not self.users:
            mails.pretend("password_reset_key", password_reset_url=settings.BASE_URL)
        return super().save(request, **kwargs)


class ResetPasswordKeyForm(OurWords, account.ResetPasswordKeyForm):
    words = SetPasswordForm.words


# --- A code that is mailed -----------------------------------------------------------------------------

#: Who may sign in with a code that is mailed: with these roles and no others.
MAY_USE_CODE = frozenset({Role.STATUSHOUDER, Role.MENTOR})


class AskCodeForm(OurWords, account.RequestLoginCodeForm):
    """Who may not use a code gets the same answer on the screen, and a mail that says how to sign in instead."""

    words = {"email": (_("E-mailadres"), _("Het adres waarmee u inlogt."))}

    def clean_email(self):
        email = super().clean_email()
        # Asked of an address that nobody has as well: it costs as much.
        held = RoleAssignment.objects.current().filter(user=self._user.pk if self._user else 0)
        roles = set(held.values_list("role", flat=True))
        self.refused = None
        if self._user and (not roles or not roles <= MAY_USE_CODE):
            self.refused, self._user = self._user, None
        return email

    def answer_who_gets_no_code(self):
        """A mail to who may not use a code; as much work, and no mail, for an address that nobody has."""
        adapter = account_adapter.get_adapter()
        if self.refused:
            adapter.send_mail("account/email/no_code", self.refused.email, {"code": adapter.generate_login_code()})
        elif self._user is None:
            mails.pretend("login_code", code=adapter.generate_login_code())


class TypeCodeForm(OurWords, account.ConfirmLoginCodeForm):
    words = {"code": (_("Code uit de mail"), _("Acht cijfers. Het streepje mag u weglaten."))}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs.update(inputmode="numeric", autocomplete="one-time-code")


# --- The second factor -----------------------------------------------------------------------------------


def _spend(user, code):
    """Let a code of an app be used once. allauth forgets it after half a minute, and takes it for one and a half."""
    window = mfa_settings.TOTP_PERIOD * (2 * mfa_settings.TOTP_TOLERANCE + 2)
    digits = "".join(character for character in code if character.isalnum())
    if not cache.add(f"accounts.totp.spent:{user.pk}:{digits}", True, window):
        raise get_adapter().validation_error("incorrect_code")


class ActivateSecondFactorForm(OurWords, totp.ActivateTOTPForm):
    words = {"code": (_("Code uit de app"), _("Zes cijfers. Ze veranderen elke halve minuut."))}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"

    def clean_code(self):
        code = super().clean_code()
        _spend(self.user, code)
        return code


class CodeForm(OurWords):
    """A code of the app, or a recovery code; each works once."""

    words = {"code": (_("Code"), _("Zes cijfers uit uw app, of een van uw herstelcodes."))}

    def clean_code(self):
        code = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP:
            _spend(self.user, code)
        return code


class SecondFactorForm(CodeForm, mfa.AuthenticateForm):
    remember = forms.BooleanField(required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not settings.REMEMBER_DEVICE_DAYS:
            del self.fields["remember"]
            return
        self.fields["remember"].label = _("Onthoud dit apparaat %(days)d dagen") % {
            "days": settings.REMEMBER_DEVICE_DAYS
        }
        self.fields["remember"].help_text = _(
            "Dan vraagt het portaal hier zo lang geen tweede stap. Alleen op een apparaat dat u met niemand deelt."
        )


class ProveAgainForm(CodeForm, mfa.ReauthenticateForm):
    pass


class AddPasskeyForm(WithoutSecretNumbers, OurWords, webauthn.AddWebAuthnForm):
    """A passkey that signs in without a password as well: the device asks for a finger, a face or a PIN."""

    words = {"name": (_("Naam"), _("Waaraan u dit apparaat herkent, bijvoorbeeld: laptop van het werk."))}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["passwordless"]
        self.fields["name"].max_length = 60

    def clean(self):
        self.cleaned_data["passwordless"] = True
        return super().clean()


class RenamePasskeyForm(WithoutSecretNumbers, OurWords, webauthn.EditWebAuthnForm):
    words = AddPasskeyForm.words
