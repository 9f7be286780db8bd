"""The portal at the site's root: its own pages, and those of every system that has ``portal_urls``.

A system names the module in its AppConfig; the module has an ``app_name`` and addresses of its own.
"""

from __future__ import annotations

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

from yishi.faces.portal import verifying, views

own = [
    path("", views.home, name="home"),
    path("help/", views.show_help, name="help"),
    path("verify/", verifying.verify, name="verify"),
    path("accessibility/", views.accessibility, name="accessibility"),
]
urlpatterns: list[URLPattern | URLResolver] = [path("", include((own, "portal")))]
for config in apps.get_app_configs():
    module = getattr(config, "portal_urls", "")
    if module:
        urlpatterns.append(path("", include(module)))
