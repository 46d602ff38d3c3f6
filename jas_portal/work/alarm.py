"""Who is still alive mails the beheerders when another part fell silent: beat watches the worker, the worker beat, and
the web both, whenever somebody asks after its health or a beheerder opens the home.

Delivery itself may be what stands still, so this one mail goes to the mail server directly; once for each silence.
"""

import logging
import smtplib
import time

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.roles import Role
from jas_portal import heartbeat

logger = logging.getLogger(__name__)

#: Silent for so many seconds, a part is no longer just being started anew.
ALARM_AFTER_SECONDS = 300
#: One silence is told once; after a day once more.
TELL_AGAIN_AFTER_SECONDS = 24 * 3600

_NAMES = {"worker": gettext_lazy("de worker"), "beat": gettext_lazy("de planner (beat)")}


def watch(*, seen_by, now=None):
    """Mail the beheerders about each other part that was alive and is silent. Returns the parts that were told of.

    `seen_by` is who looks ("worker", "beat" or "web"); `now` in seconds since 1970. Never raises: who watches works on.
    """
    try:
        now = time.time() if now is None else now
        told = []
        for part, age in heartbeat.seconds_since(now=now).items():
            key = f"alarm:{part}"
            if part == seen_by or age is None:
                continue
            if age <= heartbeat.STALE_AFTER_SECONDS:
                cache.delete(key)
            # Of all who watch, one adds the key.
            elif age > ALARM_AFTER_SECONDS and cache.add(key, now, timeout=TELL_AGAIN_AFTER_SECONDS):
                _tell(part, age)
                told.append(part)
        return told
    except Exception as error:  # database, cache or mail server: the next look tries again
        logger.warning("Nobody could be told of a silent part: %s", type(error).__name__)
        return []


def _tell(part, age):
    """One mail to every beheerder, past the outbox."""
    with translation.override(settings.LANGUAGE_CODE):
        addresses = list(
            User.objects.with_current_role(timezone.localdate(), role=Role.FUNCTIONEEL_BEHEERDER).values_list(
                "email", flat=True
            )
        )
        logger.error("%s has been silent for %d seconds", part, age)
        if not addresses or settings.MAIL_DELIVERY == "keep":
            return
        text = _(
            "Het portaal merkt al %(minutes)d minuten niets van %(part)s. Mail blijft liggen en werk wordt niet gedaan. "
            "Er gaat niets verloren: alles gaat door zodra het weer draait. Vraag de technisch beheerder om te kijken.\n\n%(url)s"
        ) % {"minutes": age // 60, "part": _NAMES[part], "url": settings.BASE_URL}
        mail = EmailMessage(
            subject=_("Het portaal staat deels stil"),
            body=text,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[settings.DEFAULT_FROM_EMAIL],
            bcc=addresses,
            headers={"Auto-Submitted": "auto-generated"},
        )
        try:
            EmailBackend(timeout=settings.EMAIL_TIMEOUT).send_messages([mail])
        except (smtplib.SMTPException, OSError):
            cache.delete(f"alarm:{part}")
            raise
