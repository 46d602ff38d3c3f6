"""Which models django-auditlog watches: those that the register of personal data marks with `history`."""

from auditlog.receivers import log_delete
from auditlog.registry import auditlog
from django.apps import apps

from privacy.personal_data import tracked_parts


def track():
    """Have the changes of these models kept, from now on."""
    # A deletion is told by the service that does it (`services.history.delete_row`): with a receiver for it, clearing
    # dossiers after their time would load every row first, and keep what it takes away.
    auditlog._signals = {
        signal: receiver for signal, receiver in auditlog._signals.items() if receiver is not log_delete
    }
    for part in tracked_parts():
        auditlog.register(apps.get_model(part.model), include_fields=list(part.tracked))
