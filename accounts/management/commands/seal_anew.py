"""Seal the secrets of second factors anew with the first of ENCRYPTION_KEYS; after it an older key may go."""

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.encryption import seal, unseal


class Command(BaseCommand):
    help = "Seal the secrets of second factors anew with the first of ENCRYPTION_KEYS."

    @transaction.atomic
    def handle(self, **options):
        rows = Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN)
        for row in rows:
            for name in {"secret", "seed"} & row.data.keys():
                row.data[name] = seal(unseal(row.data[name]))
            row.save(update_fields=["data"])
        self.stdout.write(f"Sealed anew: {len(rows)}.")
