"""A site that consists of the frame alone, so that its tests stand without any face."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("ui/", include("yishi.foundation.ui.urls")),
]
handler400 = "yishi.foundation.ui.errors.bad_request"
handler403 = "yishi.foundation.ui.errors.permission_denied"
handler404 = "yishi.foundation.ui.errors.page_not_found"
handler500 = "yishi.foundation.ui.errors.server_error"
