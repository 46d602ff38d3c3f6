"""Who has to hear of what happens between mentor and statushouder. Messages name no statushouder and no content."""

from accounts.models import User
from accounts.roles import Role
from cases.models import Assignment
from notifications import services as notifications
from notifications.services import Receiver


def coordinators_of(organisation, today):
    """The accounts that coordinate for this organisation today."""
    return User.objects.with_current_role(today, role=Role.VRIJWILLIGERSCOORDINATOR, organisation=organisation)


def klantmanager_of(case, today):
    """The account that is klantmanager of the dossier today, or None."""
    row = (
        Assignment.objects.filter(case=case, deputy_for=None)
        .current(today)
        .of_role(Role.KLANTMANAGER)
        .select_related("user")
        .first()
    )
    return row.user if row else None


def deputies_of(case, today):
    """The accounts that stand in for the klantmanager of the dossier today, emergency access left out."""
    rows = Assignment.objects.filter(case=case, deputyship__isnull=False).current(today).of_role(Role.KLANTMANAGER)
    return [row.user for row in rows.select_related("user")]


def statushouder_of(case):
    """The statushouder as receiver: by account, else by address, else by the role alone ("bel of schrijf zelf")."""
    person = case.statushouder
    return Receiver(user=person.user, address="" if person.user else person.email, role=Role.STATUSHOUDER)


def tell_coordinators(organisation, *, key, kind, subject, body, link, by, today, now):
    """A message to each coordinator of the organisation but the one who acts."""
    for user in coordinators_of(organisation, today):
        if by is None or user.pk != by.pk:
            notifications.notify(
                key=f"{key}:{user.pk}",
                kind=kind,
                receiver=Receiver(user=user, role=Role.VRIJWILLIGERSCOORDINATOR),
                subject=subject,
                body=body,
                link=link,
                by=by,
                now=now,
            )
