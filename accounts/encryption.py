"""Sealing what must not lie readable in the database: secrets of second factors, and what was typed when a session lapsed.

The first of ENCRYPTION_KEYS seals; every one of them opens, and so does the key drawn from SECRET_KEY, which seals where
none is given. A key is changed by putting a new one first and running `manage.py seal_anew`; then the old one may go.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class NotOpened(Exception):
    """None of the keys opens it."""


def seal(text):
    """The text, sealed: other each time, and of no use without the key."""
    return _sealer(tuple(settings.ENCRYPTION_KEYS), settings.SECRET_KEY).encrypt(text.encode()).decode()


def unseal(sealed, max_age=None):
    """The text again. `max_age` in seconds: sealed longer ago is not opened. Raises `NotOpened`."""
    try:
        opener = _sealer(tuple(settings.ENCRYPTION_KEYS), settings.SECRET_KEY)
        return opener.decrypt(sealed.encode(), ttl=max_age).decode()
    except InvalidToken:
        raise NotOpened from None


def is_sealed(text):
    """Whether one of the keys opens it."""
    try:
        unseal(text)
    except NotOpened:
        return False
    return True


@lru_cache(maxsize=8)
def _sealer(keys, secret_key):
    """A sealer for these keys. Any string is a key: it is stretched to the length that is needed."""
    return MultiFernet([Fernet(_stretched(key)) for key in (*keys, secret_key)])


def _stretched(key):
    drawn = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"jas-portaal sealing").derive(key.encode())
    return base64.urlsafe_b64encode(drawn)
