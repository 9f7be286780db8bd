"""Addresses of city events at the desk (mounted below ``/desk/``)."""

from __future__ import annotations

from django.urls import path

from yishi.systems.city_events import batch_views, supervision_views, views

app_name = "city_events"
urlpatterns = [
    path("supervision/", supervision_views.supervision, name="supervision"),
    path("hotline/", views.hotline, name="hotline"),
    path("intake/", batch_views.intake, name="intake"),
    path("intake/template.xlsx", batch_views.template, name="intake-template"),
    path("intake/<int:batch_id>/", batch_views.batch, name="batch"),
    path("intake/<int:batch_id>/rejects.xlsx", batch_views.rejects, name="batch-rejects"),
    path(
        "cases/<str:number>/dispatch-order.pdf",
        views.dispatch_order,
        name="dispatch-order",
    ),
    path("cases/<str:number>/result.pdf", views.result_receipt, name="result"),
    path("cases/<str:number>/reports/<int:report>/contact/", views.reveal, name="reveal"),
    path("cases/<str:number>/reports/<int:report>/unmerge/", views.unmerge, name="unmerge"),
]
