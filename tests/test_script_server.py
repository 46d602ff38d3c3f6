"""script/server for real: ready when all answer, a killed part comes back, and nothing of it is left afterwards."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings

# The demo brings its own database and broker: trying it once, in the run without servers, is enough.
pytestmark = pytest.mark.skipif(
    bool(os.environ.get("TEST_DATABASE_URL")), reason="tried in the run on SQLite and the embedded broker"
)

SERVER = settings.BASE_DIR / "script" / "server"
PATIENCE = 90  # seconds; two cores may be busy with the rest of the suite


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment():
    """The shell of a newcomer: nothing of the settings of this run."""
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def get(url):
    """Return (status, text) of an address, (0, "") when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def wait_until(done, what):
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        time.sleep(0.1)


def processes_of(data):
    """Return {pid: command} of every living process that works on this data folder."""
    found = {}
    mark = f"DATA_DIR={data}".encode()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


@pytest.fixture
def server(tmp_path):
    """A function that starts script/server on this test's data and waits for its Ready line; stopped afterwards."""
    running = []

    def start(*arguments):
        port = free_port()
        errors = open(tmp_path / "errors", "a+")  # noqa: SIM115  closed below
        process = subprocess.Popen(
            [SERVER, "--port", str(port), "--data", str(tmp_path / "data"), *arguments],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        running.append((process, errors))
        line = process.stdout.readline()
        errors.seek(0)
        assert line == f"Ready: http://localhost:{port}/\n", errors.read()
        return process, port

    yield start
    for process, errors in running:
        if process.poll() is None:
            process.terminate()
        process.wait(30)
        process.stdout.close()
        errors.close()


def test_server_starts_survives_and_stops(server, tmp_path):
    data = tmp_path / "data"
    process, port = server("--empty")

    # Both names of this machine answer, and all parts are alive.
    for host in ("localhost", "127.0.0.1"):
        status, text = get(f"http://{host}:{port}/healthz")
        assert (status, json.loads(text)) == (
            200,
            {"database": "ok", "broker": "ok", "worker": "ok", "beat": "ok", "work": "ok"},
        )
        assert get(f"http://{host}:{port}/accounts/login/")[0] == 200

    # A killed worker is started again, with none of the old one left.
    old = [pid for pid, command in processes_of(data).items() if " worker " in command]
    for pid in old:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(
        lambda: len([pid for pid, word in processes_of(data).items() if " worker " in word and pid not in old]) >= 3,
        "a new worker with its two children",
    )
    assert process.poll() is None
    assert get(f"http://localhost:{port}/healthz")[0] == 200

    # The same port or the same data a second time: refused with what to do.
    again = subprocess.run(
        [SERVER, "--port", str(port), "--data", str(tmp_path / "other")],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert again.returncode == 1
    assert f"Port {port} is in use." in again.stderr
    assert f"--port {port + 1}" in again.stderr
    again = subprocess.run(
        [SERVER, "--port", str(free_port()), "--data", str(data)],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert again.returncode == 1
    assert "Another script/server uses" in again.stderr

    # Ctrl-C ends all of it.
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert processes_of(data) == {}
    assert get(f"http://localhost:{port}/healthz")[0] == 0


def test_server_keeps_its_data_and_its_key(server, tmp_path):
    data = tmp_path / "data"
    first, _ = server("--empty")
    key = (data / "secret-key").read_text()
    first.terminate()
    assert first.wait(30) == 0
    database = (data / "db.sqlite3").stat().st_ino

    second, _ = server("--empty")

    assert (data / "secret-key").read_text() == key
    assert (data / "secret-key").stat().st_mode & 0o077 == 0
    assert (data / "db.sqlite3").stat().st_ino == database

    # Killed without a chance to tidy up, it takes its processes along.
    second.kill()
    second.wait()
    wait_until(lambda: processes_of(data) == {}, "every process gone after the server was killed")
