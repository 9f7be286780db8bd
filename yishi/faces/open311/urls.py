"""The addresses of GeoReport v2; the format is the ending of the address."""

from __future__ import annotations

from django.urls import re_path

from yishi.faces.open311 import views

app_name = "open311"
_END = r"\.(?P<format>json|xml)\Z"
_WORD = r"[^/]+"

urlpatterns = [
    re_path(rf"^discovery{_END}", views.discovery, name="discovery"),
    re_path(rf"^services{_END}", views.services, name="services"),
    re_path(rf"^services/(?P<code>{_WORD}){_END}", views.service, name="service"),
    re_path(rf"^requests{_END}", views.requests, name="requests"),
    re_path(rf"^requests/(?P<number>{_WORD}){_END}", views.request_, name="request"),
    re_path(rf"^tokens/(?P<token>{_WORD}){_END}", views.token, name="token"),
    re_path(rf"^servicerequestupdates{_END}", views.updates, name="updates"),
    re_path(r"^", views.nothing, name="nothing"),
]
