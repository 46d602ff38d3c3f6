"""The functioneel beheerder's home: numbers about the portal, never about a person in the programme."""

from dataclasses import dataclass

from accounts import access_review
from accounts.models import Invitation, RoleAssignment
from accounts.roles import Role
from cases.models import Case
from jas_portal.work import periodic
from notifications.models import Notification, NotificationStatus


@dataclass(frozen=True, slots=True)
class BeheerderHome:
    """Everything on the beheerder's home, in a fixed number of queries."""

    roles: list[tuple]
    people: int
    invited: int
    without_klantmanager: int
    failed_mail: int
    waiting_mail: int
    troubles: list[str]
    review_due: bool
    roles_to_end: int
    today_count: int


def today_for(user, today, now):
    """What the beheerder's home shows on `today`."""
    held = list(RoleAssignment.objects.current(today).values_list("role", "user"))
    waiting = Case.objects.without_klantmanager().count()
    troubles = periodic.troubles(now)
    failed = Notification.objects.filter(status=NotificationStatus.FAILED).count()
    review_due = access_review.is_due(today)
    roles_to_end = access_review.to_end(today).exclude(user=user).count()
    return BeheerderHome(
        roles=[
            (role.label, sum(1 for held_role, _user in held if held_role == role), f"?role={role}")
            for role in Role
            if any(held_role == role for held_role, _user in held)
        ],
        people=len({user for _role, user in held}),
        invited=Invitation.objects.filter(accepted_at=None).count(),
        without_klantmanager=waiting,
        failed_mail=failed,
        waiting_mail=Notification.objects.due(now).count(),
        troubles=troubles,
        review_due=review_due,
        roles_to_end=roles_to_end,
        today_count=int(review_due)
        + int(bool(roles_to_end))
        + len(troubles)
        + (1 if waiting else 0)
        + (1 if failed else 0),
    )
