"""allauth's forms in our words: a label above every field, no placeholder, help that helps."""

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django.utils.translation import gettext_lazy as _

from accounts.forms import PASSWORD_HELP


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


class ResetPasswordKeyForm(OurWords, account.ResetPasswordKeyForm):
    words = SetPasswordForm.words


class ActivateSecondFactorForm(OurWords, totp.ActivateTOTPForm):
    words = {"code": (_("Code uit de app"), _("Zes cijfers. Ze veranderen elke halve minuut."))}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class SecondFactorForm(OurWords, mfa.AuthenticateForm):
    words = {"code": (_("Code"), _("Zes cijfers uit uw app, of een van uw herstelcodes."))}


class ProveAgainForm(OurWords, mfa.ReauthenticateForm):
    words = SecondFactorForm.words
