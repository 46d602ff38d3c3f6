"""manage.py grant_database ROLE: what the application's own database user may do, given by the owner of the tables."""

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from privacy.models import LogLine, Seal

#: Tables to which rows are only added.
ADDED_TO = (LogLine, Seal)
#: Tables that the application only reads.
READ = ("django_migrations",)


class Command(BaseCommand):
    help = "After every migrate, as the owner of the tables on PostgreSQL: give ROLE its rights, and no more."

    def add_arguments(self, parser):
        parser.add_argument("role", help="the database user of DATABASE_URL")

    def handle(self, *args, role, **options):
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL knows users and rights.")
        with transaction.atomic(), connection.cursor() as cursor:
            _refuse_the_powerful(cursor, role)
            for statement in statements(role):
                cursor.execute(statement)
        self.stdout.write(
            f"{role} reads and writes, and only adds to: {', '.join(m._meta.db_table for m in ADDED_TO)}"
        )


def _refuse_the_powerful(cursor, role):
    cursor.execute("SELECT rolsuper, rolname = current_user FROM pg_roles WHERE rolname = %s", [role])
    found = cursor.fetchone()
    if found is None:
        raise CommandError(f"There is no database user {role}.")
    is_super, is_owner = found
    if is_super or is_owner:
        raise CommandError(f"{role} is a superuser or the owner itself: rights do not bind it.")
    cursor.execute("SELECT pg_has_role(%s, current_user, 'MEMBER')", [role])
    if cursor.fetchone()[0]:
        raise CommandError(f"{role} is a member of the owner: take it out first (REVOKE … FROM {role}).")


def statements(role):
    """The SQL that gives `role` its rights, in order. Run again, it gives the same."""
    name = connection.ops.quote_name
    to = name(role)
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {to}, PUBLIC"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {to}, PUBLIC"
    yield f"REVOKE CREATE ON SCHEMA public FROM {to}, PUBLIC"
    yield f"GRANT USAGE ON SCHEMA public TO {to}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {to}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {to}"
    for table in READ:
        yield f"REVOKE INSERT, UPDATE, DELETE ON {name(table)} FROM {to}"
    for model in ADDED_TO:
        table = name(model._meta.db_table)
        yield f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM {to}"
        # Not the number of a line: the database gives that out.
        columns = [field.column for field in model._meta.local_concrete_fields if field is not model._meta.auto_field]
        yield f"GRANT INSERT ({', '.join(map(name, columns))}) ON {table} TO {to}"
