"""What a password must be, where Django's own words are not Dutch, and what no text may hold."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.secret_numbers import BSN, V_NUMBER, secret_number_in


class LongEnough(MinimumLengthValidator):
    """At least so many characters. Django 5.2 has lost the translation of its message."""

    def get_error_message(self):
        return _("Dit wachtwoord is te kort. Neem ten minste %(length)d tekens.") % {"length": self.min_length}


@deconstructible
class NoSecretNumber:
    """A text without BSN and V-nummer. `is_number` when the field is meant for some other number."""

    messages = {
        BSN: gettext_lazy(
            "Hier staat een getal dat een BSN kan zijn. Het portaal bewaart geen BSN. Haal het getal weg; de rest van de "
            "tekst staat er nog."
        ),
        V_NUMBER: gettext_lazy(
            "Hier staat een getal dat een V-nummer kan zijn. Het portaal bewaart geen V-nummer. Haal het getal weg; de rest "
            "van de tekst staat er nog. Is het een ander nummer? Zet ervoor wat het is, bijvoorbeeld: zaaknummer."
        ),
    }

    def __init__(self, *, is_number=False):
        self.is_number = is_number

    def __call__(self, value):
        found = secret_number_in(value, is_number=self.is_number) if isinstance(value, str) else ""
        if found:
            raise ValidationError(self.messages[found], code=found)

    def __eq__(self, other):
        return isinstance(other, NoSecretNumber) and self.is_number == other.is_number

    def __hash__(self):
        return hash(self.is_number)
