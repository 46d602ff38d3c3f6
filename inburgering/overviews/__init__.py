"""What the screens of inburgering need, as frozen dataclasses in a fixed number of queries."""

from inburgering.overviews.homes import docent_home, institute_home

__all__ = ["docent_home", "institute_home"]
