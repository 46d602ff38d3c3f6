"""Mentors, matching, contact moments and the 3- and 6-month talks."""
