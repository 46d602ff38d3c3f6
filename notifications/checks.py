"""What is wrong with the settings of mail, said at the start and not by mail that never comes."""

from django.conf import settings
from django.core.checks import Error


def mail_delivery(app_configs, **kwargs):
    """MAIL_DELIVERY is "smtp" or "keep", and a real portal does not keep its mail: nobody could read it."""
    if settings.MAIL_DELIVERY not in ("smtp", "keep"):
        return [
            Error(f'MAIL_DELIVERY is "{settings.MAIL_DELIVERY}".', hint='Set it to "smtp".', id="notifications.E001")
        ]
    if settings.MAIL_DELIVERY == "keep" and not settings.DEMO:
        hint = 'Set MAIL_DELIVERY to "smtp", or DEMO to 1 for a demo in which mail is read in the portal.'
        return [Error("Mail is kept, and outside a demo nobody can read it.", hint=hint, id="notifications.E002")]
    return []
