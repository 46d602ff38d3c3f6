"""Prepare the data of a demo in one process: tables, cache table, demo data when the database is new, static files.

Run by script/server with the environment of the portal.
"""

import hashlib
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jas_portal.settings")

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from jas_portal import heartbeat


def static_files():
    """Collect static files when a source changed since the last time."""
    sources = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = os.stat(storage.path(path))
            sources.update(f"{path} {getattr(storage, 'prefix', '')} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    stamp = settings.STATIC_ROOT / ".sources"
    if not stamp.exists() or stamp.read_text() != sources.hexdigest():
        print("Collecting the static files", file=sys.stderr, flush=True)
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(sources.hexdigest())


def main(empty):
    """Bring the database up to the code; load the demo when nobody has an account yet, unless `empty`."""
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    heartbeat.forget()
    if not empty and not get_user_model().objects.exists():
        print("Loading the demo municipality", file=sys.stderr, flush=True)
        call_command("load_demo", verbosity=0)
    static_files()


if __name__ == "__main__":
    main(empty="--empty" in sys.argv[1:])
