#!/usr/bin/env python3
"""How much CPU a page costs, against a hand-written floor and against Django's admin.

bench/pages.py [--cases 100000] [--rounds 25] [--database sqlite|postgresql|both]

One process and one run for each database: the pages take turns, and the median CPU time of each counts. Starts the
servers it needs and removes them. Exits with 1 when an aim is missed.
"""

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote_plus

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "script")]

#: page → (compared with, at most so many times as much CPU)
AT_MOST = {"list-80": ("floor-80", 10), "list-all": ("floor-all", 10), "home-80": ("floor-80", 15)}
#: page → at least so many times less CPU than the admin's list
FASTER_THAN_ADMIN = {"list-80": 6, "list-all": 6}
OWN_CASES = 80


def measure(cases, rounds):
    """Make the dossiers, take the times and print them as JSON. Runs with the environment of one database."""
    import django

    django.setup()

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.management import call_command
    from django.db import connection
    from django.test import RequestFactory
    from django.utils import timezone

    import bench.admin  # noqa: F401  registers the admin's list
    from accounts.models import Organisation, OrganisationKind, RoleAssignment, User
    from accounts.roles import Role
    from cases.models import Assignment, Case
    from jas_portal.demo.plain import make_plain_cases

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    today = timezone.localdate()
    gemeente = Organisation.objects.create(name="Gemeente", kind=OrganisationKind.GEMEENTE)

    def klantmanager(name):
        user = User.objects.create_user(f"{name}@bench.example", name=name)
        RoleAssignment.objects.create(
            user=user, role=Role.KLANTMANAGER, organisation=gemeente, starts_on=today.replace(year=today.year - 9)
        )
        return user

    own, everything = klantmanager("own"), klantmanager("everything")
    make_plain_cases(cases, [everything], today=today)
    # The first of the two holds 80, spread over all of them; the other holds the rest.
    spread = list(Case.objects.order_by("pk").values_list("pk", flat=True)[:: max(1, cases // OWN_CASES)])[:OWN_CASES]
    Assignment.objects.filter(case__in=spread).update(user=own)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    def cookie(user):
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        return session.session_key

    handler, factory = WSGIHandler(), RequestFactory()

    def page(address, user=None):
        environ = factory.get(address).environ
        if user:
            environ["HTTP_COOKIE"] = f"{settings.SESSION_COOKIE_NAME}={cookie(user)}"
        return environ

    # Two words of a name that many bear, as somebody types them.
    name = Assignment.objects.filter(user=own).values_list("case__statushouder__full_name", flat=True).first()
    words = quote_plus(" ".join(reversed(name.lower().split()[:2])))
    pages = {
        "floor-80": page(f"/bench/floor/{own.pk}/"),
        "floor-all": page(f"/bench/floor/{everything.pk}/"),
        "signed-in-80": page(f"/bench/signed-in/{own.pk}/", own),
        "signed-in-all": page(f"/bench/signed-in/{everything.pk}/", everything),
        "admin": page("/bench/admin/cases/case/", everything),
        "list-80": page("/dossiers/", own),
        "list-all": page("/dossiers/", everything),
        "home-80": page("/", own),
        "search-80": page(f"/dossiers/?q={words}", own),
        "search-all": page(f"/dossiers/?q={words}", everything),
        "tasks-80": page("/dossiers/taken/", own),
        "tasks-all": page("/dossiers/taken/", everything),
    }
    times = {name: [] for name in pages}
    walls = {name: [] for name in pages}
    bodies = {}
    chance = random.Random(3)
    for turn in range(rounds + 3):
        # In another order each turn: no page always follows the heaviest.
        for name, environ in chance.sample(list(pages.items()), len(pages)):
            began, clock = time.process_time(), time.perf_counter()
            response = handler(dict(environ), lambda status, headers: None)
            body = b"".join(response)
            response.close()
            took, passed = time.process_time() - began, time.perf_counter() - clock
            if response.status_code != 200:
                raise SystemExit(f"{name}: {response.status_code}")
            if turn >= 3:  # the first turns fill caches
                times[name].append(took)
                walls[name].append(passed)
            bodies[name] = body.decode()
    numbers = {name: floor_numbers(body) for name, body in bodies.items() if name.startswith(("floor", "list"))}
    for suffix in ("80", "all"):
        if numbers[f"floor-{suffix}"] != numbers[f"list-{suffix}"]:
            raise SystemExit(f"list-{suffix} shows other rows or another order than its floor")
    print(
        json.dumps(
            {
                name: {
                    "cpu": statistics.median(times[name]) * 1000,
                    "wall": statistics.median(walls[name]) * 1000,
                    "bytes": len(bodies[name]),
                }
                for name in pages
            }
        )
    )


def floor_numbers(body):
    """The dossier numbers of a page's table rows, in order, each once."""
    rows = body.split("<tbody", 1)[-1].split("</tbody>", 1)[0]
    return list(dict.fromkeys(re.findall(r"JAS-\d{4}-\d{4,}", rows)))


def run(database, url, cases, rounds):
    """Measure in a process of its own; returns the figures by page."""
    with tempfile.TemporaryDirectory(prefix="jas-bench-") as data:
        environment = os.environ | {
            "REQUESTS_PER_MINUTE": "1000000",
            "SEARCHES_PER_MINUTE": "1000000",
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "only-for-measuring-only-for-measuring-only-for-measuring",
            "DATA_DIR": data,
            "DATABASE_URL": url,
            "REDIS_URL": "",
            "DEMO": "0",
            "SECURE_COOKIES": "0",
            "SECOND_FACTOR_REQUIRED": "0",
        }
        done = subprocess.run(
            [sys.executable, __file__, "--measure", "--cases", str(cases), "--rounds", str(rounds)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"{database}: the measurement failed")
    return json.loads(done.stdout.strip().splitlines()[-1])


def report(database, figures):
    """Print a line a page with its ratios; returns the aims that were missed."""
    missed = []
    print(f"\n{database}: median CPU ms, wall ms, times the floor, times less than the admin")
    for name, figure in figures.items():
        floor = figures["floor-all" if name.endswith("all") or name == "admin" else "floor-80"]["cpu"]
        ratio, gain = figure["cpu"] / floor, figures["admin"]["cpu"] / figure["cpu"]
        aims = []
        if name in AT_MOST:
            base, most = AT_MOST[name]
            times = figure["cpu"] / figures[base]["cpu"]
            aims.append((times <= most, f"at most {most} times {base}: {times:.1f}"))
        if name in FASTER_THAN_ADMIN:
            least = FASTER_THAN_ADMIN[name]
            aims.append((gain >= least, f"{least} times less than the admin: {gain:.1f}"))
        words = "; ".join(f"{'ok' if good else 'MISSED'} {text}" for good, text in aims)
        print(
            f"  {name:14} {figure['cpu']:8.2f} {figure['wall']:8.2f} {ratio:6.1f}x {gain:6.1f}x"
            f" {figure['bytes'] / 1024:7.1f} kB  {words}"
        )
        missed += [f"{database} {name}: {text}" for good, text in aims if not good]
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.cases, options.rounds)
        return 0

    missed = []
    if options.database != "postgresql":
        missed += report("SQLite", run("SQLite", "", options.cases, options.rounds))
    if options.database != "sqlite":
        from _servers import Servers

        with Servers() as servers:
            figures = run("PostgreSQL", servers.database_url, options.cases, options.rounds)
        missed += report("PostgreSQL", figures)
    print("\nAll aims met." if not missed else "\nMissed:\n  " + "\n  ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
