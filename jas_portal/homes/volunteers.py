"""The homes of mentor and coordinator: what mentoring knows, and the coming meetings."""

from dataclasses import dataclass

from jas_portal.homes.shared import ComingMeeting, coming_meetings
from mentoring.overviews.homes import CoordinatorHome, MentorHome, coordinator_home, mentor_home


@dataclass(frozen=True, slots=True)
class VolunteerHome:
    """What mentoring says, beside the meetings."""

    mentoring: MentorHome | CoordinatorHome
    meetings: list[ComingMeeting]

    @property
    def today_count(self):
        return self.mentoring.today_count


def mentor_today(user, today, now):
    """What the mentor's home shows on `today`."""
    return VolunteerHome(mentoring=mentor_home(user, today, now), meetings=coming_meetings(user, now))


def coordinator_today(user, today, now):
    """What the coordinator's home shows on `today`."""
    return VolunteerHome(mentoring=coordinator_home(user, today), meetings=coming_meetings(user, now))
