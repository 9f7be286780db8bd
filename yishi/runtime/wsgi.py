"""The site as a WSGI application."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from yishi.runtime.pools import check_cheaply, reconnect_quickly

reconnect_quickly()
check_cheaply()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yishi.runtime.settings")
application = get_wsgi_application()
