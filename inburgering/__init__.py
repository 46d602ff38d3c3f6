"""Startgroep, institutes, enrolments, attendance and absence."""
