"""What a password must be, where Django's own words are not Dutch."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _


class LongEnough(MinimumLengthValidator):
    """At least so many characters. Django 5.2 has lost the translation of its message."""

    def get_error_message(self):
        return _("Dit wachtwoord is te kort. Neem ten minste %(length)d tekens.") % {"length": self.min_length}
