"""Addresses of city events at the desk (mounted below ``/desk/``)."""

from __future__ import annotations

from django.urls import path

from yishi.systems.city_events import views

app_name = "city_events"
urlpatterns = [
    path("hotline/", views.hotline, name="hotline"),
    path(
        "cases/<str:number>/dispatch-order.pdf",
        views.dispatch_order,
        name="dispatch-order",
    ),
    path("cases/<str:number>/result.pdf", views.result_receipt, name="result"),
    path("cases/<str:number>/reports/<int:report>/contact/", views.reveal, name="reveal"),
    path("cases/<str:number>/reports/<int:report>/unmerge/", views.unmerge, name="unmerge"),
]
