"""App configuration of mentoring."""

from django.apps import AppConfig


class MentoringConfig(AppConfig):
    name = "mentoring"
