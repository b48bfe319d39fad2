"""Settings, from the environment; every default serves one machine with SQLite.

``SINMUNGO_HOME`` the folder of keys, vault and database · ``DATABASE_URL`` PostgreSQL instead of
SQLite · ``SINMUNGO_URL`` the address people see · ``SINMUNGO_DEMO`` roles to step into without a
password and a watermark on every page.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF

from sinmungo.site.keys import load_or_make
from sinmungo.site.prices import price
from sinmungo.web import directory_settings

HOME = Path(os.environ.get("SINMUNGO_HOME", "var")).resolve()
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = load_or_make(HOME / "keys", "django").hex()
SINMUNGO_LINK_KEY = load_or_make(HOME / "keys", "links")
SINMUNGO_REPORTER_KEY = load_or_make(HOME / "keys", "reporters")
SINMUNGO_LEDGER_KEY = load_or_make(HOME / "keys", "ledger")
SINMUNGO_LEDGER_ORIGIN = os.environ.get("SINMUNGO_LEDGER_ORIGIN", "sinmungo")
SINMUNGO_VAULT = "sinmungo.adapters.vault_file.FileVault"
SINMUNGO_VAULT_FOLDER = HOME / "vault"
#: Snapshots of open banks, so that a start need not read every fingerprint; nothing protected stands there.
SINMUNGO_INDEX_FOLDER = HOME / "index"
SINMUNGO_WEBHOOK_SENDER = "sinmungo.adapters.webhooks.WebhookSender"
#: What asks a platform about its accounts before and after they are restored; empty means that nothing does.
SINMUNGO_ACCOUNT_READER = os.environ.get(
    "SINMUNGO_ACCOUNT_READER", "sinmungo.adapters.accounts.SignedAccountReader"
)
#: Who may object to restoring an account together with others, by dotted path (see Objector).
SINMUNGO_RESTORATION_OBJECTORS: tuple[str, ...] = ()
SINMUNGO_MEDIA_FETCHER = "sinmungo.adapters.media.HttpsFetcher"
SINMUNGO_PICTURE_TREATER = "sinmungo.adapters.pictures.treating.ConfinedTreater"
#: What hashes pictures and clips of platforms whose media hosts are listed; empty means that nothing does.
SINMUNGO_MEDIA_HASHER = os.environ.get(
    "SINMUNGO_MEDIA_HASHER", "sinmungo.adapters.hashing.hasher.ConfinedHasher"
)
#: What reads the words in pictures; empty means that nothing does.
SINMUNGO_PICTURE_READER = os.environ.get("SINMUNGO_PICTURE_READER", "")
if not SINMUNGO_PICTURE_READER and os.environ.get("SINMUNGO_READ_PICTURES") == "1":
    SINMUNGO_PICTURE_READER = "sinmungo.adapters.tesseract.Tesseract"
SINMUNGO_URL = os.environ.get("SINMUNGO_URL", "http://localhost:8000").rstrip("/")
SINMUNGO_DEMO = os.environ.get("SINMUNGO_DEMO") == "1"
#: Seconds in which a reviewer may take a decision back, before it is recorded and told; 0 means at once.
SINMUNGO_UNDO_SECONDS = min(max(int(os.environ.get("SINMUNGO_UNDO_SECONDS") or 30), 0), 600)
SINMUNGO_DEMO_PLATFORM_URL = os.environ.get("SINMUNGO_DEMO_PLATFORM_URL", "")
#: Hosts on private or loopback addresses that webhooks may reach; empty means public https only.
SINMUNGO_WEBHOOK_LOCAL_HOSTS = tuple(
    host for host in os.environ.get("SINMUNGO_WEBHOOK_LOCAL_HOSTS", "").split(",") if host
)
#: The share of people's decisions that somebody else judges a second time without knowing how they ended.
SINMUNGO_SECOND_REVIEW_SHARE = min(
    max(float(os.environ.get("SINMUNGO_SECOND_REVIEW_SHARE") or 0.05), 0.0), 1.0
)
#: A model at an OpenAI-compatible address, for opinions and translations. Nothing is ever asked before
#: an address, a model's name, both prices a million tokens and a daily limit are set.
SINMUNGO_JUDGE = "sinmungo.adapters.openai_models.OpenAIJudge"
SINMUNGO_TRANSLATOR = "sinmungo.adapters.openai_models.OpenAITranslator"
SINMUNGO_JUDGE_URL = os.environ.get("SINMUNGO_JUDGE_URL", "").rstrip("/")
SINMUNGO_JUDGE_KEY = os.environ.get("SINMUNGO_JUDGE_KEY", "")
SINMUNGO_JUDGE_KEY_FILE = os.environ.get("SINMUNGO_JUDGE_KEY_FILE", "")
SINMUNGO_JUDGE_MODEL = os.environ.get("SINMUNGO_JUDGE_MODEL", "")
SINMUNGO_TRANSLATE_MODEL = os.environ.get("SINMUNGO_TRANSLATE_MODEL", "")
SINMUNGO_JUDGE_PRICE_READ = price(os.environ.get("SINMUNGO_JUDGE_PRICE_READ", ""))
SINMUNGO_JUDGE_PRICE_WRITTEN = price(os.environ.get("SINMUNGO_JUDGE_PRICE_WRITTEN", ""))
SINMUNGO_JUDGE_DAILY_MICROS = int(os.environ.get("SINMUNGO_JUDGE_DAILY_MICROS") or 0)

DEBUG = False
_host = SINMUNGO_URL.split("//", 1)[-1].split("/", 1)[0].rsplit(":", 1)[0]
ALLOWED_HOSTS = [_host, "localhost", "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = [SINMUNGO_URL]
_secure = SINMUNGO_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # allauth's list of passkeys says when each was used
    "sinmungo.web",  # before allauth, whose pages wear our own layout
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "sinmungo.apps.base",
    "sinmungo.apps.vault",
    "sinmungo.apps.ledger",
    "sinmungo.apps.staff",
    "sinmungo.apps.items",
    "sinmungo.apps.policies",
    "sinmungo.apps.intake",
    "sinmungo.apps.screening",
    "sinmungo.apps.enforcement",
    "sinmungo.apps.statements",
    "sinmungo.apps.review",
    "sinmungo.apps.appeals",
    "sinmungo.apps.autonomy",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "sinmungo.web.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "sinmungo.web.vendor_sessions.VendorSessionMiddleware",
    "sinmungo.web.errors.DomainErrorMiddleware",
]

ROOT_URLCONF = "sinmungo.site.urls"
WSGI_APPLICATION = "sinmungo.site.wsgi.application"
AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csrf",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sinmungo.web.context.site",
            ],
        },
    },
]

if os.environ.get("DATABASE_URL"):
    DATABASES = {"default": dict(dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=60))}
else:
    DATABASES = {
        "default": {
            "ENGINE": "sinmungo.site.sqlite",
            "NAME": str(HOME / "sinmungo.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    }

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "web_cache"},
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "web" / part / "locale" for part in ("portal", "console", "common")]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "img-src": [SELF, "data:"],
    }
}
# Chromium sends "Origin: null" with forms of a page without any referrer, and CSRF then refuses them.
# The link of a statement itself answers "no-referrer" and moves on to a clean address.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if _secure else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "sinmungo.web.errors.form_not_ours"
DATA_UPLOAD_MAX_MEMORY_SIZE = 9 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

LOGIN_URL = "/staff/sign-in"
LOGIN_REDIRECT_URL = "/console/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "sinmungo.web.accounts.StaffAdapter"
#: A directory that staff sign in with by OpenID Connect; whoever is not bound there may be found by a claim.
SOCIALACCOUNT_PROVIDERS = directory_settings.providers(os.environ)
SOCIALACCOUNT_ADAPTER = "sinmungo.web.accounts.DirectoryAdapter"
SINMUNGO_OIDC_MATCH = directory_settings.match(os.environ)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _secure

_digest = hashlib.sha256(SECRET_KEY.encode()).hexdigest()[:8]
SESSION_COOKIE_NAME = f"sinmungo_{_digest}"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "sinmungo.web.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("SINMUNGO_LOG_LEVEL", "WARNING")},
    "loggers": {
        "django.request": {"level": "ERROR", "handlers": ["stderr"], "propagate": False},
        "django.security": {"level": "ERROR", "handlers": ["stderr"], "propagate": False},
        "httpcore": {"level": "WARNING"},  # below that it writes hosts and what they answer
    },
}
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # TLS and its redirect belong to the proxy in front
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
