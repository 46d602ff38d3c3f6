"""How much somebody may ask in a minute: counted for a person or an address, refused in Dutch, and never in the way of work."""

import logging
import time

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import resolve, reverse

from jas_portal import settings as real_settings
from jas_portal.security import limits
from tests import factories


@pytest.fixture(autouse=True)
def real_values(settings, db):
    """The limits of production; nothing counted before, and the cache never known to have failed."""
    settings.RATE_LIMITS = real_settings.RATE_LIMITS
    cache.clear()
    limits._counter.failed_at = None
    yield
    limits._counter.failed_at = None
    cache.clear()


def already_asked(times, *, kind="requests", by):
    """As if `by` had asked so often in this minute already."""
    cache.set(f"limit:{kind}:{by}:{int(time.time() // limits.WINDOW)}", times, timeout=120)


def test_the_real_values_leave_room_for_work():
    assert real_settings.RATE_LIMITS == {"requests": 300, "searches": 60, "files": 30}


def test_a_person_who_asks_too_much_is_told_to_wait(cast, sign_in):
    client = sign_in(cast.klantmanager)
    already_asked(299, by=f"person:{cast.klantmanager.pk}")
    assert client.get("/").status_code == 200

    refused = client.get("/")

    assert refused.status_code == 429
    assert "te vaak achter elkaar" in refused.content.decode()
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "Content-Security-Policy" in refused.headers
    # Somebody else at the same address goes on; so does the same person a minute later.
    other = Client()
    other.force_login(cast.docent, backend="django.contrib.auth.backends.ModelBackend")
    assert other.get("/").status_code == 200
    with time_machine.travel(time.time() + 60):
        assert client.get("/").status_code == 200


def test_an_address_where_nobody_is_signed_in_is_counted_as_one(db, client):
    already_asked(300, by="address:192.0.2.7")

    assert client.get(reverse("account_login"), REMOTE_ADDR="192.0.2.7").status_code == 429
    assert client.get("/er-is-niets/", REMOTE_ADDR="192.0.2.7").status_code == 429
    assert client.get(reverse("account_login"), REMOTE_ADDR="192.0.2.8").status_code == 200
    assert client.get("/healthz", REMOTE_ADDR="192.0.2.7").status_code != 429


def test_a_network_of_ipv6_is_one_address(db, client):
    already_asked(300, by="address:2001:db8:1:2::")

    assert client.get(reverse("account_login"), REMOTE_ADDR="2001:db8:1:2:aaaa::1").status_code == 429
    assert client.get(reverse("account_login"), REMOTE_ADDR="2001:db8:1:3::1").status_code == 200


def test_behind_a_proxy_the_visitor_counts_and_not_what_he_says_he_is(db, client, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    already_asked(300, by="address:192.0.2.7")

    def ask(forwarded):
        headers = {"x-forwarded-for": forwarded}
        return client.get(reverse("account_login"), headers=headers, REMOTE_ADDR="10.0.0.1").status_code

    assert ask("198.51.100.1, 192.0.2.7") == 429
    assert ask("192.0.2.7, 192.0.2.8") == 200


def test_searches_have_their_own_limit(cast, sign_in):
    client = sign_in(cast.klantmanager)
    already_asked(60, kind="searches", by=f"person:{cast.klantmanager.pk}")

    assert client.get(reverse("cases:list"), {"q": "Selam"}).status_code == 429
    assert client.get(reverse("cases:list")).status_code == 200
    assert client.get(reverse("cases:list"), {"q": ""}).status_code == 200


def test_files_have_their_own_limit(cast, sign_in):
    client = sign_in(cast.klantmanager)
    address = reverse("cases:plan_pdf", args=[cast.case.number])
    assert resolve(address).func.gives_file
    already_asked(30, kind="files", by=f"person:{cast.klantmanager.pk}")

    assert client.get(address).status_code == 429
    assert client.get(reverse("cases:plan", args=[cast.case.number])).status_code == 200


def test_without_the_cache_work_goes_on(cast, sign_in, caplog):
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    client = sign_in(cast.klantmanager)

    with override_settings(CACHES={"default": nowhere}), caplog.at_level(logging.WARNING, limits.logger.name):
        answers = [client.get(reverse("cases:list")).status_code for _time in range(3)]

    assert answers == [200, 200, 200]
    said = [record for record in caplog.records if record.name == limits.logger.name]
    assert len(said) == 1  # the cache is left alone for a while: no page waits for it again


def test_the_demo_is_looked_through_at_ten_pages_a_second_and_eleven_sign_in(cast, client, settings):
    settings.RATE_LIMITS = dict.fromkeys(real_settings.RATE_LIMITS, 6000)
    already_asked(600, by="address:127.0.0.1")
    people = [factories.make_user(name=f"Persoon {number}") for number in range(11)]

    for person in people:
        visitor = Client()
        assert visitor.get(reverse("account_login")).status_code == 200
        said = {"login": person.email, "password": "welkom-in-leiden"}
        assert visitor.post(reverse("account_login"), said).status_code == 302
