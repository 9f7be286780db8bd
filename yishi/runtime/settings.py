"""Django settings. Everything a deployment may change comes from the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.addresses import read_networks
from yishi.runtime import environment, secrets

BASE_DIR = environment.BASE_DIR
STATE_DIR = environment.state_dir()
"""What the installation keeps outside the database: secrets, uploads, the embedded cluster."""
CITY_DIR = Path(os.environ.get("YISHI_CITY", BASE_DIR / "cities" / "xiangyang"))
PORT = environment.port()

SECRET_KEY = os.environ.get("YISHI_SECRET_KEY") or secrets.secret_key(STATE_DIR)
YISHI_KEYS_FILE = Path(os.environ.get("YISHI_KEYS_FILE") or secrets.keys_file(STATE_DIR))
"""JSON with the keys of encrypted fields, see `yishi.runtime.secrets.keys_file`."""
YISHI_SM2_SIGNER = os.environ.get("YISHI_SM2_SIGNER", "")
"""``package.module:factory`` of another signer than the key in the file of seals."""
YISHI_MEDIA = Path(os.environ.get("YISHI_MEDIA", STATE_DIR / "media"))
YISHI_CREDIT_NAMES = Path(os.environ.get("YISHI_CREDIT_NAMES", STATE_DIR / "names"))
"""The index of listed names, see `yishi.foundation.credit.near_names`."""
DEBUG = False
DEMO = os.environ.get("YISHI_DEMO", "") == "1"
TRAINING = "YISHI_TRAINING" in os.environ
"""A copy of a city's installation with simulated cases, to practise in."""
ALLOWED_HOSTS = os.environ.get("YISHI_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

OPEN311_JURISDICTION = os.environ.get("YISHI_JURISDICTION", "")
"""The ``jurisdiction_id`` that Open311 clients must send, if they send one; empty: any."""

# Set where a proxy in front speaks HTTPS with the browser, for example "https://city.example".
SITE_ORIGIN = os.environ.get("YISHI_ORIGIN", "")
SECURE = SITE_ORIGIN.startswith("https://")
CSRF_TRUSTED_ORIGINS = [SITE_ORIGIN] if SITE_ORIGIN else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
# Networks (CIDR) of the proxies whose X-Forwarded-For is believed; empty: nobody's.
YISHI_TRUSTED_PROXIES = read_networks(os.environ.get("YISHI_TRUSTED_PROXIES", ""))
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Cookies ignore the port: two installations on one machine must not sign each other out.
SESSION_COOKIE_NAME = f"yishi_session_{PORT}"
CSRF_COOKIE_NAME = f"yishi_csrf_{PORT}"
SESSION_COOKIE_AGE = 12 * 3600

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
    "yishi.foundation.revisions",
    "yishi.foundation.calendars",
    "yishi.foundation.places",
    "yishi.foundation.audit",
    "yishi.foundation.tables",
    "yishi.foundation.parties",
    "yishi.foundation.access",
    "yishi.foundation.rulebook",
    "yishi.foundation.papers",
    "yishi.foundation.messages",
    "yishi.foundation.cases",
    "yishi.foundation.exchange",
    "yishi.foundation.ui",
    "yishi.foundation.credit",
    "yishi.foundation.credit.repair",
    "yishi.foundation.approvals",
    "yishi.systems.city_events",
    "yishi.systems.life_events",
    "yishi.systems.construction",
    "yishi.systems.pledge_licences",
    "yishi.faces.portal",
    "yishi.faces.desk",
    "yishi.faces.screen",
    "yishi.faces.api",
    "yishi.faces.open311",
]
MIDDLEWARE = [
    "yishi.runtime.answers.AnswerMiddleware",
    "yishi.runtime.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "yishi.runtime.web.LiveOriginMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "yishi.foundation.ui.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "yishi.foundation.access.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "yishi.foundation.ui.errors.ErrorPageMiddleware",
]
ROOT_URLCONF = "yishi.runtime.urls"
WSGI_APPLICATION = "yishi.runtime.wsgi.application"

CSRF_FAILURE_VIEW = "yishi.foundation.ui.errors.csrf_failure"

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["yishi.foundation.access.backends.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name, "OPTIONS": options}
    for name, options in (
        (
            "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
            {"user_attributes": ("username", "display_name")},
        ),
        ("yishi.foundation.access.passwords.LengthValidator", {"min_length": 10}),
        ("django.contrib.auth.password_validation.CommonPasswordValidator", {}),
        ("django.contrib.auth.password_validation.NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "/desk/sign-in/"
LOGIN_REDIRECT_URL = "/desk/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

DATABASES: dict[str, dict[str, Any]] = {"default": environment.database()}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "yishi.runtime.web.page_context",
                "yishi.foundation.ui.context.ui",
            ],
        },
    }
]

USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "yishi" / "locale"]
LANGUAGE_COOKIE_NAME = "yishi_language"

STATIC_URL = "/static/"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(YISHI_MEDIA)},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Static files are served from the packages themselves: no collecting step to forget.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_PERMISSIONS = 0o600
# How much one person may take out as Excel files a day.
YISHI_EXPORTS_A_DAY = int(os.environ.get("YISHI_EXPORTS_A_DAY", "30"))
YISHI_EXPORT_ROWS_A_DAY = int(os.environ.get("YISHI_EXPORT_ROWS_A_DAY", "300000"))

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Sign-in by an identity provider (OpenID Connect); empty: by password and passkey only.
YISHI_OIDC = {
    "issuer": os.environ.get("YISHI_OIDC_ISSUER", "").strip(),
    "client_id": os.environ.get("YISHI_OIDC_CLIENT_ID", "").strip(),
    "secret_file": os.environ.get("YISHI_OIDC_SECRET_FILE", ""),
    "label": os.environ.get("YISHI_OIDC_LABEL", ""),
    "second_factor": os.environ.get("YISHI_OIDC_SECOND_FACTOR", "") == "1",
}
if YISHI_OIDC["issuer"]:  # signing out goes on to the provider, by a form
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].append(
        "{0.scheme}://{0.netloc}".format(urlsplit(str(YISHI_OIDC["issuer"])))
    )
# What one address (IPv6: one /64) may send in ten minutes through the portal.
YISHI_REPORTS_PER_ADDRESS = int(os.environ.get("YISHI_REPORTS_PER_ADDRESS", "300"))
YISHI_UPLOADS_PER_ADDRESS = int(os.environ.get("YISHI_UPLOADS_PER_ADDRESS", "600"))
# Requests a minute that one web process takes from one API key, unless the key has its own limit.
YISHI_API_PER_MINUTE = int(os.environ.get("YISHI_API_PER_MINUTE", "30000"))

EMAIL_BACKEND = os.environ.get(
    "YISHI_EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend"
)
EMAIL_HOST = os.environ.get("YISHI_EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("YISHI_EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("YISHI_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("YISHI_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("YISHI_EMAIL_TLS", "") == "1"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("YISHI_EMAIL_FROM", "yishi@localhost")

# Networks besides public ones to which webhooks may go, for example "10.20.0.0/16,192.0.2.7/32":
# only there is plain HTTP allowed too.
YISHI_EXCHANGE_NETWORKS = os.environ.get("YISHI_EXCHANGE_NETWORKS", "")

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
PROCRASTINATE_IMPORT_PATHS = ["yishi.runtime.tasks"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("YISHI_LOG", "WARNING")},
}
