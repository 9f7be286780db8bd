"""Addresses of direct benefits at the desk (mounted below ``/desk/``)."""

from __future__ import annotations

from django.urls import path

from yishi.systems.direct_benefits.pages import (
    batch_acts,
    batch_views,
    batches,
    clawbacks,
    items,
    objections,
    overview,
    paper_views,
    run_views,
    unknown_views,
    why_views,
)

app_name = "direct_benefits"
_B = "benefits/"
urlpatterns = [
    path(_B, overview.overview, name="overview"),
    path(_B + "items/", items.items, name="items"),
    path(_B + "items/<str:key>/", items.item, name="item"),
    path(_B + "runs/", run_views.runs, name="runs"),
    path(_B + "runs/start/", run_views.start, name="run-start"),
    path(_B + "runs/<str:number>/", run_views.run, name="run"),
    path(_B + "runs/<str:number>/why/", why_views.why, name="why"),
    path(_B + "runs/<str:number>/items/<str:key>/", run_views.run_item, name="run-item"),
    path(_B + "enterprises/<str:code>/", why_views.party, name="party"),
    path(_B + "unknown/", unknown_views.tasks, name="unknown"),
    path(_B + "unknown/<int:pk>/", unknown_views.task, name="unknown-task"),
    path(_B + "batches/", batches.batches, name="batches"),
    path(_B + "batches/open/", batches.open_batch, name="batch-open"),
    path(_B + "batches/<str:number>/", batch_views.batch, name="batch"),
    path(_B + "batches/<str:number>/act/", batch_acts.act, name="batch-act"),
    path(_B + "batches/<str:number>/export/", batch_views.export, name="batch-export"),
    path(_B + "batches/<str:number>/notice.pdf", paper_views.notice, name="batch-notice"),
    path(_B + "objections/", objections.objections, name="objections"),
    path(_B + "objections/<str:number>/", objections.objection, name="objection"),
    path(_B + "clawbacks/", clawbacks.clawbacks, name="clawbacks"),
    path(_B + "clawbacks/<str:number>/", clawbacks.clawback, name="clawback"),
    path(
        _B + "clawbacks/<str:number>/<slug:paper>.pdf", paper_views.clawback, name="clawback-paper"
    ),
    path(_B + "payouts/<str:number>/clawback/", clawbacks.new, name="clawback-new"),
]
