"""Reads the environment; a value that is not understood is named, with what was expected instead."""

import environ
from django.core.exceptions import ImproperlyConfigured

YES = ("1", "true", "yes", "on")
NO = ("0", "false", "no", "off", "")


def _refuse(name, expected):
    # The value itself stays out of the message: it may be an address with a password in it.
    raise ImproperlyConfigured(f"{name} is not understood: {expected}. .env.example explains it.") from None


class Environment(environ.Env):
    """`environ.Env`, strict and with errors that explain."""

    def bool(self, var, default=environ.Env.NOTSET):
        """Return yes or no; a word that is neither is refused, for it might switch off what protects."""
        value = self.str(var, default="" if default is self.NOTSET else str(int(default))).strip().lower()
        if value not in YES + NO:
            _refuse(var, "say 1 or 0")
        return value in YES

    def int(self, var, default=environ.Env.NOTSET):
        """Return a whole number."""
        try:
            return super().int(var, default=default)
        except ValueError:
            _refuse(var, "it must be a whole number")

    def database(self, var):
        """Return Django's settings for a database address."""
        if not self.str(var).startswith(("postgres://", "postgresql://", "sqlite:///")):
            _refuse(var, "it looks like postgres://user:password@host:5432/name")
        try:
            return self.db_url(var)
        except (ValueError, ImproperlyConfigured):
            _refuse(var, "write special characters of the password as %40 and the like")

    def redis(self, var):
        """Return the address of a Redis server, or "" when there is none."""
        value = self.str(var, default="")
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            _refuse(var, "it looks like redis://:password@host:6379/0")
        return value
