"""What the screens of mentoring need, as frozen values from a fixed number of queries."""

from mentoring.overviews.homes import coordinator_home, mentor_home

__all__ = ["coordinator_home", "mentor_home"]
