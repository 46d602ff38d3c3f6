#!/usr/bin/env python3
"""What becomes of mail when things break: how many events went in, how many mails came out, lost, double.

bench/faults.py [--quick] [--only WORD] [--seed 1]

Starts its own PostgreSQL, Redis and mail server, the portal's workers and beat as processes, and breaks them. Writes
docs/faults.md, and exits with 1 on any loss, and on any copy outside the one window that `notifications.services.delivery`
names. The row that hits that window on purpose counts its copies in a column of their own. With --quick there are fewer
messages: under ten minutes. The rows with network namespaces need root.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "script")]

from _install import die_with_parent  # noqa: E402  the folder script/ is on the path by now
from aiosmtpd.controller import Controller  # noqa: E402

#: A dead worker's claim ends after so many seconds; two minutes in production.
LEASE_SECONDS = 8
DRAIN_WITHIN = 240
DOCUMENT = ROOT / "docs" / "faults.md"


# --- The mail server -----------------------------------------------------------------------------------


class Box:
    """A real SMTP server that counts each Message-ID it has taken, and misbehaves as `behave` says.

    `behave(message_id)` returns None (take it), a number of seconds to think first, an answer such as "451 busy",
    "hang up" (the connection breaks, nothing is taken), or a function to call once it is taken, before the answer.
    """

    def __init__(self):
        self.taken = Counter()
        self.by_peer = Counter()
        self.times = []
        self.behave = lambda _message_id: None
        self.refuse = lambda _address: None

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.refuse(address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message_id = re.search(rb"^Message-ID: (<[^>]+>)", envelope.content, re.MULTILINE | re.IGNORECASE)[1].decode()
        wish = self.behave(message_id)
        if wish == "hang up":
            server.transport.abort()
            return "451 gone"
        if isinstance(wish, str):
            return wish
        if isinstance(wish, int | float):
            await asyncio.sleep(wish)
        self.taken[message_id] += 1
        self.by_peer[session.peer[0]] += 1
        self.times.append(time.monotonic())
        if callable(wish):
            await asyncio.to_thread(wish)
        return "250 Taken"


class MailServer:
    """A `Box` behind a port that can be closed and opened again."""

    def __init__(self, box, host="127.0.0.1", port=0):
        self.box, self.host = box, host
        if not port:
            with socket.socket() as probe:
                probe.bind((host, 0))
                port = probe.getsockname()[1]
        self.port = port
        self.open()

    def open(self):
        self.controller = Controller(self.box, hostname=self.host, port=self.port)
        self.controller.start()

    def close(self):
        self.controller.stop()


# --- The portal's processes ------------------------------------------------------------------------------


class Portal:
    """Settings of one portal, and its workers and beats."""

    def __init__(self, environment, log):
        self.environment, self.log, self.processes = environment, log, []
        log.touch()

    def _celery(self, words, before=(), **environment):
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                [*before, sys.executable, "-m", "celery", "-A", "jas_portal", *words],
                cwd=ROOT,
                env=os.environ | self.environment | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self.processes.append(process)
        return process

    def worker(self, concurrency=2, before=(), **environment):
        """Start a worker of so many processes; returns it."""
        words = ["worker", "--pool", "prefork", "--concurrency", str(concurrency), "--loglevel", "INFO"]
        name = f"w{len(self.processes)}@bench"
        return self._celery(
            [*words, "--hostname", name, "--without-gossip", "--without-mingle"], before, **environment
        )

    def beat(self):
        """Start a beat with a schedule file of its own; returns it."""
        schedule = Path(self.environment["DATA_DIR"]) / f"beat-{len(self.processes)}"
        return self._celery(["beat", "--pidfile", "", "--schedule", str(schedule)])

    def kill(self, process):
        """SIGKILL to a process and all its children: nobody gets to say goodbye."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self):
        """Kill all that run."""
        for process in self.processes:
            self.kill(process)
        self.processes.clear()


# --- A line of the table -----------------------------------------------------------------------------------


@dataclass
class Line:
    """One fault and what came of it."""

    fault: str
    events: int = 0
    out: int = 0
    lost: int = 0
    double: int = 0
    in_window: int = 0
    seconds: float = 0
    remarks: list = field(default_factory=list)
    failed: bool = False

    @property
    def is_good(self):
        return not self.lost and not self.double and not self.failed

    def cells(self):
        return [
            self.fault, self.events, self.out, self.lost, self.double, self.in_window, f"{self.seconds:.0f}",
            "; ".join(self.remarks),
        ]  # fmt: skip


class Bench:
    """The faults. Each method is one and returns its `Line`."""

    def __init__(self, servers, folder, quick):
        self.servers, self.folder, self.quick = servers, folder, quick
        self.box = Box()
        self.mail = MailServer(self.box)
        self.portal = Portal(self.environment(), folder / "celery.log")
        self.refused = set()

    def environment(self, **changes):
        """The variables of the portal under test."""
        return {
            "ENV_FILE": os.devnull,
            "DJANGO_SETTINGS_MODULE": "jas_portal.settings",
            "SECRET_KEY": "only-for-measuring-only-for-measuring-only-for-measuring",
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": self.servers.database_url,
            "REDIS_URL": self.servers.redis_url,
            "BASE_URL": "http://localhost:8000",
            "MAIL_DELIVERY": "smtp",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(self.mail.port),
            "MAIL_LEASE_SECONDS": str(LEASE_SECONDS),
            "DEMO": "0",
            "DEBUG": "0",
            "SECURE_COOKIES": "0",
            "SECOND_FACTOR_REQUIRED": "0",
            "LOG_LEVEL": "INFO",
            **changes,
        }

    def set_up(self):
        """Django in this process, on the database under test: the events are made here, as the web makes them."""
        os.environ.update(self.environment(LOG_LEVEL="ERROR"))
        import django

        django.setup()

        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from jas_portal.celery import app

        app.loader.import_default_modules()
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # every line of every conversation
        from django.db import connection, connections
        from django.db.utils import InterfaceError, OperationalError

        from notifications import mail, services
        from notifications.models import Notification, NotificationStatus

        self.app, self.seen_ready = app, 0
        self.connection, self.connections = connection, connections
        # The throwaway server forgets its last moments in a crash; a real one keeps what it said it stored.
        with connection.cursor() as cursor:
            cursor.execute("ALTER ROLE jas SET synchronous_commit = on")
        connection.close()
        self.errors = (InterfaceError, OperationalError)
        self.message_id, self.services = mail.message_id, services
        self.rows, self.states = Notification.objects, NotificationStatus

    # --- Events ---------------------------------------------------------------------------------------------

    def one_event(self, key, **fields):
        """One message as a service queues it; tried until the database says that it is stored."""
        receiver = self.services.Receiver(address=f"{key.replace(':', '.')}@demo.example")
        while True:
            try:
                fields = {"kind": "hand_over", "subject": f"Bericht {key}", "link": "/", **fields}
                return self.services.notify(key=key, receiver=receiver, **fields)
            except self.errors:
                self.connection.close()
                time.sleep(0.2)

    def events(self, name, count):
        """So many messages at once; returns their keys."""
        keys = [f"{name}:{number}" for number in range(count)]
        self.rows.bulk_create(
            [
                self.rows.model(
                    key=key,
                    kind="hand_over",
                    address=f"{key.replace(':', '.')}@demo.example",
                    subject=f"Bericht {key}",
                    link="/",
                )
                for key in keys
            ],
            batch_size=1_000,
        )
        return keys

    @contextlib.contextmanager
    def load(self, name, per_second):
        """While inside, a writer stores messages one by one, each in its own transaction. Gives the list of keys."""
        keys, over = [], threading.Event()

        def write():
            number = 0
            while not over.is_set():
                key = f"{name}:{number}"
                self.one_event(key)
                keys.append(key)
                number += 1
                over.wait(1 / per_second)
            self.connections.close_all()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            yield keys
        finally:
            over.set()
            writer.join()

    # --- Looking ----------------------------------------------------------------------------------------------

    def ask(self, question):
        """The answer of a query, tried again while the database is away."""
        while True:
            try:
                return question()
            except self.errors:
                self.connection.close()
                time.sleep(0.3)

    def ready(self, count):
        """Wait until so many workers more than before say that they are ready."""
        wanted = self.seen_ready + count
        self.wait(lambda: self.portal.log.read_bytes().count(b" ready.") >= wanted, 120, f"{count} workers")
        self.seen_ready = self.portal.log.read_bytes().count(b" ready.")

    def nudge(self, times):
        """What beat does every five seconds, so many times at once: each process has work from the first moment."""
        for _time in range(times):
            self.app.tasks["notifications.tasks.deliver_due"].apply_async()

    def ids(self, keys):
        """{key: Message-ID}"""
        from notifications.models import Notification

        return {key: self.message_id(Notification(key=key)) for key in keys}

    def wait(self, true, seconds, what):
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                print(f"    waited {seconds} s in vain: {what}", flush=True)
                return False
            time.sleep(0.1)
        return True

    def drained(self, keys, seconds=DRAIN_WITHIN, hurry=False):
        """Wait until every message of `keys` is settled; with `hurry` the pauses after a fault are cut short."""
        name = keys[0].partition(":")[0]
        waiting = self.rows.filter(key__startswith=f"{name}:", status__in=("queued", "sending"))

        last = [time.monotonic()]

        def settled():
            if hurry and time.monotonic() - last[0] > 4:
                from django.utils import timezone

                self.ask(lambda: waiting.filter(status="queued").update(next_attempt_at=timezone.now()))
                last[0] = time.monotonic()
            return not self.ask(waiting.exists)

        return self.wait(settled, seconds, f"{name} to drain")

    def in_the_window(self, keys):
        """(Message-ID, claim) that the server has taken while the row doesn't say so, looked at just after a worker died."""
        time.sleep(0.5)  # what lay in the buffer of a connection is taken by now
        name = keys[0].partition(":")[0]
        rows = self.ask(
            lambda: list(self.rows.filter(key__startswith=f"{name}:", status="sending").only("key", "claimed_by"))
        )
        # A claim that was called out is the same claim.
        return {
            (found, row.claimed_by.lstrip("?")) for row in rows if (found := self.message_id(row)) in self.box.taken
        }

    def judge(self, line, keys, window=(), refused=()):
        """Count what came of `keys`. `window`: (Message-ID, claim) caught in the named window, each good for one copy."""
        ids = self.ids(keys)
        allowed = Counter(message_id for message_id, _claim in window)
        line.events += len(keys)
        for key, message_id in ids.items():
            taken = self.box.taken[message_id]
            if key in refused:
                line.double += taken
                continue
            line.out += taken
            line.lost += taken == 0
            copies = max(0, taken - 1)
            excused = min(copies, allowed[message_id])
            line.in_window += excused
            line.double += copies - excused
        return line

    # --- The faults ---------------------------------------------------------------------------------------------

    def worker_killed(self):
        """Ten SIGKILLs at random moments."""
        line = Line("A worker is killed (SIGKILL) at ten random moments under load")
        self.box.behave = lambda _message_id: random.uniform(0.001, 0.02)
        window = set()
        self.portal.beat()
        with self.load("killed", 30) as keys:
            for _turn in range(10):
                worker = self.portal.worker()
                seen = sum(self.box.taken.values())
                self.wait(lambda seen=seen: sum(self.box.taken.values()) > seen, 60, "a worker to begin")
                time.sleep(random.uniform(0.1, 2.5))
                self.portal.kill(worker)
                window |= self.in_the_window(keys)
        self.portal.worker()
        self.drained(keys)
        line.remarks.append(f"of twenty processes {len(window)} died within the named window, by chance")
        return self.judge(line, keys, window)

    def window_on_purpose(self):
        """The worker is killed when the server has taken a message and not said so yet."""
        line = Line("The named window, hit on purpose: the worker dies between the server's taking and our noting it")
        times = 3
        window, self.portal_worker = set(), None

        def kill_now():
            self.portal.kill(self.portal_worker)

        hits = iter(range(times))
        self.portal.beat()
        keys = self.events("window", 60)
        for _turn in hits:
            armed = [True]

            def once(_message_id, armed=armed):
                return kill_now if armed and armed.pop() else None

            self.box.behave = once
            self.portal_worker = self.portal.worker()
            self.wait(lambda armed=armed: not armed and self.portal_worker.poll() is not None, 60, "the worker to die")
            window |= self.in_the_window(keys)
        self.box.behave = lambda _message_id: None
        self.portal.worker()
        self.drained(keys)
        self.judge(line, keys, window)
        line.remarks.append(f"{times} kills, at most one copy each")
        line.failed = line.in_window > times
        return line

    def redis_stopped(self):
        """Redis away for a minute, and empty when it is back."""
        seconds = 60
        line = Line(f"Redis stops for {seconds} s and comes back empty")
        self.portal.worker()
        self.portal.beat()
        with self.load("redis", 20) as keys:
            self.wait(lambda: len(self.box.taken) and len(keys) > 20, 60, "a beginning")
            time.sleep(5)
            self.servers.stop("Redis", signal.SIGKILL)
            before = len(keys)
            time.sleep(seconds)
            stored = len(keys) - before
            self.servers.start_redis()
            back = time.monotonic()
            out = sum(self.box.taken.values())
            self.wait(lambda: sum(self.box.taken.values()) > out, 90, "delivery to go on")
            line.remarks.append(
                f"{stored} events stored meanwhile; delivery went on {time.monotonic() - back:.0f} s after"
            )
            time.sleep(3)
        self.drained(keys)
        return self.judge(line, keys)

    def postgresql_restarted(self):
        """PostgreSQL ends under load, three times in good order and once as by a crash."""
        line = Line("PostgreSQL restarts under load, three times in order and once by a crash")
        self.box.behave = lambda _message_id: random.uniform(0.001, 0.02)
        self.portal.worker()
        self.portal.beat()
        with self.load("postgresql", 40) as keys:
            for number in (signal.SIGINT, signal.SIGINT, signal.SIGQUIT, signal.SIGINT):
                seen = sum(self.box.taken.values())
                self.wait(lambda seen=seen: sum(self.box.taken.values()) > seen + 20, 60, "delivery")
                time.sleep(random.uniform(0.2, 1.5))
                self.servers.stop("PostgreSQL", number)
                time.sleep(2)
                self.servers.start_postgresql()
        self.drained(keys)
        return self.judge(line, keys)

    def postgresql_away_long(self):
        """PostgreSQL away longer than a claim holds, from just after the server took a message."""
        seconds = LEASE_SECONDS * 3 // 2
        times = 1 if self.quick else 5
        line = Line(f"PostgreSQL stops for {seconds} s, longer than a claim holds, right after a message was taken")
        self.portal.worker()
        self.portal.beat()
        keys = self.events("away", 40)
        for turn in range(times):
            armed, stopped = [True], threading.Event()

            def stop(stopped=stopped):
                self.servers.stop("PostgreSQL", signal.SIGINT)
                stopped.set()

            # The others take a while, so that there is something left to do when it is back.
            self.box.behave = lambda _message_id, armed=armed, stop=stop: stop if armed and armed.pop() else 0.1
            if not self.wait(stopped.is_set, 60, "PostgreSQL to stop"):
                line.failed = True
                break
            time.sleep(seconds)
            self.servers.start_postgresql()
            keys += self.ask(lambda turn=turn: self.events(f"away:{turn}", 20))
        self.drained(keys)
        line.remarks.append(f"{times} time{'s' if times > 1 else ''}; the other process was there when it came back")
        return self.judge(line, keys)

    def smtp_refuses(self):
        """Passing and permanent refusals, and no server at all."""
        line = Line("The mail server is away, then refuses for now (4xx), and refuses some receivers for good (5xx)")
        self.mail.close()
        count = 300
        refused = {f"refuses:{number}" for number in range(0, count, 30)}
        addresses = {f"{key.replace(':', '.')}@demo.example" for key in refused}
        self.box.refuse = lambda address: "550 5.1.1 no such person" if address in addresses else None
        busy = [0]

        def behave(_message_id):
            busy[0] += 1
            return "451 4.3.2 busy" if busy[0] <= 100 else None

        self.box.behave = behave
        self.portal.worker()
        self.portal.beat()
        keys = self.events("refuses", count)
        time.sleep(12)
        self.mail.open()
        self.drained(keys, hurry=True)
        self.box.refuse = lambda _address: None
        visible = self.rows.filter(key__in=refused, status="failed").count()
        line.remarks.append(f"{visible} of {len(refused)} refused receivers stand under 'Niet aangekomen'")
        line.failed = visible != len(refused)
        return self.judge(line, keys, refused=refused)

    def smtp_slow(self):
        """A server that thinks longer over a message than we wait for anything else."""
        line = Line("The mail server is slow: 0.5 s for each message, 25 s for some")
        slow = iter([25, 25] if self.quick else [25] * 6)
        self.box.behave = lambda _message_id: next(slow, 0.5)
        for _worker in range(2):
            self.portal.worker()
        self.portal.beat()
        keys = self.events("slow", 60 if self.quick else 200)
        self.drained(keys)
        return self.judge(line, keys)

    def smtp_hangs_up(self):
        """The connection breaks while a message is handed over."""
        line = Line("The mail server closes the connection in the middle of a message, one in five")
        self.box.behave = lambda _message_id: "hang up" if random.random() < 0.2 else None
        self.portal.worker()
        self.portal.beat()
        keys = self.events("hangs", 300)
        self.drained(keys, hurry=True)
        return self.judge(line, keys)

    def two_beats(self):
        """Everything fires twice, and four workers are there to do it."""
        line = Line("Two beats and four workers")
        for _worker in range(4):
            self.portal.worker(concurrency=1)
        for _beat in range(2):
            self.portal.beat()
        with self.load("beats", 50) as keys:
            time.sleep(20 if self.quick else 60)
        self.drained(keys)
        return self.judge(line, keys)

    def ten_thousand(self):
        """So many at once."""
        count = 10_000
        line = Line("10,000 messages queued at once, four worker processes")
        keys = self.events("many", count)
        self.seen_ready = self.portal.log.read_bytes().count(b" ready.")
        self.portal.worker(concurrency=4)
        self.ready(1)
        self.portal.beat()
        self.nudge(4)
        self.drained(keys, seconds=900)
        first, last = self.box.times[0], self.box.times[-1]
        line.remarks.append(f"**drained in {last - first:.0f} s** ({count / (last - first):.0f} a second)")
        return self.judge(line, keys)

    def clock(self, name, fault, moments, events_at):
        """Run the whole beat table at each of `moments`, with messages that come due at `events_at`."""
        import time_machine
        from django.utils import timezone

        from jas_portal.celery import app

        line = Line(fault)
        keys = []
        for number, moment in enumerate(events_at):
            key = f"{name}:{number}"
            self.one_event(key, now=moment)
            keys.append(key)
        runs = 0
        for moment in moments:
            with time_machine.travel(moment, tick=True):
                for entry in app.conf.beat_schedule.values():
                    runs += 1
                    if entry["task"] == "notifications.tasks.deliver_due":
                        # It goes by the clock of the database, which does not travel.
                        self.services.deliver_due(now=timezone.now())
                        continue
                    done = app.tasks[entry["task"]].apply()
                    if done.failed():
                        line.failed = True
                        line.remarks.append(f"{entry['task']}: {done.result!r}")
        line.remarks.append(f"{runs} runs of {len(app.conf.beat_schedule)} periodic jobs")
        return self.judge(line, keys), keys

    def three_days(self):
        """The clock stood still for three days; one run catches up, the next does nothing."""
        from django.utils import timezone

        start = timezone.now() + timedelta(days=400)
        due = [start + timedelta(minutes=30 * number) for number in range(144)]
        back = start + timedelta(days=3)
        line, _keys = self.clock(
            "missed",
            "Three days of clock missed and caught up",
            [back, back + timedelta(seconds=5), back + timedelta(minutes=15)],
            due,
        )
        self.domain_of_three_days(line, start)
        return line

    def domain_of_three_days(self, line, start):
        """Proposals, talks and courses that come due within three days: run each hour, or once after three days.

        Both must leave the same alerts and messages. Each is tried on the same rows and taken back.
        """
        import time_machine
        from django.db import transaction

        from cases.models import Alert, Assignment
        from jas_portal.celery import app
        from notifications.models import Notification
        from tests import factories

        skipped = ("notifications.tasks.deliver_due",)

        def run(moment):
            with time_machine.travel(moment, tick=True):
                for entry in app.conf.beat_schedule.values():
                    if entry["task"] not in skipped:
                        app.tasks[entry["task"]].apply(throw=True)

        def outcome():
            # Digests gather what is there when their hour comes: three days late that is one mail instead of three.
            told = Notification.objects.exclude(key__startswith="missed:").exclude(kind="digest")
            return (
                Counter(Alert.objects.values_list("kind", flat=True)),
                Counter(told.values_list("kind", flat=True)),
                Counter(Assignment.objects.exclude(ends_on=None).values_list("role", flat=True)),
            )

        before = outcome()
        found = []
        for moments in (
            [start + timedelta(hours=hour) for hour in range(0, 73)],
            [start + timedelta(days=3), start + timedelta(days=3, minutes=15)],
        ):
            with transaction.atomic():
                with time_machine.travel(start, tick=True):
                    made = make_due_work(factories, start)
                for moment in moments:
                    run(moment)
                found.append(outcome())
                transaction.set_rollback(True)
        each_hour, once = found
        events = sum(sum(counter.values()) for counter in each_hour[:2]) - sum(
            sum(counter.values()) for counter in before[:2]
        )
        line.remarks.append(
            f"{made} talks, proposals and places that came due: {events} alerts and messages each hour, "
            f"{'the same' if each_hour == once else 'NOT the same'} in one run after three days"
        )
        for hourly, at_once in zip(each_hour, once, strict=True):
            if hourly != at_once:
                print("    each hour:", hourly, "\n    once:     ", at_once)
        line.failed |= each_hour != once or not events

    def summer_and_winter(self):
        """Every quarter of an hour of both nights in which the clock is changed."""
        from zoneinfo import ZoneInfo

        amsterdam = ZoneInfo("Europe/Amsterdam")
        both = Line("The nights of both changes of the clock, every quarter of an hour")
        for name, night in (
            ("spring", datetime(2028, 3, 26, tzinfo=amsterdam)),
            ("autumn", datetime(2028, 10, 29, tzinfo=amsterdam)),
        ):
            from datetime import UTC

            start = night.astimezone(UTC) - timedelta(hours=1)
            moments = [start + timedelta(minutes=15 * number) for number in range(28)]
            line, _keys = self.clock(name, "", [*moments, moments[-1] + timedelta(minutes=20)], moments)
            for what in ("events", "out", "lost", "double", "in_window"):
                setattr(both, what, getattr(both, what) + getattr(line, what))
            both.failed |= line.failed
            both.remarks.append(f"{name}: {'; '.join(line.remarks)}")
        return both

    def embedded_broker(self):
        """The demo's own broker, a folder, and SQLite: stopped and started with work queued."""
        from tests.journeys.running_portal import RunningPortal, kill

        line = Line("The embedded broker (a folder) and SQLite: killed and started with work queued")
        data = self.folder / "embedded"
        data.mkdir()
        portal = RunningPortal(data, self.mail.port)
        portal.env["MAIL_LEASE_SECONDS"] = str(LEASE_SECONDS)
        queue = """
            from notifications import services
            for number in range({first}, {last}):
                services.notify(key=f"embedded:{{number}}", kind="hand_over", subject=f"Bericht {{number}}",
                                receiver=services.Receiver(address=f"embedded{{number}}@demo.example"))
        """
        self.box.behave = lambda _message_id: 0.02
        window, keys = set(), []
        try:
            for turn in range(2 if self.quick else 5):
                portal.python(queue.format(first=turn * 100, last=turn * 100 + 100))
                keys += [f"embedded:{number}" for number in range(turn * 100, turn * 100 + 100)]
                worker = portal.start_worker()
                seen = sum(self.box.taken.values())
                self.wait(lambda seen=seen: sum(self.box.taken.values()) > seen + 20, 60, "delivery")
                kill(worker)
                time.sleep(0.5)
                held = portal.query("SELECT key, claimed_by FROM notifications_notification WHERE status = 'sending'")
                ids = self.ids([key for key, _claim in held])
                window |= {(ids[key], claim.lstrip("?")) for key, claim in held if ids[key] in self.box.taken}
            nudges = len(list((data / "broker" / "queue").glob("*.msg")))
            portal.start_worker()
            left = "SELECT count(*) FROM notifications_notification WHERE status <> 'sent'"
            self.wait(lambda: portal.query(left) == [(0,)], 90, "the embedded broker to drain")
        finally:
            portal.stop()
        line.remarks.append(f"{nudges} nudges lay in the folder")
        return self.judge(line, keys, window)

    def namespaces(self):
        """Three workers, each on a network of its own, with nothing in common but addresses in their settings."""
        line = Line("Three workers in network namespaces of their own, one broker")
        count = 900 if self.quick else 3_000
        self.box.behave = lambda _message_id: 0.03
        self.seen_ready = self.portal.log.read_bytes().count(b" ready.")
        with Networks(3) as networks:
            mail = MailServer(self.box, host=networks.address)
            ports = {}
            for name, url in (("DATABASE_URL", self.servers.database_url), ("REDIS_URL", self.servers.redis_url)):
                port = int(re.search(r"@127\.0\.0\.1:(\d+)/", url)[1])
                ports[name] = url.replace(f"127.0.0.1:{port}", f"{networks.address}:{networks.forward(port)}")
            try:
                for number, namespace in enumerate(networks.names):
                    data = self.folder / f"network-{number}"
                    data.mkdir()
                    self.portal.worker(
                        concurrency=1,
                        before=["ip", "netns", "exec", namespace],
                        EMAIL_HOST=networks.address,
                        EMAIL_PORT=str(mail.port),
                        DATA_DIR=str(data),
                        **ports,
                    )
                self.ready(3)
                keys = self.events("networks", count)
                self.portal.beat()
                self.drained(keys)
                self.portal.stop()
            finally:
                mail.close()
        shares = [self.box.by_peer[address] for address in networks.addresses]
        line.remarks.append(f"they sent {', '.join(map(str, shares))}")
        line.failed = not all(shares)
        return self.judge(line, keys)

    # --- How fast ---------------------------------------------------------------------------------------------

    def throughput(self, processes):
        """Messages a second with one worker of so many processes."""
        line = Line(f"Throughput with {processes} worker process{'es' if processes > 1 else ''}")
        keys = self.events(f"speed{processes}", 1_000 if self.quick else 4_000)
        self.seen_ready = self.portal.log.read_bytes().count(b" ready.")
        self.portal.worker(concurrency=processes)
        self.ready(1)
        self.portal.beat()
        self.nudge(processes)
        self.drained(keys)
        times = self.box.times
        line.remarks.append(f"**{(len(times) - 1) / (times[-1] - times[0]):.0f} messages a second**")
        return self.judge(line, keys)

    def run(self, only):
        """Every fault in turn; returns the lines."""
        faults = [
            self.worker_killed, self.window_on_purpose, self.redis_stopped, self.postgresql_restarted,
            self.postgresql_away_long, self.smtp_refuses, self.smtp_slow, self.smtp_hangs_up, self.two_beats,
            self.three_days, self.summer_and_winter, self.embedded_broker, self.ten_thousand, self.namespaces,
        ]  # fmt: skip
        named = [(fault.__name__, fault) for fault in faults]
        named += [(f"throughput_{count}", lambda count=count: self.throughput(count)) for count in (1, 2, 4)]
        lines = []
        for name, fault in named:
            if only and only not in name:
                continue
            self.box.taken.clear()
            self.box.by_peer.clear()
            self.box.times.clear()
            self.box.behave = lambda _message_id: None
            begun = time.monotonic()
            print(f"{name} …", flush=True)
            try:
                line = fault()
            except Exception as broken:
                if not isinstance(broken, Skipped):
                    traceback.print_exc()
                    lines.append(Line(name, remarks=[f"broke off: {type(broken).__name__}"], failed=True))
                    continue
                reason = broken
                print(f"    skipped: {reason}", flush=True)
                lines.append(Line(fault.__doc__.strip().split("\n")[0], remarks=[f"skipped: {reason}"]))
                continue
            finally:
                self.portal.stop()
            line.seconds = time.monotonic() - begun
            print(f"    {'good' if line.is_good else 'BAD '} {line.cells()}", flush=True)
            lines.append(line)
        return lines


class Skipped(Exception):
    """This machine cannot do it, for the reason given."""


def make_due_work(factories, start):
    """Talks, proposals and courses that come due within three days of `start`. Returns how many things."""
    from accounts.models import OrganisationKind
    from accounts.roles import Role
    from mentoring.services.matching import open_match_request, propose_match

    today = start.date()
    made = 0
    for number in range(6):
        klantmanager = factories.make_user(Role.KLANTMANAGER)
        case = factories.make_case(klantmanager=klantmanager, today=today)
        made += 1
        if number % 2:
            # The account ends: the dossier waits for a klantmanager.
            klantmanager.role_assignments.update(ends_on=today + timedelta(days=1 + number % 3))
        else:
            volunteers = factories.make_organisation("Mentorproject", OrganisationKind.VRIJWILLIGERS)
            coordinator = factories.make_user(Role.VRIJWILLIGERSCOORDINATOR, organisation=volunteers)
            request = open_match_request(
                case=case, organisation=coordinator.acting_as.organisation, wishes="", by=klantmanager, today=today
            )
            proposal = propose_match(request=request, mentor=factories.make_mentor(), by=coordinator, today=today)
            type(proposal).objects.filter(pk=proposal.pk).update(answer_by=today + timedelta(days=number % 3))
    return made


class Networks:
    """Network namespaces, each with a wire to one bridge on which this machine has an address."""

    def __init__(self, count):
        if os.geteuid():
            raise Skipped("only root makes network namespaces")
        if not shutil.which("ip"):
            raise Skipped("there is no command ip (Debian's package iproute2)")
        self.bridge = f"jasb{os.getpid() % 10_000}"
        self.net = f"10.213.{os.getpid() % 250}"
        self.address = f"{self.net}.1"
        self.names = [f"{self.bridge}n{number}" for number in range(count)]
        self.addresses = [f"{self.net}.{number + 10}" for number in range(count)]
        self.forwarders = []

    def _ip(self, *words):
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            self.__exit__()
            raise Skipped(f"ip {' '.join(words)}: {done.stderr.strip()}")

    def __enter__(self):
        self._ip("link", "add", "name", self.bridge, "type", "bridge")
        self._ip("addr", "add", f"{self.address}/24", "dev", self.bridge)
        self._ip("link", "set", self.bridge, "up")
        for number, (name, address) in enumerate(zip(self.names, self.addresses, strict=True)):
            here, there = f"{self.bridge}h{number}", f"{self.bridge}t{number}"
            self._ip("netns", "add", name)
            self._ip("link", "add", here, "type", "veth", "peer", "name", there)
            self._ip("link", "set", here, "master", self.bridge, "up")
            self._ip("link", "set", there, "netns", name)
            self._ip("-n", name, "addr", "add", f"{address}/24", "dev", there)
            self._ip("-n", name, "link", "set", there, "up")
            self._ip("-n", name, "link", "set", "lo", "up")
        return self

    def forward(self, port):
        """A port on the bridge that leads to a port of the loopback; returns it."""
        forwarder = Forwarder(self.address, port)
        self.forwarders.append(forwarder)
        return forwarder.port

    def __exit__(self, *exception):
        for forwarder in self.forwarders:
            forwarder.close()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", self.bridge], capture_output=True, check=False)


class Forwarder:
    """Passes connections on to a port of the loopback, from a thread of its own."""

    def __init__(self, host, to):
        self.to = to
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        serving = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, host, 0), self.loop)
        self.port = serving.result(10).sockets[0].getsockname()[1]

    async def _serve(self, reader, writer):
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.to)
        await asyncio.gather(self._pass(reader, there_writer), self._pass(there_reader, writer))

    async def _pass(self, reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)


# --- The document ---------------------------------------------------------------------------------------------


HEADINGS = ["fault", "events in", "mails out", "lost", "double", "double in the named window", "seconds", "seen"]


def write_document(lines, quick, took, load):
    """Put the table into docs/faults.md. `load`: how busy the machine was before we began."""
    busy = (
        f", and was busy with other work (load {load:.0f} on {os.cpu_count()} cores before it began)"
        if load > 1
        else ""
    )
    rows = "\n".join("| " + " | ".join(str(cell) for cell in line.cells()) + " |" for line in lines)
    DOCUMENT.write_text(f"""# What becomes of mail when things break

Made by `bench/faults.py{" --quick" if quick else ""}` on {datetime.now():%d-%m-%Y}, in {took / 60:.0f} minutes, on a machine with
{os.cpu_count()} cores that also ran PostgreSQL, Redis and the mail server{busy}. It exits with 1 when a message is lost, or is sent
twice outside the one named window. Run it again after every change of delivery, Celery's settings or their versions.

An *event* is a message that a service stored in its transaction; a *mail* is one that a real SMTP server took. *Lost* were
not taken by the server, receivers that it refuses for good apart. *Double* are copies. Workers and beat are real processes; a dead worker's claim ends
after {LEASE_SECONDS} seconds here ({120} in production, `MAIL_LEASE_SECONDS`) and is taken a quarter of that later, and where a server refused for now, the pauses of
a minute and more are cut short.

**The named window.** A server has taken a message, and the worker dies before our "sent" is stored. Nobody can know then
whether it has it, so it is sent again, with the same Message-ID, by which mail programs know the copy. It is short, but a
worker that sends without a pause is in it for a good part of its time, as the first row shows; the second row waits for
exactly that moment.

**How fast.** One process sends a message in a few milliseconds. Here workers, database and the mail server (one process) share
{os.cpu_count()} cores, and those are the limit: more processes help where there are more cores, or where the mail server thinks.

| {" | ".join(HEADINGS)} |
|{"---|" * len(HEADINGS)}
{rows}
""")


def main():
    """Run, print, write; exit with 1 when something was lost or double."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer messages, under ten minutes")
    parser.add_argument("--only", default="", help="faults whose name holds this word; writes no document")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    random.seed(chosen.seed)

    import _servers

    begun, load = time.monotonic(), os.getloadavg()[0]
    with (
        tempfile.TemporaryDirectory(prefix="jas-faults-", ignore_cleanup_errors=True) as folder,
        _servers.Servers() as servers,
    ):
        bench = Bench(servers, Path(folder), chosen.quick)
        try:
            bench.set_up()
            lines = bench.run(chosen.only)
        finally:
            bench.portal.stop()
            bench.mail.close()
            log = Path(folder) / "celery.log"
            if log.exists() and os.environ.get("KEEP_LOG"):
                shutil.copy(log, os.environ["KEEP_LOG"])
    if not chosen.only:
        write_document(lines, chosen.quick, time.monotonic() - begun, load)
    bad = [line.fault for line in lines if not line.is_good]
    print(f"{time.monotonic() - begun:.0f} s; {'all good' if not bad else 'BAD: ' + ', '.join(bad)}")
    return 1 if bad or not lines else 0


if __name__ == "__main__":
    sys.exit(main())
