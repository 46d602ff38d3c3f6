"""The statushouder's home, in short sentences: who helps me, my next appointments, what I promised to do."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from cases.models import Agreement, AgreementParty, Assignment, Case
from jas_portal.homes.shared import ComingMeeting, coming_meetings

#: What each helper does, in easy words.
HELPS_WITH = {
    Role.KLANTMANAGER: _("uw uitkering en uw plan"),
    Role.MAATSCHAPPELIJK_BEGELEIDER: _("geld, verzekering, brieven en DigiD"),
    Role.MENTOR: _("Nederlands spreken en de stad leren kennen"),
    Role.DOCENT: _("de Startgroep"),
    Role.INSTITUUT: _("uw Nederlandse les"),
}


@dataclass(frozen=True, slots=True)
class Helper:
    """Somebody who helps: name, role and with what."""

    name: str
    role: str
    helps_with: str
    phone: str


@dataclass(frozen=True, slots=True)
class StatushouderHome:
    """Everything on the statushouder's home, in a fixed number of queries."""

    case: Case | None
    phase: str
    goal_deadline: date | None
    helpers: list[Helper]
    agreements: list[Agreement]
    meetings: list[ComingMeeting]
    today_count: int


def today_for(user, today, now):
    """What the statushouder's home shows on `today`."""
    case = Case.objects.visible_to(user, today).select_related("statushouder").first()
    agreements = list(
        Agreement.objects.filter(
            plan__case__in=Case.objects.visible_to(user, today).values("pk"),
            party=AgreementParty.STATUSHOUDER,
            done_on=None,
        )
    )
    people = (
        Assignment.objects.filter(case__in=Case.objects.visible_to(user, today).values("pk"), role__in=HELPS_WITH)
        .current(today)
        .select_related("user", "organisation")
    )
    order = list(HELPS_WITH)
    helpers = [
        Helper(
            name=str(row.user or row.organisation),
            role=row.get_role_display(),
            helps_with=str(HELPS_WITH[row.role]),
            phone=row.user.phone if row.user else row.organisation.phone,
        )
        for row in sorted(people, key=lambda row: order.index(row.role))
    ]
    return StatushouderHome(
        case=case,
        phase=case.get_phase_display() if case else "",
        goal_deadline=case.goal_deadline if case else None,
        helpers=helpers,
        agreements=agreements,
        meetings=coming_meetings(user, now),
        today_count=len(agreements),
    )
