"""Addresses of mail as the settings and SMTP write them."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.encoding import punycode

_NAMED = re.compile(r"^\s*\"?(?P<name>.*?)\"?\s*<(?P<address>[^<>]+)>\s*$")


def sender():
    """(name, address) that mail comes from. Commas and the like in the name need no quotes in the settings."""
    found = _NAMED.match(settings.DEFAULT_FROM_EMAIL)
    return (found["name"], found["address"].strip()) if found else ("", settings.DEFAULT_FROM_EMAIL.strip())


def domain():
    """The domain of the portal: the second half of names that must be unique in the world."""
    return urlsplit(settings.BASE_URL).hostname


def for_smtp(address):
    """The address in the form that SMTP carries: a domain with accents in its ASCII form. Raises ValueError for what is
    no address, so that nothing but an address ever reaches a command or a header."""
    local, _at, host = address.rpartition("@")
    if not local or not host or not address.isprintable() or any(letter in address for letter in " <>,"):
        raise ValueError("not an address")
    return f"{local}@{host if host.isascii() else punycode(host)}"
