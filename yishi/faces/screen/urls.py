"""Addresses of the screen."""

from __future__ import annotations

from django.urls import path

from yishi.faces.screen import exports, views

app_name = "screen"
urlpatterns = [
    path("", views.today, name="today"),
    path("export/", exports.export, name="export"),
    path("areas.json", views.areas, name="areas"),
]
