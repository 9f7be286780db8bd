"""Django settings. Everything a deployment may change comes from the environment."""

from __future__ import annotations

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[2]
STATE_DIR = Path(os.environ.get("YISHI_HOME", BASE_DIR / ".yishi"))
CITY_DIR = Path(os.environ.get("YISHI_CITY", BASE_DIR / "cities" / "xiangyang"))

SECRET_KEY = os.environ.get("YISHI_SECRET_KEY", "")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("YISHI_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
DEMO = os.environ.get("YISHI_DEMO", "") == "1"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
    "yishi.foundation.revisions",
    "yishi.foundation.calendars",
    "yishi.foundation.places",
    "yishi.foundation.audit",
    "yishi.foundation.parties",
    "yishi.foundation.access",
    "yishi.foundation.rulebook",
    "yishi.foundation.papers",
    "yishi.foundation.messages",
    "yishi.foundation.cases",
    "yishi.foundation.ui",
    "yishi.systems.city_events",
    "yishi.faces.portal",
    "yishi.faces.desk",
    "yishi.faces.screen",
    "yishi.faces.api",
]
AUTH_USER_MODEL = "access.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
