"""Addresses of licences by pledge at the desk (mounted below ``/desk/``)."""

from __future__ import annotations

from django.urls import path

from yishi.systems.pledge_licences.pages import onsite_views, overview, views

app_name = "pledge_licences"
_L = "licences/"
urlpatterns = [
    path(_L + "overview/", overview.overview, name="overview"),
    path(_L + "overview/<slug:figure>/", overview.behind, name="behind"),
    path(_L + "checks/", views.checks, name="checks"),
    path(_L + "checks/<str:number>/", views.check, name="check"),
    path(_L + "cases/<str:number>/photos/<uuid:attachment>", views.photo, name="photo"),
    path(_L + "onsite/", onsite_views.page, name="onsite"),
    path(_L + "onsite/shell/", onsite_views.shell, name="onsite-shell"),
    path(_L + "onsite/worker.js", onsite_views.worker, name="onsite-worker"),
    path(_L + "onsite/work.json", onsite_views.work, name="onsite-work"),
    path(_L + "onsite/send/", onsite_views.send, name="onsite-send"),
]
