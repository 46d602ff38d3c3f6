"""/healthz and the heartbeats of worker and beat, against real processes on the broker of this run."""

import os
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection

from jas_portal import heartbeat
from jas_portal.celery import app as celery_app


@pytest.fixture
def no_heartbeats(db):
    cache.clear()
    yield
    cache.clear()


def test_healthz_all_alive(client, no_heartbeats):
    heartbeat.write("worker")
    heartbeat.write("beat")

    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"database": "ok", "broker": "ok", "worker": "ok", "beat": "ok", "work": "ok"}
    assert "no-store" in response["Cache-Control"]


def test_healthz_nobody_ever_beat(client, no_heartbeats):
    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json() == {"database": "ok", "broker": "ok", "worker": "never", "beat": "never", "work": "ok"}


def test_healthz_worker_fell_silent(client, no_heartbeats):
    heartbeat.write("worker", now=time.time() - heartbeat.STALE_AFTER_SECONDS - 1)
    heartbeat.write("beat", now=time.time() - heartbeat.STALE_AFTER_SECONDS + 5)

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json() == {"database": "ok", "broker": "ok", "worker": "stale", "beat": "ok", "work": "ok"}


def test_healthz_forgets_an_earlier_run(client, no_heartbeats):
    heartbeat.write("worker")
    heartbeat.write("beat")
    heartbeat.forget()

    assert client.get("/healthz").json() == {
        "database": "ok",
        "broker": "ok",
        "worker": "never",
        "beat": "never",
        "work": "ok",
    }


def test_healthz_needs_no_session_and_leaves_none(client, no_heartbeats):
    response = client.get("/healthz")

    assert not response.cookies
    assert not Session.objects.exists()


def test_healthz_only_get(client, no_heartbeats):
    assert client.post("/healthz").status_code == 405


def test_healthz_asks_little(client, no_heartbeats, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):  # one of them to the cache when that is a table
        client.get("/healthz")


def test_healthz_tells_no_secrets(client, no_heartbeats):
    """Without its broker the portal still answers, and what it says carries no address or password."""
    url, transport = celery_app.conf.broker_url, celery_app.conf.broker_transport
    celery_app.conf.broker_url = "redis://:geheim@127.0.0.1:1/0"
    celery_app.conf.broker_transport = None
    celery_app.pool.force_close_all()
    options = celery_app.conf.broker_transport_options
    celery_app.conf.broker_transport_options = {"socket_connect_timeout": 1}
    try:
        started = time.monotonic()
        response = client.get("/healthz")
        elapsed = time.monotonic() - started
    finally:
        celery_app.conf.broker_url = url
        celery_app.conf.broker_transport = transport
        celery_app.conf.broker_transport_options = options

    assert response.status_code == 503
    assert response.json()["broker"] == "down"
    assert "geheim" not in response.text
    assert elapsed < 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.real_time
def test_worker_and_beat_processes_write_heartbeats(client):
    """Start both for real on this run's database, broker and cache: they are heard, and not after they are gone."""
    cache.clear()
    name = connection.settings_dict["NAME"]
    environment = os.environ | {"TEST_DATABASE_NAME": str(name), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    celery = [sys.executable, "-m", "celery", "-A", "jas_portal"]
    commands = [
        [*celery, "worker", "--pool", "prefork", "--concurrency", "1", "--without-gossip", "--without-mingle"],
        [*celery, "beat", "--pidfile", ""],
    ]
    processes = [
        subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for command in commands
    ]
    try:
        deadline = time.monotonic() + 40
        while (response := client.get("/healthz")).status_code != 200 and time.monotonic() < deadline:
            assert [process.poll() for process in processes] == [None, None]
            time.sleep(0.2)
        assert response.json() == {"database": "ok", "broker": "ok", "worker": "ok", "beat": "ok", "work": "ok"}
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)
    cache.clear()
    assert client.get("/healthz").json()["worker"] == "never"
