"""App configuration of accounts."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from accounts.searching import teach

        connection_created.connect(teach)
