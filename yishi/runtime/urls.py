"""The site's addresses: each face under its own prefix."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

FACES = {
    "desk/": "yishi.faces.desk.urls",
    "screen/": "yishi.faces.screen.urls",
    "api/": "yishi.faces.api.urls",
    "open311/": "yishi.faces.open311.urls",
    "": "yishi.faces.portal.urls",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("ui/", include("yishi.foundation.ui.urls")),
    *(path(prefix, include(module)) for prefix, module in FACES.items() if find_spec(module)),
]

handler400 = "yishi.foundation.ui.errors.bad_request"
handler403 = "yishi.foundation.ui.errors.permission_denied"
handler404 = "yishi.foundation.ui.errors.page_not_found"
handler500 = "yishi.foundation.ui.errors.server_error"
