"""Addresses of repair at the desk (mounted below ``/desk/``)."""

from __future__ import annotations

from django.urls import path

from yishi.foundation.credit.repair.pages import desk_views as views

app_name = "repair"
_C = "credit-repair/cases/<str:number>/"
urlpatterns = [
    path("credit-repair/new/", views.counter, name="counter"),
    path("credit-repair/new/records/", views.take, name="take"),
    path("credit-repair/copies/", views.differing, name="copies"),
    path("credit-repair/copies/<int:report>/", views.copy_act, name="copy-act"),
    path("credit-repair/records/<str:record>/notice.pdf", views.notice, name="notice"),
    path(_C + "papers/<int:seq>.pdf", views.paper, name="paper"),
    path(_C + "files/<uuid:attachment>", views.file, name="file"),
    path(_C + "shield/", views.shield_end, name="shield-end"),
]
