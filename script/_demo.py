"""The running demo: its environment and the three processes, watched over until somebody stops it."""

import contextlib
import errno
import fcntl
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time

from _install import PYTHON, ROOT, Stop, die_with_parent, run, say

READY_WITHIN = 90  # seconds; three processes start at once on a slow machine
STOP_WITHIN = 10  # seconds a process gets to stop by itself
GIVE_UP_AFTER = 6  # a part that is started so often …
GIVE_UP_WITHIN = 60  # … within so many seconds stays down, and the demo with it
GIVE_UP_AT_START = 2  # before the demo was ever ready, something is plainly wrong


class Part:
    """One of the processes: started in a group of its own, so that all of it can be ended."""

    def __init__(self, name, command, env, log):
        self.name, self.command, self.env, self.log = name, [str(word) for word in command], env, log
        self.process = None
        self.starts = []

    def start(self):
        self.starts.append(time.monotonic())
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def ended(self):
        """Return how the process ended, in words, or None while it runs."""
        code = self.process.poll()
        if code is None:
            return None
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def starts_too_often(self, times):
        """Return whether it was started so many times within the last minute."""
        return len(self.starts) >= times and time.monotonic() - self.starts[-times] < GIVE_UP_WITHIN

    def signal_group(self, number):
        """Signal every process of the group that is left; return whether there was one."""
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return False
        return True

    def last_lines(self, count=12):
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])
        return ""


class Demo:
    """A portal on SQLite and a folder as broker, below one data folder."""

    def __init__(self, *, port, host, data, empty):
        self.port, self.host, self.data, self.empty = port, host, data, empty
        self.parts = []
        self.ready = self.stopping = False
        self.lock = None

    # --- Before anything is installed -------------------------------------------------------------

    def addresses(self):
        """Return the addresses to listen on. On the own machine both of localhost, so that the name always answers."""
        if self.host not in ("127.0.0.1", "localhost"):
            return [self.host]
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
        except OSError:
            return ["127.0.0.1"]
        return ["127.0.0.1", "::1"]

    def claim(self):
        """Take the data folder and see that the port is free. Raises `Stop` with what to do."""
        try:
            for folder in (self.data, self.data / "log"):
                folder.mkdir(parents=True, exist_ok=True)
            self.lock = open(self.data / "server.lock", "w")  # noqa: SIM115  held until this process ends
        except OSError as error:
            raise Stop(
                f"The data folder {self.data} cannot be written ({error.strerror}). Name another: --data FOLDER"
            ) from None
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Stop(
                f"Another script/server uses {self.data}. Stop that one, or name other data and another port: "
                f"script/server --data FOLDER --port {self.port + 1}"
            ) from None
        self._see_that_the_port_is_free()

    def _see_that_the_port_is_free(self):
        if not 0 < self.port < 65536:
            raise Stop("A port is a number from 1 to 65535.")
        for address in self.addresses():
            try:
                with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind((address, self.port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise Stop(
                        f"Port {self.port} is in use. Stop the program that uses it, or choose another: "
                        f"script/server --port {self.port + 1}"
                    ) from None
                if error.errno == errno.EACCES:
                    raise Stop(
                        f"No right to use port {self.port}; ports below 1024 belong to root. "
                        "Choose another: script/server --port 8000"
                    ) from None
                raise Stop(
                    f"This machine cannot listen on {address} ({error.strerror or error}). "
                    "Name one of its own addresses: --host 127.0.0.1"
                ) from None

    # --- Environment and data -----------------------------------------------------------------------

    def _secret_key(self):
        """Return the key of this demo, made once and kept with its data."""
        path = self.data / "secret-key"
        if not path.exists() or not path.read_text().strip():
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text().strip()

    def settings(self):
        """Return the variables of a demo, whatever the shell or a .env says about a real portal."""
        hosts = ["localhost", "127.0.0.1", "[::1]", socket.gethostname()]
        if self.host in ("0.0.0.0", "::"):  # what somebody asked for with --host  # nosec B104
            with contextlib.suppress(OSError):
                hosts += socket.gethostbyname_ex(socket.gethostname())[2]
        else:
            hosts.append(f"[{self.host}]" if ":" in self.host else self.host)
        hosts += [host for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host]
        return {
            "DEMO": "1",
            "DEBUG": "0",
            "SECRET_KEY": self._secret_key(),
            "BASE_URL": f"http://localhost:{self.port}",
            "ALLOWED_HOSTS": ",".join(dict.fromkeys(hosts)),
            "DATA_DIR": str(self.data),
            "STATIC_ROOT": str(self.data / "static"),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "MAIL_DELIVERY": "keep",
            "SECURE_COOKIES": "0",
            "SECURE_SSL_REDIRECT": "0",
            "SECOND_FACTOR_REQUIRED": "0",
            "BEHIND_TLS_PROXY": "0",
        }

    def _keep_settings(self):
        """Write the settings beside the data, for `ENV_FILE=var/demo.env .venv/bin/python manage.py …`; return the file."""
        path = self.data / "demo.env"
        lines = ["# Written by script/server at every start."]
        lines += [f"{name}={value}" for name, value in self.settings().items()]
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write("\n".join(lines) + "\n")
        return path

    def prepare(self):
        """Bring tables, demo data and static files up to date."""
        kept = self._keep_settings()
        self.env = os.environ | self.settings()
        self.env |= {"DJANGO_SETTINGS_MODULE": "jas_portal.settings", "ENV_FILE": os.devnull, "PYTHONUNBUFFERED": "1"}
        run(
            [PYTHON, ROOT / "script" / "_prepare.py", *(["--empty"] if self.empty else [])],
            name="Preparing the data",
            env=self.env,
            show_errors=True,
            hint=f"Data of an older version? Start afresh with other data: script/server --data FOLDER "
            f"(now {self.data}).",
        )
        if self.empty:
            say(f"A manage.py command for this portal: ENV_FILE={kept} .venv/bin/python manage.py …")

    # --- Running ------------------------------------------------------------------------------------

    def _make_parts(self):
        binds = []
        for address in self.addresses():
            binds += ["--bind", f"[{address}]:{self.port}" if ":" in address else f"{address}:{self.port}"]
        commands = {
            # Threads, because a browser opens connections ahead that say nothing, and a sync worker waits for them.
            "web": ["gunicorn", "jas_portal.wsgi", *binds, "--workers", "2", "--threads", "4"]
            + [
                "--worker-class",
                "gthread",
                "--timeout",
                "60",
                "--graceful-timeout",
                "5",
                "--preload",
                "--no-control-socket",
            ],
            "worker": ["celery", "-A", "jas_portal", "worker", "--pool", "prefork", "--concurrency", "2"]
            + ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"],
            "beat": ["celery", "-A", "jas_portal", "beat", "--pidfile", "", "--loglevel", "INFO"],
        }
        for name, command in commands.items():
            log = self.data / "log" / f"{name}.log"
            if log.exists() and log.stat().st_size > 5_000_000:
                log.replace(log.with_suffix(".log.1"))
            self.parts.append(Part(name, [PYTHON, "-m", *command], self.env, log))

    def _health(self):
        """Return what /healthz says as (status, {part: word}); (0, {}) when web does not answer."""
        address = self.addresses()[0]
        if address in ("0.0.0.0", "::"):  # it asks there, it doesn't listen  # nosec B104
            address = {"0.0.0.0": "127.0.0.1", "::": "::1"}[address]  # nosec B104
        asking = http.client.HTTPConnection(address, self.port, timeout=5)
        try:
            asking.request("GET", "/healthz", headers={"Host": f"localhost:{self.port}"})
            answer = asking.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
        finally:
            asking.close()

    def _look_after(self):
        """Start again what ended. Raises `Stop` when a part keeps ending."""
        for part in self.parts:
            how = part.ended()
            if how is None:
                continue
            part.signal_group(signal.SIGKILL)  # children that a killed parent left
            if part.starts_too_often(GIVE_UP_AFTER if self.ready else GIVE_UP_AT_START):
                raise Stop(f"{part.name} keeps ending ({how}). Its last lines:\n{part.last_lines()}\nAll: {part.log}")
            say(f"{part.name} ended unexpectedly ({how}); starting it again")
            time.sleep(0.5)
            part.start()

    def serve(self):
        """Start all parts, say when they answer, and watch over them until told to stop. Return the exit code."""
        self._make_parts()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        try:
            for part in self.parts:
                part.start()
            self._wait_until_ready()
            while not self.stopping:
                self._look_after()
                time.sleep(0.5)
            return 0
        finally:
            self._stop()

    def _asked_to_stop(self, number, frame):
        self.stopping = True

    def _wait_until_ready(self):
        deadline = time.monotonic() + READY_WITHIN
        health = {}
        while not self.stopping:
            self._look_after()
            status, health = self._health()
            if status == 200:
                self.ready = True
                print(f"Ready: http://localhost:{self.port}/", flush=True)
                return
            if time.monotonic() > deadline:
                waiting = (
                    ", ".join(f"{name} {word}" for name, word in health.items() if word != "ok") or "web is silent"
                )
                logs = "\n".join(f"--- {part.log}\n{part.last_lines(5)}" for part in self.parts)
                raise Stop(f"Not ready after {READY_WITHIN} seconds: {waiting}.\n{logs}")
            time.sleep(0.2)

    def _stop(self):
        """End every part: politely, then harder, then all that is left of its group."""
        running = [part for part in self.parts if part.process]
        if running and sys.exc_info()[0] is None:
            say("Stopping")
        for part in running:
            if part.ended() is None:
                with contextlib.suppress(ProcessLookupError):
                    part.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN
        for part in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                part.process.wait(max(0.1, deadline - time.monotonic()))
        for part in running:
            part.signal_group(signal.SIGKILL)
            part.process.wait()
