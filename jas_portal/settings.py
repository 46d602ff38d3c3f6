"""Every setting of the portal, read from the environment. `.env.example` explains each variable."""

import ssl
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from jas_portal.environment import Environment
from jas_portal.log_lines import WithoutRows
from jas_portal.security import policy

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
# The scripts name an empty file here, so that a demo or a test never meets the .env of a real portal.
Environment.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))

# --- What kind of portal is this? -------------------------------------------------------------

# The demo shows personas on the sign-in page, keeps mail in the portal and demands no second factor.
DEMO = env.bool("DEMO", default=False)
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="welkom-in-leiden")
DEBUG = env.bool("DEBUG", default=False)

SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Use script/server for a demo, or copy .env.example to .env and fill it in."
    )

# The address people type; links in mail start with it.
BASE_URL = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# Files that people upload and that jobs make: never a path that two processes must share without this storage.
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()

# --- The programme (R67, R68): name, sender and house style are data, not code ------------------

PROGRAMME_NAME = env.str("PROGRAMME_NAME", default="Leidse Inburgering")
PORTAL_NAME = env.str("PORTAL_NAME", default="JAS-portaal")
PROGRAMME_FUNDING_LINE = env.str(
    "PROGRAMME_FUNDING_LINE", default="Medegefinancierd door het Europees Sociaal Fonds van de Europese Unie"
)
PROGRAMME_CONTACT_EMAIL = env.str("PROGRAMME_CONTACT_EMAIL", default="programma@demo.example")
PROGRAMME_CONTACT_PHONE = env.str("PROGRAMME_CONTACT_PHONE", default="")
# Paths below static/ (a municipality adds its own folder to STATICFILES_DIRS with THEME_DIR).
PROGRAMME_LOGOS = env.list("PROGRAMME_LOGOS", default=[])
PROGRAMME_MUNICIPALITIES = env.list(
    "PROGRAMME_MUNICIPALITIES", default=["Leiden", "Leiderdorp", "Oegstgeest", "Zoeterwoude"]
)
PROGRAMME_NEIGHBOURHOODS = env.list(
    "PROGRAMME_NEIGHBOURHOODS",
    default=[
        "Binnenstad", "Bos- en Gasthuisdistrict", "Leiden-Noord", "Merenwijk", "Mors", "Roodenburgerdistrict", "Stevenshof",
    ],
)  # fmt: skip
THEME_DIR = env.str("THEME_DIR", default="")
# The code of conduct of the mentors (R34): a new version asks every mentor again. Without an address the portal shows its own text.
GEDRAGSCODE_VERSION = env.str("GEDRAGSCODE_VERSION", default="1")
GEDRAGSCODE_URL = env.str("GEDRAGSCODE_URL", default="")

# --- Applications --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "jas_portal",
    "inburgering",
    "mentoring",
    "cases",
    "notifications",
    "privacy",
    "accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "jas_portal.static_files.PortalStaticFiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_htmx",
    "auditlog",
]

MIDDLEWARE = [
    "jas_portal.security.headers.same_everywhere",
    "jas_portal.security.headers.ContentSecurityPolicy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.caching.keep_nothing",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "jas_portal.security.limits.limits",
    # Outside everything that refuses, so that a refusal is a line of the log.
    "privacy.middleware.read_log",
    "accounts.middleware.acting_role",
    "accounts.middleware.idle_sessions",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "cases.history.of_request",
]

ROOT_URLCONF = "jas_portal.urls"
WSGI_APPLICATION = "jas_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "jas_portal.context.portal",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Data ------------------------------------------------------------------------------------------

if env.str("DATABASE_URL", default=""):
    DATABASES = {"default": env.database("DATABASE_URL")}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATA_DIR / "db.sqlite3")}}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers queue instead of failing: a transaction takes the write lock at its start.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
DATABASES["default"]["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis is broker and shared cache; without it the database is the cache and a folder is the broker (one machine only).
REDIS_URL = env.redis("REDIS_URL")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "jas_portal.redis_cache.RedisOrDatabaseCache",
            "LOCATION": REDIS_URL,
            # A page that can do without the cache doesn't wait long for it.
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"}}

STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files", "base_url": None},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# On more than one machine files travel by a store that speaks S3 (MinIO, Ceph, a cloud's own) instead of a shared folder.
if env.str("STORAGE_S3_BUCKET", default=""):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.str("STORAGE_S3_BUCKET"),
            "endpoint_url": env.str("STORAGE_S3_ENDPOINT", default="") or None,
            "region_name": env.str("STORAGE_S3_REGION", default="") or None,
            "access_key": env.str("STORAGE_S3_ACCESS_KEY", default="") or None,
            "secret_key": env.str("STORAGE_S3_SECRET_KEY", default="") or None,
            "addressing_style": "path",
            # Nobody reads a file but through the portal, and no name is written twice.
            "default_acl": None,
            "file_overwrite": False,
            # What is larger is read by way of the disk.
            "max_memory_size": 5 * 1024 * 1024,
        },
    }
# Maps are for a developer's console alone; compressing them costs most of the time and room.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "woff", "woff2", "png", "jpg", "jpeg", "webp", "gz", "br"]
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("bootstrap", BASE_DIR / "node_modules" / "bootstrap" / "dist"),
    ("fonts/arabic", BASE_DIR / "node_modules" / "@fontsource" / "noto-sans-arabic" / "files"),
    ("fonts/ethiopic", BASE_DIR / "node_modules" / "@fontsource" / "noto-sans-ethiopic" / "files"),
]
if THEME_DIR:
    STATICFILES_DIRS.insert(0, Path(THEME_DIR))

# --- Work outside the request --------------------------------------------------------------------

if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT = "jas_portal.redis_broker:Transport"
    # Over TLS its certificate must be good, as for the cache.
    CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": ssl.CERT_REQUIRED} if REDIS_URL.startswith("rediss://") else False
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # Above the longest task (CELERY_TASK_TIME_LIMIT): what takes longer would be handed out a second time.
        "visibility_timeout": 1800,
        # What a dead worker held is looked for every ten seconds, not every hundred.
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
    }
else:
    _broker = DATA_DIR / "broker"
    try:
        for _folder in ("queue", "control"):
            (_broker / _folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"DATA_DIR cannot be written: {error}. Name another folder.") from None
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT = "jas_portal.folder_broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "control_folder": str(_broker / "control"),
        "polling_interval": 0.2,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "jas_portal.heartbeat:BeatScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_TASK_TIME_LIMIT = 900
# A broker that falls away ends no sweep halfway: it may be handing over a mail at this very moment.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
# Three queues, so that a long report never stands before a mail. A worker without -Q takes from all of them.
CELERY_TASK_QUEUES = [Queue("mail"), Queue("reports"), Queue("sweeps")]
CELERY_TASK_DEFAULT_QUEUE = "sweeps"
CELERY_TASK_ROUTES = {"notifications.tasks.*": {"queue": "mail"}, "*.work_on_*": {"queue": "reports"}}

# --- Mail: everything goes through the outbox of `notifications` ------------------------------------

EMAIL_BACKEND = "notifications.backends.OutboxEmailBackend"
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=False)
# Seconds to wait for the server while nothing has been handed over.
EMAIL_TIMEOUT = 20
# Seconds to wait for its answer to a whole message: who hangs up earlier sends it twice (RFC 5321 §4.5.3.2.6).
EMAIL_ANSWER_TIMEOUT = env.int("EMAIL_ANSWER_TIMEOUT", default=600)
# For how long a worker that died keeps what it had in hand from the others.
MAIL_LEASE_SECONDS = env.int("MAIL_LEASE_SECONDS", default=120)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{PORTAL_NAME} <portaal@demo.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# "smtp" sends; "keep" leaves mail readable in the portal (the Demo-postvak) and sends nothing.
MAIL_DELIVERY = env.str("MAIL_DELIVERY", default="keep" if DEMO else "smtp")

# --- Sign-in --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "accounts.validators.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Counted in the shared cache. "key" is the account or the address that was typed, whether or not it exists.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "10/m/ip,100/h/ip,5/5m/key,50/d/key",
    "reset_password": "20/m/ip,5/m/key,20/d/key",  # how often, not what  # nosec B105
    "request_login_code": "20/m/ip,3/5m/key,20/d/key",
}
# Statushouders and mentors may sign in with a code that is mailed (accounts.sign_in_forms.AskCodeForm).
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
# Whoever changes a password or a second factor hears of it by mail; an unknown address gets no mail at all.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.tokens.ResetToken"  # a class  # nosec B105
ACCOUNT_FORMS = {
    "login": "accounts.sign_in_forms.SignInForm",
    "reauthenticate": "accounts.sign_in_forms.ReauthenticateForm",
    "change_password": "accounts.sign_in_forms.ChangePasswordForm",  # a form  # nosec B105
    "set_password": "accounts.sign_in_forms.SetPasswordForm",  # a form  # nosec B105
    "reset_password": "accounts.sign_in_forms.ResetPasswordForm",  # a form  # nosec B105
    "reset_password_from_key": "accounts.sign_in_forms.ResetPasswordKeyForm",  # a form  # nosec B105
    "request_login_code": "accounts.sign_in_forms.AskCodeForm",
    "confirm_login_code": "accounts.sign_in_forms.TypeCodeForm",
}
# How long the link of an invitation works.
INVITATION_DAYS = env.int("INVITATION_DAYS", default=7)
MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "activate_totp": "accounts.sign_in_forms.ActivateSecondFactorForm",
    "authenticate": "accounts.sign_in_forms.SecondFactorForm",
    "reauthenticate": "accounts.sign_in_forms.ProveAgainForm",
    "add_webauthn": "accounts.sign_in_forms.AddPasskeyForm",
    "edit_webauthn": "accounts.sign_in_forms.RenamePasskeyForm",
}
# An invitation went to the address, so it needs no second proof; a clock may be half a minute off.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = PORTAL_NAME
# Professional roles need a second factor (BIO2 5.17.01); the demo demands none.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=not DEMO)
# For how many days somebody may have a device remembered, so that it asks no second factor; 0 offers it to nobody.
REMEMBER_DEVICE_DAYS = env.int("REMEMBER_DEVICE_DAYS", default=14 if DEMO else 0)
MFA_TRUST_ENABLED = REMEMBER_DEVICE_DAYS > 0
MFA_TRUST_COOKIE_AGE = REMEMBER_DEVICE_DAYS * 86_400
# These seal the secrets of second factors (accounts.encryption); the first one seals, all of them open.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])
# Minutes without use after which a session ends, in professional roles and in the others.
IDLE_MINUTES_PROFESSIONAL = env.int("IDLE_MINUTES_PROFESSIONAL", default=30)
IDLE_MINUTES = env.int("IDLE_MINUTES", default=60)

# The municipality's own sign-in (OpenID Connect: Entra ID, Keycloak); without an issuer there is no button.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="").rstrip("/")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_NAME = env.str("OIDC_NAME", default="gemeente")
# Only addresses of these domains; an issuer that says nothing about verification is believed for them alone.
OIDC_EMAIL_DOMAINS = env.list("OIDC_EMAIL_DOMAINS", default=[])
# Values of `acr` or `amr` that say the issuer asked for a second factor; without them the portal asks itself.
OIDC_MFA_VALUES = env.list("OIDC_MFA_VALUES", default=[])
SOCIALACCOUNT_ADAPTER = "accounts.adapters.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"provider_class": "accounts.oidc.Provider"}}

# --- The read log (docs/adr/0008) ------------------------------------------------------------------

# The secret keys of the seals: the first one seals, the others are older ones that still verify.
LOG_SEAL_KEYS = env.list("LOG_SEAL_KEY", default=[]) or [SECRET_KEY]
# A file outside the database that names every seal; "-" is standard error, "" nowhere.
LOG_SEAL_WITNESS = env.str("LOG_SEAL_WITNESS", default=str(DATA_DIR / "seals.log"))
# For how many months lines are kept (BIO2 8.15.04: a weighing of risks; 12 to 24 is usual).
READ_LOG_MONTHS = env.int("READ_LOG_MONTHS", default=24)

# --- Access --------------------------------------------------------------------------------------

# Emergency access to a colleague's dossier lasts until the end of this many working days after today; 0 is today alone.
BREAK_GLASS_WORKING_DAYS = env.int("BREAK_GLASS_WORKING_DAYS", default=1)
# How many months after a review of the access rights the next one is due (BIO2 5.18.02: at least once a year).
ACCESS_REVIEW_MONTHS = env.int("ACCESS_REVIEW_MONTHS", default=12)

# --- Language and time ------------------------------------------------------------------------------

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", _("Nederlands"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Amsterdam"
USE_I18N = True
USE_TZ = True

# --- The change history of dossiers (docs/adr/0011): our own table, and none of the library's ------------

AUDITLOG_LOGENTRY_MODEL = "cases.Change"
MIGRATION_MODULES = {"auditlog": None}

# --- How long things are kept -----------------------------------------------------------------------

# A file with a municipality's own periods; all rules stand in privacy/retention.toml.
RETENTION_PERIODS = env.str("RETENTION_PERIODS", default="")

# --- Transport --------------------------------------------------------------------------------------

SECURE_COOKIES = env.bool("SECURE_COOKIES", default=not DEMO)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=SECURE_COOKIES)
# Whoever watches over the portal asks the web server itself, behind the proxy.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_COOKIES
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Limits on signing in count per visitor, not per proxy: the last address the proxy wrote down is the visitor's.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- What a browser may do (docs/security.md) ---------------------------------------------------------

# A cookie with this name is refused unless it came over https, from this very host and for all of it.
_HOST = "__Host-" if SECURE_COOKIES else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_HOST}sessionid", f"{_HOST}csrftoken"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# "Strict" would ask everybody who follows a link in a mail to sign in again.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# What a page tells after an action ("… is opgeslagen") may hold a name: it stays on the server.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# Addresses may hold a secret (an invitation, a new password): other hosts never learn where somebody came from.
SECURE_REFERRER_POLICY = "same-origin"
WHITENOISE_ALLOW_ALL_ORIGINS = False
CONTENT_SECURITY_POLICY = {
    # The form of the sign-in page may pass on to the municipality's own sign-in, and to where that passes on itself.
    "DIRECTIVES": policy.for_pages(signs_in_at=[OIDC_ISSUER, *env.list("OIDC_PASSES_ON_TO", default=[])]),
}

# What one person, or one address where nobody is signed in, may ask in a minute; 0 is without end. Searches and files
# (PDF, CSV, calendar) count as requests too. A demo is looked through faster than anybody works.
RATE_LIMITS = {
    "requests": env.int("REQUESTS_PER_MINUTE", default=6000 if DEMO else 300),
    "searches": env.int("SEARCHES_PER_MINUTE", default=6000 if DEMO else 60),
    "files": env.int("FILES_PER_MINUTE", default=6000 if DEMO else 30),
}

# Where somebody can tell of a hole (an address of mail or of a page), and the page with the rules for it.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default=PROGRAMME_CONTACT_EMAIL)
SECURITY_POLICY_URL = env.str("SECURITY_POLICY_URL", default="")

# Sweeps run every few seconds, and a PDF has many steps; that they did is no news, that one failed is.
QUIET = ["celery.beat", "celery.worker.strategy", "celery.app.trace", "weasyprint.progress", "fontTools"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": WithoutRows, "fmt": "{asctime} {levelname} {name} {message}", "style": "{"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {name: {"level": "WARNING"} for name in QUIET},
}
