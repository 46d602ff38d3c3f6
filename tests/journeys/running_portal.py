"""A portal of its own for one test: its data folder, its SQLite file, its worker as a process that can be killed."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class RunningPortal:
    """Settings and data of a portal below `data`, that mails to `mail_port` on this machine."""

    def __init__(self, data, mail_port):
        self.data = data
        self.workers = []
        self.env = os.environ | {
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests-only-for-tests",
            "DJANGO_SETTINGS_MODULE": "jas_portal.settings",
            "DATA_DIR": str(data),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "BASE_URL": "http://localhost:8000",
            "MAIL_DELIVERY": "smtp",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mail_port),
            "DEMO": "0",
            "DEBUG": "0",
            "SECURE_COOKIES": "0",
            "SECOND_FACTOR_REQUIRED": "0",
            "LOG_LEVEL": "INFO",
        }
        self._run("manage.py", "migrate", "--verbosity", "0")
        self._run("manage.py", "createcachetable")

    def _run(self, *arguments, **env):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, code, **env):
        """Run code in a process of this portal; returns what it printed. `env` changes its settings."""
        return self._run("-c", "import django; django.setup()\n" + textwrap.dedent(code), **env)

    def start_worker(self):
        """Worker and beat on the embedded broker, in a process group of their own; returns the process."""
        command = ["-m", "celery", "-A", "jas_portal", "worker", "-B", "--pool", "prefork", "--concurrency", "1"]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"]
        with open(self.data / "worker.log", "ab") as log:
            worker = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.workers.append(worker)
        return worker

    def stop(self):
        """End every worker that is left, with its children."""
        for worker in self.workers:
            kill(worker)

    def query(self, statement, *values):
        """Rows of a statement on the database, from outside the portal."""
        with sqlite3.connect(self.data / "db.sqlite3", timeout=20) as database:
            return database.execute(statement, values).fetchall()

    @property
    def log(self):
        return (self.data / "worker.log").read_text(errors="replace")


def kill(worker):
    """SIGKILL to the worker and all its children: nobody gets to say goodbye."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(10)


def wait_until(true, *, seconds, what):
    """Wait for `true()`; fails with `what` (text, or a function that gives it) when it takes too long."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(0.1)
