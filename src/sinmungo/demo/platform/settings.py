"""Settings of the demo platform, from what ``config`` was told."""

from __future__ import annotations

from pathlib import Path

from sinmungo.demo.platform.config import CONFIG, WEBHOOK_MAX_BYTES

HERE = Path(__file__).resolve().parent
SECRET_KEY = CONFIG.keys.cookies

DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
APPEND_SLASH = False
ROOT_URLCONF = "sinmungo.demo.platform.urls"
WSGI_APPLICATION = "sinmungo.demo.platform.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "sinmungo.demo.platform",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",  # refuses host names that are not its own
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "sinmungo.demo.platform.visitors.VisitorMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "sinmungo.demo.platform.visitors.page_context",
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": CONFIG.database,
        "OPTIONS": {
            "timeout": 10,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "Asia/Seoul"

# Cookies of all ports of one host are shared: names of its own keep it apart from Sinmungo beside it.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_NAME = "madang_session"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "madang_csrf"
# With "no-referrer" browsers send "Origin: null" with every form, and the forgery check refuses them all.
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = WEBHOOK_MAX_BYTES

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
