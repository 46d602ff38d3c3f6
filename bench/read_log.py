#!/usr/bin/env python3
"""What the read log costs a page, and what it costs to read, seal and check it when it holds a million lines.

bench/read_log.py [--cases 2000] [--lines 1000000] [--rounds 150] [--database sqlite|postgresql|both] [--durable]

One process and one run for each database. Each page is asked with and without the log in turns, so that both meet the same
machine; medians count. --durable lets PostgreSQL wait for the disk at every commit, as it does in production. Starts the
servers it needs and removes them.
"""

import argparse
import gc
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "script")]

MIDDLEWARE = "privacy.middleware.read_log"
OWN_CASES = 80


def measure(cases, lines, rounds):
    """Make the dossiers and the log, take the times and print them as JSON. Runs with the environment of one database."""
    import django

    django.setup()

    import logging
    from datetime import timedelta

    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.management import call_command
    from django.db import connection
    from django.test import RequestFactory
    from django.utils import timezone

    from accounts.models import Organisation, OrganisationKind, RoleAssignment, User
    from accounts.roles import Role
    from cases.models import Case
    from jas_portal.demo.plain import make_plain_cases
    from privacy.models import Action, LogLine
    from privacy.services import sealing

    logging.getLogger("django.request").setLevel(logging.ERROR)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    today, now = timezone.localdate(), timezone.now()
    gemeente = Organisation.objects.create(name="Gemeente", kind=OrganisationKind.GEMEENTE)

    def person(name, role):
        user = User.objects.create_user(f"{name}@bench.example", name=name)
        RoleAssignment.objects.create(
            user=user, role=role, organisation=gemeente, starts_on=today.replace(year=today.year - 9)
        )
        return user

    own, everything = person("own", Role.KLANTMANAGER), person("everything", Role.KLANTMANAGER)
    officer = person("officer", Role.PRIVACY_OFFICER)
    make_plain_cases(OWN_CASES, [own], today=today)
    make_plain_cases(cases, [everything], today=today)
    numbers = list(Case.objects.order_by("pk").values_list("number", flat=True))
    number = numbers[0]  # one of the first klantmanager

    # Two years of looking, older than what the pages below add.
    chance, step = random.Random(3), timedelta(days=700) / max(1, lines)
    actions = [Action.READ] * 16 + [Action.LISTED] * 8 + [Action.CHANGED] * 4 + [Action.DOWNLOADED, Action.DENIED]
    figures, sealing_took, seals = {}, 0.0, 0
    for start in range(0, lines, 20_000):
        end = min(start + 20_000, lines)
        LogLine.objects.bulk_create(
            LogLine(
                at=now - timedelta(days=701) + step * at,
                actor=chance.randrange(1, 400),
                role=Role.KLANTMANAGER,
                organisation="Gemeente",
                action=(action := chance.choice(actions)),
                case_number="" if action == Action.LISTED else chance.choice(numbers),
                about_zone="programme",
                address="cases:list" if action == Action.LISTED else "cases:case",
                count=50 if action == Action.LISTED else None,
                result=200,
                origin="192.0.2.1",
            )
            for at in range(start, end)
        )
        began = time.perf_counter()
        seals += len(sealing.seal_new_lines(now=now - timedelta(days=701) + step * end))
        sealing_took += time.perf_counter() - began
    began = time.perf_counter()
    report = sealing.check_log(now=now)
    if report.findings or (report.lines, report.seals) != (lines, seals):
        raise SystemExit(f"the check of the log: {report}")
    figures |= {"seals": seals, "seal all, s": sealing_took, "check all, s": time.perf_counter() - began}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    def handler_with(log):
        settings.MIDDLEWARE = [name for name in all_middleware if log or name != MIDDLEWARE]
        return WSGIHandler()

    settings.RATE_LIMITS = {}  # one person asks more here than anybody may
    all_middleware = list(settings.MIDDLEWARE)
    handlers = {True: handler_with(True), False: handler_with(False)}
    settings.MIDDLEWARE = all_middleware
    factory = RequestFactory()

    def page(address, user):
        environ = factory.get(address).environ
        environ["HTTP_COOKIE"] = f"{settings.SESSION_COOKIE_NAME}={cookie_of(user)}"
        return environ

    first = now - timedelta(days=500)
    pages = {
        "list": page("/dossiers/", own),
        "dossier": page(f"/dossiers/{number}/", own),
        "home": page("/", own),
        "refused": page("/dossiers/JAS-1999-0001/", own),
    }
    reading = {
        "log": page("/privacy/logboek/", officer),
        "log, one dossier": page(f"/privacy/logboek/?dossier={number}", officer),
        "log, refused": page("/privacy/logboek/?handeling=geweigerd&van=", officer),
        "log, deep": page(f"/privacy/logboek/?van=&na={first.isoformat().replace('+', '%2B')}_1", officer),
        "log, a year ago": page(f"/privacy/logboek/?van={first:%Y-%m-%d}&tot={first:%Y-%m-%d}", officer),
    }

    def once(handler, environ, status):
        gc.disable()
        began, clock = time.process_time(), time.perf_counter()
        response = handler(dict(environ), lambda status, headers: None)
        b"".join(response)
        response.close()
        took = time.process_time() - began, time.perf_counter() - clock
        gc.enable()
        if response.status_code != status:
            raise SystemExit(f"{environ['PATH_INFO']}: {response.status_code}")
        return took

    # With and without right after each other, in either order: the difference of such a pair says more on a busy machine.
    pairs = {name: [] for name in pages}
    for turn in range(rounds + 5):
        for name in chance.sample(list(pages), len(pages)):
            status = 404 if name == "refused" else 200
            took = {log: once(handlers[log], pages[name], status) for log in chance.sample([False, True], 2)}
            if turn >= 5:  # the first turns fill caches
                pairs[name].append((took[False], took[True]))
    for name, found in pairs.items():
        for which, unit in ((0, "CPU"), (1, "wall")):
            figures[f"{name}, {unit} ms"] = [
                statistics.median(without[which] for without, _with in found) * 1000,
                statistics.median(with_log[which] for _without, with_log in found) * 1000,
                statistics.median(with_log[which] - without[which] for without, with_log in found) * 1000,
            ]
    for name, environ in reading.items():
        took = [once(handlers[True], environ, 200) for _turn in range(7)]
        figures[f"{name}, wall ms"] = statistics.median(wall for _cpu, wall in took) * 1000
    written = LogLine.objects.filter(at__gte=now).count()
    if written != (rounds + 5) * len(pages) + 7 * len(reading):
        raise SystemExit(f"{written} lines were written")
    figures["lines written by the pages"] = written
    print(json.dumps(figures))


def cookie_of(user):
    """The session cookie of a signed-in user."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def run(database, url, options):
    """Measure in a process of its own and print the figures."""
    with tempfile.TemporaryDirectory(prefix="jas-bench-") as data:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "only-for-measuring-only-for-measuring-only-for-measuring",
            "DATA_DIR": data,
            "DATABASE_URL": url,
            "REDIS_URL": "",
            "DEMO": "0",
            "SECURE_COOKIES": "0",
            "SECOND_FACTOR_REQUIRED": "0",
            "LOG_SEAL_WITNESS": "",
        }
        command = [sys.executable, __file__, "--measure", "--cases", str(options.cases)]
        command += ["--lines", str(options.lines), "--rounds", str(options.rounds)]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{database}: the measurement failed")
    print(f"\n{database}, {options.lines} lines in the log")
    for name, figure in json.loads(done.stdout.strip().splitlines()[-1]).items():
        if isinstance(figure, list):
            without, with_log, difference = figure
            print(f"  {name:28} {without:8.2f} without {with_log:8.2f} with, a pair differs by {difference:.2f}")
        else:
            print(f"  {name:28} {figure:8.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=150)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--durable", action="store_true", help="PostgreSQL waits for the disk, as in production")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.cases, options.lines, options.rounds)
        return 0
    if options.database != "postgresql":
        run("SQLite", "", options)
    if options.database != "sqlite":
        from _servers import Servers

        with Servers(durable=options.durable) as servers:
            run("PostgreSQL, waiting for the disk" if options.durable else "PostgreSQL", servers.database_url, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
