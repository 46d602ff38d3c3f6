"""The home page of each role: what needs me today first, from the same querysets as the lists."""

from accounts.roles import Role
from jas_portal.homes import begeleider, beheerder, klantmanager, privacy, statushouder

#: role → (template, what the page needs: a function of user, today, now)
HOMES = {
    Role.KLANTMANAGER: ("home/klantmanager.html", klantmanager.today_for),
    Role.MAATSCHAPPELIJK_BEGELEIDER: ("home/begeleider.html", begeleider.today_for),
    Role.STATUSHOUDER: ("home/statushouder.html", statushouder.today_for),
    Role.FUNCTIONEEL_BEHEERDER: ("home/beheerder.html", beheerder.today_for),
    Role.PRIVACY_OFFICER: ("home/privacy.html", privacy.today_for),
}
