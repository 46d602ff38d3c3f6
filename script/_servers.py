"""Throwaway servers for the tests: PostgreSQL and Redis on free ports, run by an unprivileged user, gone afterwards."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from _install import Stop, die_with_parent, postgresql_folder

UP_WITHIN = 30  # seconds


def free_port():
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Servers:
    """A context with `database_url` and `redis_url`; on leaving it, whatever happened, nothing of it is left."""

    def __init__(self, durable=False):
        self.durable = durable  # PostgreSQL waits for the disk, as in production; tests need not
        self.password = secrets.token_hex(12)
        self.running = []
        self.process_of = {}
        self.folder = None

    def _unprivileged(self):
        """Return the words to put before a command, so that root's servers run as the user postgres."""
        if os.geteuid() != 0:
            return []
        # --pdeathsig: changing the user forgets that the server should end with this process.
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--reset-env", "--pdeathsig=INT"]

    def _start(self, name, command, port):
        log = self.folder / f"{name}.log"
        with open(log, "wb") as file:
            process = subprocess.Popen(
                [*self._unprivileged(), *command],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,  # Ctrl-C is for the tests; the servers are stopped afterwards
                preexec_fn=die_with_parent,
            )
        self.running.append(process)
        self.process_of[name] = process
        deadline = time.monotonic() + UP_WITHIN
        while not _accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Stop(f"{name} does not start:\n{log.read_text(errors='replace')[-1500:]}")
            time.sleep(0.05)

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="jas-servers-"))
        try:
            if os.geteuid() == 0:
                user = pwd.getpwnam("postgres")
                os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._start_postgresql()
            self._start_redis()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _start_postgresql(self):
        programs, data, port = postgresql_folder(), self.folder / "postgresql", free_port()
        secret = self.folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o644)  # its folder is closed to others
        made = subprocess.run(
            [*self._unprivileged(), programs / "initdb", "-D", data, "-U", "jas", "-A", "scram-sha-256"]
            + [f"--pwfile={secret}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise Stop(f"PostgreSQL's initdb failed:\n{made.stderr[-1500:]}")
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "100",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self.start_postgresql = lambda: self._start(
            "PostgreSQL", [programs / "postgres", "-D", data, "-p", str(port), *words], port
        )
        self.start_postgresql()
        self.database_url = f"postgres://jas:{self.password}@127.0.0.1:{port}/postgres"

    def _start_redis(self):
        port = free_port()
        config = self.folder / "redis.conf"
        config.write_text(
            f"port {port}\nbind 127.0.0.1\nrequirepass {self.password}\ndatabases 64\nsave ''\nappendonly no\ndir {self.folder}\n"
        )
        config.chmod(0o644)
        self.start_redis = lambda: self._start("Redis", ["redis-server", config], port)
        self.start_redis()
        self.redis_url = f"redis://:{self.password}@127.0.0.1:{port}/0"

    def stop(self, name, number=signal.SIGINT):
        """End "PostgreSQL" or "Redis", as a fault; `start_postgresql()` and `start_redis()` bring it back on its port."""
        process = self.process_of[name]
        process.send_signal(number)
        process.wait(30)
        self.running.remove(process)

    def __exit__(self, *exception):
        for process in self.running:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)  # for PostgreSQL: a fast stop
        for process in self.running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
