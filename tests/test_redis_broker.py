"""The broker in production: a connection that is gone is a connection error, which Celery knows how to mend."""

from types import SimpleNamespace

import pytest
from kombu import Connection

from jas_portal.redis_broker import Channel, Transport
from tests.test_settings import start


def test_what_is_left_of_a_closed_connection_says_so():
    channel = Channel.__new__(Channel)
    channel.connection = SimpleNamespace(client=None)
    with pytest.raises(ConnectionError):
        channel._connparams()
    assert issubclass(ConnectionError, Transport.connection_errors)


def test_an_address_is_read_as_kombu_reads_it():
    url = "redis://:geheim@redis.example:6380/3"
    ours, theirs = Connection(url, transport="jas_portal.redis_broker:Transport"), Connection(url)
    for fact in ("hostname", "port", "password", "virtual_host"):
        assert getattr(ours, fact) == getattr(theirs, fact)
    assert ours.transport.driver_type == "redis"


@pytest.mark.parametrize(("scheme", "checked"), [("redis", "False"), ("rediss", "CERT_REQUIRED")])
def test_over_tls_the_certificate_of_redis_must_be_good(tmp_path, scheme, checked):
    code = "from jas_portal.celery import app; print(app.connection_for_write().ssl)"
    done = start(
        tmp_path,
        command=["-c", code],
        SECRET_KEY="only-for-this-test",
        REDIS_URL=f"{scheme}://:geheim@redis.example:6380/3",
        DJANGO_SETTINGS_MODULE="jas_portal.settings",
    )
    assert checked in done.stdout, done.stderr
