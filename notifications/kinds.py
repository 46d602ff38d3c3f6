"""Sorts of messages and their Dutch names. A sort that is not named here is simply a message."""

from django.utils.translation import gettext_lazy as _

ACCOUNT = "account"
INVITATION = "invitation"

LABELS = {
    ACCOUNT: _("Account en inloggen"),
    INVITATION: _("Uitnodiging voor een afspraak"),
    "hand_over": _("Overdracht van een dossier"),
}


def label(kind):
    """The Dutch name of a sort of message."""
    return LABELS.get(kind, _("Bericht"))
