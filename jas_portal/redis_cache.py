"""The shared cache in production: Redis, and while that is away the database, so that nobody is kept out.

In it are counters of sign-in attempts, heartbeats and the like: what cannot be found again counts as nothing. Without the
second place everybody who wants to sign in would meet an error while Redis restarts, and nothing would count attempts.
"""

import logging
import time

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSilent

logger = logging.getLogger(__name__)

#: The table of the second place; a migration makes it.
TABLE = "shared_cache"
#: Seconds in which Redis is left alone after it did not answer.
REST = 5


class RedisOrDatabaseCache(BaseCache):
    """Every method goes to Redis, or to the database when Redis does not answer."""

    def __init__(self, server, params):
        super().__init__(params)
        self.redis = RedisCache(server, dict(params))
        self.database = DatabaseCache(TABLE, {key: value for key, value in params.items() if key != "OPTIONS"})
        # All that is kept between requests is when Redis failed last.
        self.failed_at = float("-inf")

    def _ask(self, name, *args, **kwargs):
        if time.monotonic() - self.failed_at >= REST:
            try:
                return getattr(self.redis, name)(*args, **kwargs)
            except (RedisAway, RedisSilent) as error:
                self.failed_at = time.monotonic()
                logger.warning("Redis does not answer, the database is the cache: %s", type(error).__name__)
        return getattr(self.database, name)(*args, **kwargs)

    def add(self, *args, **kwargs):
        return self._ask("add", *args, **kwargs)

    def get(self, *args, **kwargs):
        return self._ask("get", *args, **kwargs)

    def set(self, *args, **kwargs):
        return self._ask("set", *args, **kwargs)

    def touch(self, *args, **kwargs):
        return self._ask("touch", *args, **kwargs)

    def delete(self, *args, **kwargs):
        return self._ask("delete", *args, **kwargs)

    def get_many(self, *args, **kwargs):
        return self._ask("get_many", *args, **kwargs)

    def set_many(self, *args, **kwargs):
        return self._ask("set_many", *args, **kwargs)

    def delete_many(self, *args, **kwargs):
        return self._ask("delete_many", *args, **kwargs)

    def has_key(self, *args, **kwargs):
        return self._ask("has_key", *args, **kwargs)

    def incr(self, *args, **kwargs):
        return self._ask("incr", *args, **kwargs)

    def clear(self):
        return self._ask("clear")

    def close(self, **kwargs):
        self.redis.close(**kwargs)
