"""Sorts of messages and their Dutch names. A sort that is not named here is simply a message."""

from django.utils.translation import gettext_lazy as _

ACCOUNT = "account"
INVITATION = "invitation"

LABELS = {
    ACCOUNT: _("Account en inloggen"),
    INVITATION: _("Uitnodiging voor een afspraak"),
    "absence_alert": _("Signaal over verzuim"),
    "assigned": _("Nieuw dossier"),
    "break_glass": _("Noodtoegang"),
    "caseload_import": _("Import van dossiers"),
    "check_in": _("Gesprek met de mentor"),
    "deputy": _("Vervanging"),
    "enrolment": _("Inschrijving bij een instituut"),
    "hand_over": _("Overdracht van een dossier"),
    "match": _("Koppeling"),
    "match_request": _("Koppelverzoek"),
    "mentor_concern": _("Zorg van een mentor"),
    "new_klantmanager": _("Nieuwe klantmanager"),
    "plan_established": _("Plan van Aanpak"),
    "proposal": _("Voorstel voor een koppeling"),
    "refused_address": _("Mailadres geweigerd"),
    "startgroep": _("Startgroep"),
}


def label(kind):
    """The Dutch name of a sort of message."""
    return LABELS.get(kind, _("Bericht"))
