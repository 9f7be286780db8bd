"""Addresses of repair for residents and enterprises, at the root of the portal."""

from __future__ import annotations

from django.urls import path

from yishi.foundation.credit.repair.pages import portal

app_name = "repair"
_C = "credit-repair/cases/<str:number>/"
urlpatterns = [
    path("credit-repair/", portal.mine, name="mine"),
    path("credit-repair/apply/", portal.apply, name="apply"),
    path("credit-repair/records/<str:record>/notice.pdf", portal.notice, name="notice"),
    path("credit-repair/records/<str:record>/elsewhere/", portal.elsewhere, name="elsewhere"),
    path(_C, portal.progress, name="progress"),
    path(_C + "withdraw/", portal.withdraw, name="withdraw"),
    path(_C + "correct/", portal.move, {"move": "correct"}, name="correct"),
    path(_C + "object/", portal.move, {"move": "object"}, name="object"),
    path(_C + "papers/<int:seq>.pdf", portal.paper, name="paper"),
]
