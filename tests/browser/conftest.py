"""The browser of the journeys: Debian's Chromium, headless, against the portal on a port of its own."""

import os
import shutil
from pathlib import Path

import pytest
from django.core.cache import cache

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1400, "height": 900}
HERE = Path(__file__).parent

# Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(config, items):
    """Mark everything here; leave it out of the run that is without a browser."""
    here = [item for item in items if HERE in item.path.parents]
    for item in here:
        item.add_marker("browser")
        # Everything a journey saw must be gone before the next: the server works in another thread.
        item.add_marker(pytest.mark.django_db(transaction=True))
    if os.environ.get("WITHOUT_BROWSER") and here:
        config.hook.pytest_deselected(items=here)
        items[:] = [item for item in items if item not in here]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Debian's Chromium (CHROMIUM names another); where there is none, the one Playwright brought itself."""
    path = next(filter(None, map(shutil.which, [os.environ.get("CHROMIUM", "chromium"), "google-chrome"])), None)
    return {
        **browser_type_launch_args,
        **({"executable_path": path} if path else {}),
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(autouse=True)
def nobody_signed_in_before():
    """The limits on signing in are the real ones; what earlier journeys used of them does not count for the next."""
    cache.clear()


def _open(new_context, live_server, size):
    context = new_context(
        base_url=live_server.url,
        viewport=size,
        locale="nl-NL",
        timezone_id="Europe/Amsterdam",
        has_touch=size == PHONE,
    )
    context.set_default_timeout(15_000)
    return context.new_page()


@pytest.fixture
def phone(new_context, live_server):
    """A page on a phone, 390 px wide; `page.goto("/…")` goes to the portal."""
    return _open(new_context, live_server, PHONE)


@pytest.fixture
def desktop(new_context, live_server):
    """A page on a desktop, 1400 px wide."""
    return _open(new_context, live_server, DESKTOP)


@pytest.fixture(params=[PHONE, DESKTOP], ids=["390", "1400"])
def screen(request, new_context, live_server):
    """The same journey on a phone and on a desktop."""
    return _open(new_context, live_server, request.param)
