"""Addresses of the city events' pages for residents, mounted at the root of the portal."""

from __future__ import annotations

from django.urls import path

from yishi.foundation.ui import views as ui_views
from yishi.systems.city_events.portal import (
    paper_views,
    send_views,
    supplement_views,
    track_views,
    what_views,
    where_views,
)

app_name = "events"
urlpatterns = [
    path("report/", where_views.start, name="report"),
    path("report/expired", send_views.expired, name="expired"),
    path("report/<uuid:draft_id>/where", where_views.where, name="where"),
    path("report/<uuid:draft_id>/area", where_views.area, name="area"),
    path("report/<uuid:draft_id>/place", where_views.place, name="place"),
    path("report/<uuid:draft_id>/what", what_views.what, name="what"),
    path("report/<uuid:draft_id>/type", what_views.type_, name="type"),
    path("report/<uuid:draft_id>/standard", what_views.standard, name="standard"),
    path("report/<uuid:draft_id>/similar", what_views.similar, name="similar"),
    path("report/<uuid:draft_id>/known", what_views.known, name="known"),
    path("report/<uuid:draft_id>/photos", send_views.photos, name="photos"),
    path(
        "report/<uuid:draft_id>/photos/<uuid:photo_id>",
        send_views.draft_photo,
        name="draft-photo",
    ),
    path("report/<uuid:draft_id>/contact", send_views.contact, name="contact"),
    path("report/<uuid:draft_id>/check", send_views.check, name="check"),
    path("report/<uuid:draft_id>/done", send_views.done, name="done"),
    path("track/", track_views.enter, name="track"),
    path("track/<str:number>/", track_views.progress, name="progress"),
    path("track/<str:number>/evaluate", track_views.evaluate, name="evaluate"),
    path("track/<str:number>/thanks", track_views.thanks, name="thanks"),
    path("track/<str:number>/photos/<uuid:photo_id>", track_views.photo, name="photo"),
    path("track/<str:number>/receipt.pdf", paper_views.report_receipt, name="receipt"),
    path("track/<str:number>/result.pdf", paper_views.result_receipt, name="result"),
    path("track/<str:number>/supplement", supplement_views.supplement, name="supplement"),
    path("track/<str:number>/<slug:move>", track_views.own_move, name="own-move"),
    path("areas.json", ui_views.areas, name="areas"),
]
