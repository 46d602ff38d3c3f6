"""A job that somebody asked for: the worker of the demo makes it as soon as it starts."""

import uuid

from accounts.models import User
from accounts.roles import Role
from jas_portal.work import jobs
from jas_portal.work.kinds import KINDS


def ask(today):
    """The klantmanager asked for the list of dossiers and for the plans as PDF."""
    klantmanager = User.objects.get(email="klantmanager@demo.example").act_as(Role.KLANTMANAGER, today)
    for name in ("dossiers-xlsx", "plannen"):
        jobs.ask(kind=KINDS[name], parameters={}, key=uuid.uuid4(), by=klantmanager)
