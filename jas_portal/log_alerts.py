"""The read log is checked by privacy, the message goes through notifications: neither knows the other."""

import hashlib
import json

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from notifications.services import Receiver, notify
from privacy.models import LogCheck
from privacy.services.log import check_when_due


def check_and_tell(*, now):
    """Do the check that is due, and tell every privacy officer what the newest one found. Returns the check or None.

    Telling goes by the row: a worker that dies between the two is made up by the next sweep, and nobody hears twice. The
    same findings are told once, until a check found nothing in between: a line that is gone stays gone.
    """
    done = check_when_due(now=now)
    checks = LogCheck.objects.exclude(done_at=None).order_by("-done_at")
    newest = checks.first()
    if newest is not None and newest.findings:
        clean = checks.filter(findings=[]).values_list("pk", flat=True).first() or 0
        findings = hashlib.sha256(json.dumps(newest.findings).encode()).hexdigest()[:32]
        for officer in User.objects.with_current_role(timezone.localdate(now), role=Role.PRIVACY_OFFICER):
            notify(
                key=f"read_log:{clean}:{findings}:{officer.pk}",
                kind="read_log",
                receiver=Receiver(user=officer, role=Role.PRIVACY_OFFICER),
                subject=_("Het logboek klopt niet meer"),
                body=_("De controle vond regels of zegels die zijn veranderd, weg zijn of later zijn toegevoegd."),
                link=reverse("privacy:seals"),
                now=now,
            )
    return done
