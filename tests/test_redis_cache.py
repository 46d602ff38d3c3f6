"""The shared cache while Redis is away: what it holds is in the database, and Redis is asked again a little later."""

import socket

import pytest

from jas_portal import redis_cache
from jas_portal.redis_cache import RedisOrDatabaseCache


@pytest.fixture
def away(db):
    """A cache whose Redis refuses every connection."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, and nobody listens
        yield RedisOrDatabaseCache(f"redis://127.0.0.1:{closed.getsockname()[1]}/0", {})


def test_everything_works_without_redis(away):
    assert away.add("attempts", 1, timeout=60)
    assert not away.add("attempts", 1, timeout=60)
    assert away.incr("attempts") == 2
    away.set("worker", 5)
    assert away.get_many(["attempts", "worker", "nothing"]) == {"attempts": 2, "worker": 5}
    assert "worker" in away
    away.delete_many(["worker"])
    assert away.get("worker", "gone") == "gone"
    assert away.get_or_set("beat", 7) == 7
    with pytest.raises(ValueError, match="not found"):
        away.incr("nothing")
    away.clear()
    assert away.get("beat") is None


def test_redis_is_left_alone_for_a_moment_and_asked_again(away, monkeypatch):
    asked = []
    monkeypatch.setattr(away.redis, "get", lambda key: asked.append(key))
    away.get("first")
    away.set("second", 1)  # this one is refused
    away.get("third")
    assert asked == ["first"]
    monkeypatch.setattr(redis_cache, "REST", 0)
    away.get("fourth")
    assert asked == ["first", "fourth"]
