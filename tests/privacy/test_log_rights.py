"""On PostgreSQL the application's own database user adds to the log and to the seals, and can do nothing else with them."""

import secrets
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from privacy.models import Action, LogLine, Seal
from privacy.services import log, sealing

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite knows no users and rights"),
    pytest.mark.django_db(transaction=True),
]

INSUFFICIENT_PRIVILEGE = "42501"
#: What an attacker in the application's place would try; %s is the table. Each must be refused.
ATTEMPTS = {
    "update": "UPDATE %s SET {column} = {column}",
    "update of one": "UPDATE %s SET {column} = NULL WHERE {column} IS NOT NULL",
    "delete": "DELETE FROM %s",
    "truncate": "TRUNCATE %s",
    "drop": "DROP TABLE %s",
    "drop with what hangs on it": "DROP TABLE %s CASCADE",
    "rename": "ALTER TABLE %s RENAME TO gone",
    "drop a column": "ALTER TABLE %s DROP COLUMN {column}",
    "disable triggers": "ALTER TABLE %s DISABLE TRIGGER ALL",
    "become the owner": "ALTER TABLE %s OWNER TO CURRENT_USER",
    "trigger": "CREATE TRIGGER t BEFORE INSERT ON %s EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "rule": "CREATE RULE r AS ON INSERT TO %s DO INSTEAD NOTHING",
    "policy": "ALTER TABLE %s ENABLE ROW LEVEL SECURITY",
    "index": "CREATE UNIQUE INDEX i ON %s ({column})",
    "lock pages out": "DO 'BEGIN LOCK TABLE %s IN ACCESS EXCLUSIVE MODE; END'",
    "lock rows": "SELECT * FROM %s FOR UPDATE",
}
#: The same, not about one table.
WIDER = {
    "a number of one's own": "INSERT INTO privacy_logline (id, at) VALUES (1, now())",
    "numbers anew": "SELECT setval(pg_get_serial_sequence('privacy_logline', 'id'), 1)",
    "numbers anew, as a table": "ALTER TABLE privacy_logline ALTER COLUMN id RESTART WITH 1",
    "no triggers in this session": "SET session_replication_role = replica",
    "another user": "SET ROLE {owner}",
    "a user with more rights": "CREATE ROLE more SUPERUSER",
    "all rights for oneself": "ALTER ROLE CURRENT_USER SUPERUSER",
    "the history of migrations": "DELETE FROM django_migrations",
    "a table beside it": "CREATE TABLE public.privacy_logline2 (id int)",
}


@pytest.fixture
def portal():
    """A database user as the application has it, with a connection of its own, and what stands in the log."""
    name, password = f"portal_{secrets.token_hex(4)}", secrets.token_hex(12)
    at = timezone.now() - timedelta(days=800)
    for _number in range(3):
        log.write_line(at=at, action=Action.READ, case_number="JAS-2026-0001", result=200)
    sealing.seal_new_lines(now=at + timedelta(seconds=1))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        cursor.execute("SELECT current_user")
        owner = cursor.fetchone()[0]
    call_command("grant_database", name, verbosity=0)
    own = connection.copy()
    own.settings_dict = own.settings_dict | {"USER": name, "PASSWORD": password}

    def execute(sql):
        with own.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone() if cursor.description else None

    yield SimpleNamespace(name=name, owner=owner, execute=execute, at=at)
    own.close()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {name}")
        cursor.execute(f"DROP ROLE {name}")


def contents():
    return list(LogLine.objects.order_by("pk").values()), list(Seal.objects.values())


def test_the_application_adds_reads_and_works_with_everything_else(portal):
    portal.execute(
        "INSERT INTO privacy_logline (at, role, organisation, action, case_number, about_zone, address, subject, purpose,"
        " search, result, origin) VALUES (now(), '', '', 'bekeken', '', '', '', '', '', '', 200, '') RETURNING id"
    )
    assert portal.execute("SELECT count(*) FROM privacy_logline") == (4,)
    assert portal.execute("SELECT count(*) FROM privacy_seal") == (1,)
    portal.execute("INSERT INTO accounts_organisation (name, kind, email, phone) VALUES ('A', 'gemeente', '', '')")
    portal.execute("UPDATE accounts_organisation SET phone = '071'")
    portal.execute("DELETE FROM accounts_organisation")


def test_every_attempt_on_the_log_by_the_application_fails(portal):
    before, passed = contents(), []
    for table, column in (("privacy_logline", "actor"), ("privacy_seal", "ranges")):
        # PostgreSQL takes this without an error, and grants nothing: what follows fails all the same.
        portal.execute(f"GRANT ALL ON {table} TO CURRENT_USER")
        attempts = {f"{table}: {name}": (sql % table).format(column=column) for name, sql in ATTEMPTS.items()}
        attempts |= {name: sql.format(owner=portal.owner) for name, sql in WIDER.items()}
        for name, sql in attempts.items():
            try:
                portal.execute(sql)
            except DatabaseError as refused:
                if refused.__cause__.pgcode == INSUFFICIENT_PRIVILEGE:
                    continue
                name += f": {refused}"
            passed.append(name)
    assert passed == []
    assert contents() == before
    assert sealing.check_log(now=timezone.now()).findings == []


def test_a_superuser_can_and_it_shows(portal):
    line = LogLine.objects.first()
    LogLine.objects.filter(pk=line.pk).update(actor=12)
    assert "is een regel veranderd" in "".join(sealing.check_log(now=timezone.now()).findings)
    LogLine.objects.filter(pk=line.pk).delete()
    assert "ontbreken 1 van 3 regels" in "".join(sealing.check_log(now=timezone.now()).findings)
    Seal.objects.update(lines=2)
    assert "Zegel 1 is veranderd" in "".join(sealing.check_log(now=timezone.now()).findings)


def test_the_application_may_not_let_old_lines_leave_and_the_owner_may(portal):
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {portal.name}")
    try:
        with pytest.raises(CommandError, match="owner of the tables"):
            call_command("drop_old_log", months=1, verbosity=0)
        assert not sealing.may_be_changed_here()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
    assert sealing.drop_old_batches(before=timezone.now() - timedelta(days=700)) == 3
    assert sealing.check_log(now=timezone.now()).findings == []


def test_a_check_tells_when_the_application_has_too_many_rights(portal):
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT DELETE ON privacy_seal TO {portal.name}")
        cursor.execute(f"SET ROLE {portal.name}")
    try:
        assert "mag het logboek veranderen" in "".join(sealing.check_log(now=timezone.now()).findings)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def test_rights_are_not_given_to_who_is_not_bound_by_them(portal):
    with pytest.raises(CommandError, match="superuser or the owner"):
        call_command("grant_database", portal.owner)
    with pytest.raises(CommandError, match="no database user nobody_at_all"):
        call_command("grant_database", "nobody_at_all")
    call_command("grant_database", portal.name, verbosity=0)  # twice does no harm
