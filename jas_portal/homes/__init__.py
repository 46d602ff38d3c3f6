"""The home page of each role: what needs me today first, from the same querysets as the lists."""

from accounts.roles import Role
from jas_portal.homes import begeleider, beheerder, klantmanager, privacy, schools, statushouder, volunteers

#: role → (template, what the page needs: a function of user, today, now)
HOMES = {
    Role.KLANTMANAGER: ("home/klantmanager.html", klantmanager.today_for),
    Role.MAATSCHAPPELIJK_BEGELEIDER: ("home/begeleider.html", begeleider.today_for),
    Role.MENTOR: ("home/mentor.html", volunteers.mentor_today),
    Role.VRIJWILLIGERSCOORDINATOR: ("home/coordinator.html", volunteers.coordinator_today),
    Role.DOCENT: ("home/docent.html", schools.docent_today),
    Role.INSTITUUT: ("home/instituut.html", schools.instituut_today),
    Role.STATUSHOUDER: ("home/statushouder.html", statushouder.today_for),
    Role.FUNCTIONEEL_BEHEERDER: ("home/beheerder.html", beheerder.today_for),
    Role.PRIVACY_OFFICER: ("home/privacy.html", privacy.today_for),
}
