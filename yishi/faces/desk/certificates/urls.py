"""Addresses of the register of certificates, below ``/desk/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from yishi.faces.desk.certificates import listing, one

urlpatterns: list[URLPattern] = [
    path("certificates/", listing.certificates, name="certificates"),
    path("certificates/export/", listing.export, name="certificates-export"),
    path("certificates/<uuid:certificate>/", one.certificate, name="certificate"),
    path("certificates/<uuid:certificate>/status/", one.status, name="certificate-status"),
    path("certificates/<uuid:certificate>/file.<slug:kind>", one.file, name="certificate-file"),
]
