"""How much one person, or one address where nobody is signed in, may ask of the portal in a minute.

It stops a script that copies what a colleague may read page by page, and a flood; nobody who works meets it. Signing in
has its own limits (ACCOUNT_RATE_LIMITS). Static files never come here. The counters stand in the shared cache, one for
each whole minute. When the cache does not answer, work goes on uncounted: the limits are a brake, not a lock.
"""

import ipaddress
import logging
import time

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils.decorators import sync_only_middleware

logger = logging.getLogger(__name__)

WINDOW = 60  # seconds
#: After a failure of the cache it is left alone for so long, so that no page waits for it each time.
REST = 5  # seconds


class _Counter:
    """Counters of the running minute. What is kept here between requests is only when the cache failed last."""

    def __init__(self):
        self.failed_at = None

    def add(self, key):
        """Count one more and return how many there are now; 0 when the cache doesn't answer."""
        if self.failed_at is not None and time.monotonic() - self.failed_at < REST:
            return 0
        try:
            if cache.add(key, 1, timeout=2 * WINDOW):
                return 1
            return cache.incr(key)
        except ValueError:  # it ran out in between
            return 1
        except Exception:  # whatever the cache is made of may fail in its own way
            self.failed_at = time.monotonic()
            logger.warning("Limits: the shared cache does not answer, nothing is counted", exc_info=True)
            return 0


_counter = _Counter()


def asks_too_much(request, kind):
    """Count this request as one of `kind` ("requests", "searches", "files"). Returns whether it is one too many."""
    most = settings.RATE_LIMITS.get(kind, 0)
    if not most:
        return False
    return _counter.add(f"limit:{kind}:{who(request)}:{int(time.time() // WINDOW)}") > most


def who(request):
    """Whose requests are counted together: a person's, else those of an address (of IPv6 the network, its first half)."""
    if request.user.is_authenticated:
        return f"person:{request.user.pk}"
    try:
        address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    except (PermissionDenied, ValueError):
        return "address:unknown"
    if address.version == 6:
        address = ipaddress.ip_network((address, 64), strict=False).network_address
    return f"address:{address}"


def seconds_left():
    """Until the running minute is over."""
    return WINDOW - int(time.time()) % WINDOW


def refusal(request):
    """The page that says to wait."""
    return render(request, "429.html", status=429)


@sync_only_middleware
def limits(get_response):
    """Refuse with 429 what is too much; every 429, of whoever, says when to come back. Watching over is never refused."""

    def middleware(request):
        if request.path_info == "/healthz":
            return get_response(request)
        response = refusal(request) if asks_too_much(request, "requests") else get_response(request)
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", str(seconds_left()))
        return response

    def process_view(request, view, args, kwargs):
        if getattr(view, "gives_file", False) and asks_too_much(request, "files"):
            return refusal(request)
        if request.GET.get("q") and asks_too_much(request, "searches"):
            return refusal(request)
        return None

    middleware.process_view = process_view
    return middleware
