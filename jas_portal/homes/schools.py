"""The homes of docent and institute: what inburgering knows, and the coming meetings."""

from dataclasses import dataclass

from inburgering.overviews.homes import DocentHome, InstituteHome, docent_home, institute_home
from jas_portal.homes.shared import ComingMeeting, coming_meetings


@dataclass(frozen=True, slots=True)
class SchoolHome:
    """What inburgering says, beside the meetings."""

    learning: DocentHome | InstituteHome
    meetings: list[ComingMeeting]

    @property
    def today_count(self):
        return len(self.learning.work)


def docent_today(user, today, now):
    """What the docent's home shows on `today`."""
    return SchoolHome(learning=docent_home(user, today), meetings=coming_meetings(user, now))


def instituut_today(user, today, now):
    """What the institute's home shows on `today`."""
    return SchoolHome(learning=institute_home(user, today), meetings=coming_meetings(user, now))
