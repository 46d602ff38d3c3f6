"""Who looked at what in the past six weeks, so that the log of the demo tells something. Only lines and their seals."""

import random
from datetime import timedelta
from ipaddress import IPv4Address

from accounts.clock import midnight
from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.zones import Zone
from cases.models import Assignment, Case
from privacy.models import Action
from privacy.services.log import write_line
from privacy.services.sealing import seal_new_lines

WEEKS = 6
#: Role → what somebody in it opens of a dossier: name of the address, zone and action, the likely first.
OPENS = {
    Role.KLANTMANAGER: (
        ("cases:case", Zone.PROGRAMME, Action.READ),
        ("cases:plan", Zone.BENEFIT, Action.READ),
        ("cases:edit_plan", Zone.BENEFIT, Action.CHANGED),
        ("cases:plan_pdf", Zone.BENEFIT, Action.DOWNLOADED),
    ),
    Role.MAATSCHAPPELIJK_BEGELEIDER: (
        ("cases:case", Zone.PROGRAMME, Action.READ),
        ("cases:tick_item", Zone.LEGAL, Action.CHANGED),
    ),
    Role.MENTOR: (
        ("mentoring:mentorship", Zone.MENTORING, Action.READ),
        ("mentoring:log_contact", Zone.MENTORING, Action.CHANGED),
    ),
    Role.DOCENT: (("inburgering:case_learning", Zone.LEARNING, Action.READ),),
}
#: Role → the list that somebody in it opens, and what they may search for there.
LISTS = {
    Role.KLANTMANAGER: ("cases:list", ("", "phase: inburgering", "q: tekle")),
    Role.MAATSCHAPPELIJK_BEGELEIDER: ("cases:list", ("",)),
    Role.DOCENT: ("inburgering:startgroep", ("",)),
    Role.INSTITUUT: ("inburgering:enrolments", ("",)),
    Role.VRIJWILLIGERSCOORDINATOR: ("mentoring:mentorships", ("", "stand: stil")),
    Role.FUNCTIONEEL_BEHEERDER: ("accounts:people", ("", "role: mentor")),
}


def look(today):
    """Lines on the working days of the past weeks, week by week under their seal. Returns how many."""
    chance = random.Random(today.toordinal())  # invented people, the same each time  # nosec B311
    people = list(RoleAssignment.objects.current(today).select_related("user", "organisation").order_by("pk"))
    around = {}
    current = Assignment.objects.current(today).exclude(user=None)
    for user, role, number in current.values_list("user", "role", "case__number").order_by("pk"):
        around.setdefault((user, role), []).append(number)
    numbers = list(Case.objects.order_by("number").values_list("number", flat=True))
    first = today - timedelta(days=today.weekday() + 7 * WEEKS)
    lines = [
        line
        for back in range((today - first).days)
        if (first + timedelta(days=back)).weekday() < 5
        for person in people
        for line in _day(person, around.get((person.user_id, person.role), []), numbers, first, back, chance)
    ]
    lines.sort(key=lambda line: line["at"])
    for week in range(WEEKS + 1):
        day = first + timedelta(days=7 * week)
        begin, end = midnight(day), min(midnight(day + timedelta(days=7)), midnight(today))
        for line in lines:
            if begin <= line["at"] < end:
                write_line(**line)
        seal_new_lines(now=end)
    return len(lines)


def _day(person, own, numbers, first, back, chance):
    """What one person looks at on one day: seldom much, often nothing."""
    here = {
        "actor": person.user_id,
        "role": person.role,
        "organisation": str(person.organisation or ""),
        "origin": str(IPv4Address("192.0.2.0") + person.user_id % 250 + 1),
    }

    def line(address, action, zone, **columns):
        at = midnight(first + timedelta(days=back)) + timedelta(hours=8, seconds=chance.randrange(9 * 3600))
        return {"at": at, "address": address, "action": action, "about_zone": zone, "result": 200} | here | columns

    if person.role in LISTS and chance.random() < 0.3:
        address, searches = LISTS[person.role]
        asked = chance.choice(searches)
        action = Action.SEARCHED if asked.startswith("q:") else Action.LISTED
        yield line(address, action, Zone.PROGRAMME, count=chance.randint(1, 25), search=asked)
    if person.role in OPENS and own and chance.random() < 0.35:
        number = chance.choice(own)
        opened = OPENS[person.role]
        address, zone, action = opened[
            min(chance.randrange(len(opened) + 2), len(opened) - 1) if len(opened) > 1 else 0
        ]
        yield line(address, action, zone, case_number=number, result=302 if action == Action.CHANGED else 200)
    if person.role in OPENS and chance.random() < 0.02:
        strange = chance.choice(numbers)
        if strange not in own:
            yield line("cases:case", Action.DENIED, "", case_number=strange, result=404)
