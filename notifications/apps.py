"""App configuration of notifications."""

from django.apps import AppConfig
from django.core.checks import register

from notifications import checks


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self):
        register(checks.mail_delivery)
