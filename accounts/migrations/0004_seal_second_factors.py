"""Secrets of second factors that were stored before they were sealed are sealed now."""

from django.db import migrations

from accounts.encryption import is_sealed, seal


def seal_secrets(apps, schema_editor):
    for row in apps.get_model("mfa", "Authenticator").objects.filter(type__in=("totp", "recovery_codes")):
        for name in ("secret", "seed"):
            if name in row.data and not is_sealed(row.data[name]):
                row.data[name] = seal(row.data[name])
                row.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_remembered_devices_and_sign_in_events"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(seal_secrets, migrations.RunPython.noop)]
