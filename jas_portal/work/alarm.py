"""Who is still alive mails the beheerders when work stands still: beat, every worker, and the web whenever somebody asks
after its health.

What stands still is judged by what the database holds of each queue; heartbeats only help to name the part. Delivery
itself may be what stands still, so this one mail goes to the mail server directly; once for each silence, and after a day
once more.
"""

import logging

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from jas_portal.work import periodic
from jas_portal.work.table import PERIODIC

logger = logging.getLogger(__name__)

#: A silence that is still there after so many seconds is one: a portal that was just started needs a moment to work.
SURE_AFTER_SECONDS = 45
#: So often the mail server is tried at most, by all who watch together: /healthz waits for it, and anybody may ask that.
TRY_EVERY_SECONDS = 60
#: One silence is told once; after a day once more.
TELL_AGAIN_AFTER_SECONDS = 24 * 3600


def watch(*, seen_by, now=None):
    """Mail the beheerders about every queue from which no work comes any more. Returns the queues that were told of.

    `seen_by` is who looks ("worker", "beat" or "web"), for the log. Never raises: who watches works on.
    """
    try:
        now = now or timezone.now()
        silent = periodic.silent_queues(now)
        untold = [queue for queue, last in silent.items() if cache.get(_key("told", queue, last)) is None]
        if not [queue for queue in untold if _is_sure(queue, silent[queue], now)]:
            return []
        # Of all who watch, one adds the key. It stays when the mail could not be sent, and ends by itself.
        if not cache.add("silence:telling", seen_by, timeout=TRY_EVERY_SECONDS):
            return []
        logger.error("No work from %s, says %s", ", ".join(untold), seen_by)
        _tell(untold, silent, now)
        for queue in untold:
            cache.set(_key("told", queue, silent[queue]), seen_by, timeout=TELL_AGAIN_AFTER_SECONDS)
        return untold
    except Exception as error:  # database, cache or mail server: a later look tries again
        logger.warning("Nobody could be told that work stands still: %s", type(error).__name__)
        return []


def _key(what, queue, last):
    """By the moment of its last work a silence has a key of its own: what the cache kept of another says nothing."""
    return f"silence:{what}:{queue}:{last.timestamp()}"


def _is_sure(queue, last, now):
    """Note when a silence was first seen. Returns whether that is a while ago."""
    key = _key("seen", queue, last)
    if cache.add(key, now.timestamp(), timeout=2 * TELL_AGAIN_AFTER_SECONDS):
        return False
    return now.timestamp() - cache.get(key, now.timestamp()) >= SURE_AFTER_SECONDS


def _tell(queues, silent, now):
    """One mail to every beheerder about these of the `silent` queues, past the outbox."""
    with translation.override(settings.LANGUAGE_CODE):
        addresses = list(
            User.objects.with_current_role(timezone.localdate(now), role=Role.FUNCTIONEEL_BEHEERDER).values_list(
                "email", flat=True
            )
        )
        if not addresses or settings.MAIL_DELIVERY == "keep":
            return
        if {periodic.queue_of(entry) for entry in PERIODIC} <= set(silent):
            what = periodic.silence(now)
        else:
            what = _("Er wordt geen werk meer gedaan uit de wachtrij %s.") % ", ".join(queues)
        minutes = (now - min(silent[queue] for queue in queues)).total_seconds() // 60
        text = _(
            "%(what)s Dat is al %(minutes)d minuten zo. Er gaat niets verloren: alles gaat door zodra het weer draait. "
            "Vraag de technisch beheerder om te kijken.\n\n%(url)s"
        ) % {"what": what, "minutes": minutes, "url": settings.BASE_URL}
        mail = EmailMessage(
            subject=_("Het portaal staat deels stil"),
            body=text,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[settings.DEFAULT_FROM_EMAIL],
            bcc=addresses,
            headers={"Auto-Submitted": "auto-generated"},
        )
        EmailBackend(timeout=settings.EMAIL_TIMEOUT).send_messages([mail])
