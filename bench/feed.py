#!/usr/bin/env python3
"""How long a calendar feed of many meetings takes, from request to last byte, with everything that stands in between.

bench/feed.py [--meetings 500] [--rounds 40] [--database sqlite|postgresql|both]

One process for each database; the whole feed and "nothing changed" take turns, and the median and the 95th percentile
count. Reads the feed once with two independent readers. Exits with 1 when the whole feed takes 100 ms or more (median).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "script")]

AT_MOST_MS = 100


def measure(meetings, rounds):
    """Make the meetings, take the times and print them as JSON. Runs with the environment of one database."""
    import django

    django.setup()

    import vobject
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.urls import reverse
    from django.utils import timezone
    from icalendar import Calendar

    from accounts.models import RoleAssignment, User
    from accounts.roles import Role
    from notifications import services
    from notifications.models import Meeting, MeetingParticipant

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    now = timezone.now()
    people = []
    for number in range(20):
        user = User.objects.create_user(f"docent{number}@bench.example", name=f"Docent {number}")
        RoleAssignment.objects.create(user=user, role=Role.DOCENT, starts_on=timezone.localdate())
        people.append(user.act_as(Role.DOCENT))
    # As many of each of the others: a feed must not pay for what it does not show.
    for user in people:
        begins = [now + timedelta(hours=7 * number) for number in range(meetings)]
        rows = Meeting.objects.bulk_create(
            Meeting(
                kind="startgroep", title=f"Bijeenkomst {number} van Startgroep 12", place="Bibliotheek, Nieuwstraat 4",
                starts_at=begin, ends_at=begin + timedelta(hours=1), changed_at=now,
            )
            for number, begin in enumerate(begins)
        )  # fmt: skip
        MeetingParticipant.objects.bulk_create(
            [MeetingParticipant(meeting=row, user=user, role=Role.DOCENT) for row in rows]
            + [MeetingParticipant(meeting=row, role=Role.STATUSHOUDER) for row in rows]
        )
    if connection.vendor == "postgresql":
        connection.cursor().execute("ANALYZE")
    token = services.make_feed(role_assignment=people[7].acting_as, by=people[7], now=now)
    url, client = reverse("calendar_feed", args=[token]), Client()
    first = client.get(url, secure=True)
    events = [len(Calendar.from_ical(first.content).walk("VEVENT")), len(vobject.readOne(first.text).vevent_list)]
    if events != [meetings, meetings]:
        raise SystemExit(f"{events} meetings in the feed instead of {meetings}")
    times, cpu = {"whole": [], "unchanged": []}, {"whole": [], "unchanged": []}
    for _round in range(rounds):
        for name, headers in (("whole", {}), ("unchanged", {"If-None-Match": first["ETag"]})):
            begin, begin_cpu = time.perf_counter(), time.process_time()
            answer = client.get(url, headers=headers, secure=True)
            times[name].append((time.perf_counter() - begin) * 1000)
            cpu[name].append((time.process_time() - begin_cpu) * 1000)
            if answer.status_code != (304 if headers else 200):
                raise SystemExit(f"{answer.status_code} for {name}")
    found = {
        name: [statistics.median(taken), statistics.quantiles(taken, n=20)[-1], statistics.median(cpu[name])]
        for name, taken in times.items()
    }
    print(json.dumps({**found, "bytes": len(first.content)}))


def run(database, meetings, rounds):
    """The times in milliseconds on this database, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="jas-bench-") as folder:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "SECRET_KEY": "only-for-the-bench-only-for-the-bench-only-for-the-bench",
            "DATA_DIR": folder,
            "ENV_FILE": os.devnull,
            "REDIS_URL": "",
            "DATABASE_URL": "",
            "DEMO": "0",
            "SECURE_COOKIES": "0",
            # The feed is asked for more often here than anybody may.
            "FILES_PER_MINUTE": "0",
            "REQUESTS_PER_MINUTE": "0",
        }
        command = [sys.executable, __file__, "--measure", "--meetings", str(meetings), "--rounds", str(rounds)]
        if database == "sqlite":
            return _output(command, environment)
        from _servers import Servers

        with Servers() as servers:
            return _output(command, {**environment, "DATABASE_URL": servers.database_url})


def _output(command, environment):
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    """Measure and print a table; 1 when it takes too long."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--meetings", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.measure:
        measure(wanted.meetings, wanted.rounds)
        return 0
    slow = False
    print(f"| a feed of {wanted.meetings} meetings | median, ms | 95 %, ms | CPU, ms |\n|---|---|---|---|")
    for database in ("sqlite", "postgresql") if wanted.database == "both" else (wanted.database,):
        found = run(database, wanted.meetings, wanted.rounds)
        for name in ("whole", "unchanged"):
            print(f"| {database}, {name} | {found[name][0]:.1f} | {found[name][1]:.1f} | {found[name][2]:.1f} |")
        print(f"| {database}, size | {found['bytes'] / 1024:.0f} kB | | |")
        slow |= found["whole"][0] >= AT_MOST_MS
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
