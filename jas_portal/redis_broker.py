"""The broker in production: kombu's Redis, that says in kombu's own words that the connection is gone.

When Redis goes away while a task runs, Celery closes the connection and what is left of it is asked once more (to put an
unfinished task back, to acknowledge one that ends). kombu 5.7 then finds no address any more and raises an
AttributeError, which nobody expects: the whole worker ends. As a ConnectionError it is what it is, and the worker
connects again. `bench/faults.py` stops Redis under load and would show when this is needed no more.
"""

from kombu.transport import redis


class Channel(redis.Channel):
    """One conversation with Redis."""

    def _connparams(self, asynchronous=False):
        if self.connection.client is None:
            raise ConnectionError("The connection to Redis was closed")
        return super()._connparams(asynchronous=asynchronous)


class Transport(redis.Transport):
    """What CELERY_BROKER_TRANSPORT names. Its `driver_type` is that of kombu's: "redis"."""

    Channel = Channel
