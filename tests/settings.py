"""Settings of the suite: those of the portal, on throwaway data and with quick passwords.

`script/test` names the servers in TEST_DATABASE_URL and TEST_REDIS_URL; without them it is SQLite and a folder as broker.
The variables of the portal itself are not listened to, so that a test can never meet a real portal.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_parent = os.environ.get("JAS_TEST_DATA")
if not _parent:
    # The workers of pytest-xdist are started by this process and inherit the folder.
    _parent = os.environ["JAS_TEST_DATA"] = tempfile.mkdtemp(prefix="jas-tests-")
    atexit.register(shutil.rmtree, _parent, ignore_errors=True)
_data = Path(_parent) / os.environ.get("PYTEST_XDIST_WORKER", "main")
(_data / "static").mkdir(parents=True, exist_ok=True)

# Each worker of the suite has its own database in the one Redis; emptying a cache empties all of a database.
_redis = os.environ.get("TEST_REDIS_URL", "")
if _redis:
    _redis = f"{_redis.rpartition('/')[0]}/{int(_data.name.removeprefix('gw')) + 1 if _data.name != 'main' else 0}"

os.environ.update(
    ENV_FILE=os.devnull,
    SECRET_KEY="only-for-tests-only-for-tests-only-for-tests-only-for-tests",
    DATA_DIR=str(_data),
    STATIC_ROOT=str(_data / "static"),
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL", ""),
    REDIS_URL=_redis,
    BASE_URL="http://localhost:8000",
    MAIL_DELIVERY="smtp",
    DEMO="0",
    DEBUG="0",
    SECURE_COOKIES="0",
    SECOND_FACTOR_REQUIRED="0",
    LOG_SEAL_WITNESS="",
)

from jas_portal.settings import *  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# The live server of pytest-django looks for this very name before it serves static files from their sources.
INSTALLED_APPS[INSTALLED_APPS.index("jas_portal.static_files.PortalStaticFiles")] = "django.contrib.staticfiles"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in the demo: an in-memory database knows no WAL and no second process.
    DATABASES["default"]["TEST"] = {"NAME": str(_data / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
    )
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
if os.environ.get("TEST_DATABASE_NAME"):
    # A process that a test starts works on the database of that test.
    DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE_NAME"]
LOGGING["root"]["level"] = "WARNING"
# The tests ask more in a minute than anybody; those of the limits put the real values back.
RATE_LIMITS = {}
