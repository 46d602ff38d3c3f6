"""App configuration of accounts."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from accounts.searching import teach


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        connection_created.connect(teach)
