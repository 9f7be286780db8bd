"""Addresses of data owners at the desk (mounted below ``/desk/``)."""

from __future__ import annotations

from django.urls import path

from yishi.foundation.facts.desk import correcting, deliveries, sources

app_name = "facts"
urlpatterns = [
    path("facts/", sources.listed, name="sources"),
    path("facts/sources/<slug:key>/", sources.one, name="source"),
    path("facts/sources/<slug:key>/columns.csv", sources.empty_file, name="columns"),
    path("facts/sources/<slug:key>/deliver/", deliveries.upload, name="deliver"),
    path("facts/sources/<slug:key>/fetch/", deliveries.fetch, name="fetch"),
    path("facts/deliveries/<int:pk>/", deliveries.one, name="delivery"),
    path("facts/deliveries/<int:pk>/refused.csv", deliveries.refused, name="refused"),
    path("facts/corrections/", correcting.listed, name="corrections"),
    path("facts/corrections/<int:pk>/", correcting.one, name="correction"),
]
