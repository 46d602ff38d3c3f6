"""Somebody who stands in for a colleague, and somebody who could not wait for one."""

from datetime import timedelta

from accounts.roles import Role
from cases.models import Assignment
from cases.services import break_glass, name_deputy

_REASON = "Aan de balie met een brief die vandaag beantwoord moet worden; mijn collega is vrij."


def cover(people, today):
    """A deputy for some days, over a few dossiers, and emergency access to one other dossier."""
    holder, deputy = people["klantmanager2"], people["klantmanager"]
    mine = Assignment.objects.current(today).filter(
        user=holder, role=Role.KLANTMANAGER, deputy_for=None, case__municipality="Leiden"
    )
    numbers = list(mine.order_by("case__number").values_list("case__number", flat=True)[:4])
    if len(numbers) < 2:
        return
    name_deputy(
        holder=holder,
        deputy=deputy,
        starts_on=today,
        last_day=today + timedelta(days=11),
        numbers=numbers[:-1],
        by=holder,
        today=today,
    )
    colleague = people["klantmanager1@leiden.example"]
    break_glass(number=numbers[-1], reason=_REASON, by=colleague, today=today)
