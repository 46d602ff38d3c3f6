"""The table of the shared cache: all there is without Redis, and the second place with it."""

from django.core.management import call_command
from django.db import migrations


def make_table(apps, schema_editor):
    """Make it, unless it is there."""
    call_command("createcachetable", "shared_cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("jas_portal", "0001_periodic_work_and_jobs")]

    operations = [migrations.RunPython(make_table, migrations.RunPython.noop)]
