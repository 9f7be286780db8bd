"""Addresses of the frame."""

from __future__ import annotations

from django.urls import path

from yishi.foundation.ui import views

app_name = "ui"
urlpatterns = [
    path("type-size", views.type_size, name="type-size"),
    path("gallery", views.gallery, name="gallery"),
    path("gallery/<slug:sheet>", views.gallery, name="gallery-sheet"),
]
