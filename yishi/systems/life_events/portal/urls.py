"""Addresses of the themes' pages for residents and businesses, at the root of the portal."""

from __future__ import annotations

from django.urls import path

from yishi.systems.life_events.portal import (
    amend_views,
    apply_views,
    finding,
    hand_in_views,
    paper_pdf_views,
    paper_views,
    together_views,
    track_views,
)

app_name = "themes"
_A = "apply/<uuid:application_id>/"
_M = "matters/<str:number>/"
urlpatterns = [
    path("themes/", finding.find, name="find"),
    path("themes/<slug:key>/", finding.guide, name="guide"),
    path("themes/<slug:key>/start", finding.start, name="start"),
    path("apply/expired", hand_in_views.expired, name="expired"),
    path(_A + "ask", apply_views.ask, name="ask"),
    path(_A + "where", apply_views.where, name="where"),
    path(_A + "needs", apply_views.needs, name="needs"),
    path(_A + "who", apply_views.who, name="who"),
    path(_A + "form", apply_views.form, name="form"),
    path(_A + "differs", apply_views.differs, name="differs"),
    path(_A + "papers", paper_views.papers, name="papers"),
    path(_A + "files/<uuid:file_id>", paper_views.file, name="file"),
    path(_A + "saved", hand_in_views.saved, name="saved"),
    path(_A + "check", hand_in_views.check, name="check"),
    path(_A + "together", together_views.together, name="together"),
    path("together/<int:person>/", together_views.confirm, name="confirm"),
    path(_A + "done", hand_in_views.done, name="done"),
    path("matters/", track_views.enter, name="enter"),
    path(_M, track_views.progress, name="progress"),
    path(_M + "correct", amend_views.correct, name="correct"),
    path(_M + "supply", amend_views.supply, name="supply"),
    path(_M + "withdraw", track_views.withdraw, name="withdraw"),
    path(_M + "stuck", track_views.stuck, name="stuck"),
    path(_M + "rate", track_views.rate, name="rate"),
    path(_M + "papers/<slug:name>.pdf", paper_pdf_views.paper, name="paper"),
    path(_M + "items/<str:item>/<int:seq>.pdf", paper_pdf_views.item_paper, name="item-paper"),
    path(_M + "files/<uuid:file_id>", track_views.file, name="matter-file"),
]
