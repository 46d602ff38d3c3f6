"""Every persona of the demo walks through everything that the pages link to: no page breaks."""

from collections import deque
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.personas import PERSONAS
from jas_portal.demo.load import load

#: Pages a persona opens at the most; the demo offers fewer to most.
MOST = 200
#: Addresses that end a session or hand out a file of no interest here.
NOT_FOLLOWED = ("/accounts/logout/", "/static/")


class Links(HTMLParser):
    """The addresses of a page's links and of its forms that only ask."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "a" and attributes.get("href"):
            self.found.append(attributes["href"])
        if tag == "form" and attributes.get("method", "get").lower() == "get" and attributes.get("action"):
            self.found.append(attributes["action"])


def shape(address):
    """An address without its ids and values: pages of one shape are opened a few times, not all of them."""
    parts = urlsplit(address)
    words = ["#" if any(sign.isdigit() for sign in word) else word for word in parts.path.split("/")]
    return "/".join(words), tuple(sorted(pair.split("=")[0] for pair in parts.query.split("&") if pair))


def crawl(client, each=2):
    """Open every shape of address up to `each` times, breadth first. Returns {address: status}."""
    waiting, seen, shapes, statuses = deque([("/", "")]), {"/"}, {}, {}
    while waiting and len(statuses) < MOST:
        address, linked_from = waiting.popleft()
        kind = shape(address)
        if shapes.get(kind, 0) >= each:
            continue
        shapes[kind] = shapes.get(kind, 0) + 1
        response = client.get(address, follow=True)
        statuses[f"{address} on {linked_from}"] = response.status_code
        if response.status_code != 200 or "html" not in response.headers.get("Content-Type", ""):
            continue
        links = Links()
        links.feed(response.content.decode())
        for link in links.found:
            target = urljoin(address, link).split("#")[0]
            if urlsplit(link).scheme or urlsplit(link).netloc or target.startswith(NOT_FOLLOWED) or target in seen:
                continue
            seen.add(target)
            waiting.append((target, address))
    return statuses


def test_no_page_that_a_persona_can_reach_breaks(db):
    load(timezone.localdate())
    broken, opened = {}, {}
    for persona in PERSONAS:
        client = Client()
        client.force_login(User.objects.get(email=persona.email), backend="django.contrib.auth.backends.ModelBackend")
        statuses = crawl(client)
        broken |= {
            f"{persona.email} {address}": status
            for address, status in statuses.items()
            # An old message may lead to what has ended for this person since.
            if status != 200 and not (status == 404 and " on /berichten/" in address)
        }
        opened[persona.email] = len(statuses)
    assert broken == {}
    assert min(opened.values()) > 5
