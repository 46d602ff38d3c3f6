"""The mails of accounts. They go through Django's mail API; the outbox of the portal is its backend."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string


def send(template, *, to, **context):
    """Mail `emails/<template>.txt` to the address `to`: its first line is the subject, the rest the text."""
    context = {
        "portal_name": settings.PORTAL_NAME,
        "programme_name": settings.PROGRAMME_NAME,
        "contact_email": settings.PROGRAMME_CONTACT_EMAIL,
        "base_url": settings.BASE_URL,
        **context,
    }
    subject, _line, text = render_to_string(f"emails/{template}.txt", context).strip().partition("\n")
    send_mail(subject.strip(), text.strip() + "\n", None, [to])


def pretend(template, **context):
    """Do the work of allauth's mail `template` and send none, so that an address nobody has takes as long as any other."""
    with transaction.atomic():
        get_adapter().send_mail(f"account/email/{template}", "niemand@example.invalid", context)
        transaction.set_rollback(True)
