"""Addresses of items at the desk (mounted below ``/desk/``)."""

from __future__ import annotations

from django.urls import path

from yishi.foundation.approvals import views

app_name = "approvals"
urlpatterns = [
    path("approvals/cases/<str:number>/papers/<int:seq>.pdf", views.notice, name="notice"),
    path("approvals/cases/<str:number>/files/<uuid:attachment>", views.file, name="file"),
    path("approvals/cards/", views.cards, name="cards"),
    path("approvals/cards/export/", views.cards_export, name="cards-export"),
    path("approvals/new/", views.items, name="items"),
    path("approvals/new/<slug:item>/", views.apply, name="apply"),
]
