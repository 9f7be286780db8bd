"""Addresses of city events at the desk (mounted below ``/desk/``)."""

from __future__ import annotations

from django.urls import path

from yishi.systems.city_events import (
    batch_views,
    exports,
    hot_views,
    joining_views,
    scenario_views,
    supervision_views,
    views,
)
from yishi.systems.city_events.assessment import exports as figure_exports
from yishi.systems.city_events.assessment import report_views
from yishi.systems.city_events.assessment import views as assessment_views
from yishi.systems.city_events.devices import views as device_views
from yishi.systems.city_events.hotline import call_back_views, quality_views
from yishi.systems.city_events.hotline import views as hotline_views
from yishi.systems.city_events.onsite import views as onsite_views
from yishi.systems.city_events.rehearsing import views as rehearsal_views
from yishi.systems.city_events.routing import exports as routing_exports
from yishi.systems.city_events.routing import return_views
from yishi.systems.city_events.routing import views as routing_views

app_name = "city_events"
urlpatterns = [
    path("cases/<str:number>/supervision.pdf", supervision_views.card_paper, name="card"),
    path("supervision/", supervision_views.supervision, name="supervision"),
    path("supervision/export/", exports.cards, name="supervision-export"),
    path("scenarios/", scenario_views.scenarios, name="scenarios"),
    path("scenarios/<slug:kind>/<slug:main>/", scenario_views.scenario, name="scenario"),
    path("intake/", batch_views.intake, name="intake"),
    path("intake/export/", exports.batches, name="intake-export"),
    path("intake/template.xlsx", batch_views.template, name="intake-template"),
    path("intake/<int:batch_id>/", batch_views.batch, name="batch"),
    path("intake/<int:batch_id>/rejects.xlsx", batch_views.rejects, name="batch-rejects"),
    path("devices/", device_views.device_list, name="devices"),
    path("devices/export/", device_views.device_export, name="devices-export"),
    path("devices/import/", device_views.device_import, name="device-import"),
    path("devices/template.xlsx", device_views.device_template, name="device-template"),
    path("devices/of/<str:ref>/", device_views.device_page, name="device"),
    path("hotline/", hotline_views.hotline, name="hotline"),
    path("hotline/call-backs/", call_back_views.call_backs, name="call-backs"),
    path("hotline/call-backs/export/", exports.call_backs, name="call-backs-export"),
    path("hotline/call-backs/<int:task>/", call_back_views.call_back, name="call-back"),
    path("hotline/quality/", quality_views.quality, name="quality"),
    path("hotline/quality/export/", exports.quality, name="quality-export"),
    path("cases/<str:number>/reports/<int:report>/ticket/", hotline_views.ticket, name="ticket"),
    path("onsite/", onsite_views.page, name="onsite"),
    path("onsite/shell/", onsite_views.shell, name="onsite-shell"),
    path("onsite/worker.js", onsite_views.worker, name="onsite-worker"),
    path("onsite/work.json", onsite_views.work, name="onsite-work"),
    path("onsite/types.json", onsite_views.types, name="onsite-types"),
    path("onsite/area.json", onsite_views.area, name="onsite-area"),
    path("onsite/send/", onsite_views.send, name="onsite-send"),
    path("routing/", routing_views.routing, name="routing"),
    path("routing/export/", routing_exports.rows, name="routing-export"),
    path("routing/away/<int:absence_id>/end/", routing_views.end_absence, name="absence-end"),
    path("routing/returns/", return_views.misdispatched, name="returns"),
    path("routing/returns/cases/", return_views.return_cases, name="return-cases"),
    path("routing/returns/export/", routing_exports.returned, name="returns-export"),
    path("rehearsals/", rehearsal_views.rehearsals, name="rehearsals"),
    path("rehearsals/files.zip", rehearsal_views.files, name="rehearsal-files"),
    path("rehearsals/<int:rehearsal_id>/", rehearsal_views.rehearsal, name="rehearsal"),
    path("rehearsals/<int:rehearsal_id>/export/", rehearsal_views.export, name="rehearsal-export"),
    path("assessment/", assessment_views.assessment, name="assessment"),
    path("assessment/export/", figure_exports.rows, name="assessment-export"),
    path("assessment/cases/", assessment_views.cases, name="assessment-cases"),
    path("assessment/cases/export/", figure_exports.cases, name="assessment-cases-export"),
    path("assessment/call-backs/", assessment_views.call_backs, name="assessment-call-backs"),
    path(
        "assessment/call-backs/export/",
        figure_exports.call_backs,
        name="assessment-call-backs-export",
    ),
    path("assessment/count/", assessment_views.count_again, name="assessment-count"),
    path("assessment/report/", report_views.report, name="assessment-report"),
    path("assessment/report.pdf", report_views.report_paper, name="assessment-report-pdf"),
    path("assessment/cards/", report_views.cards, name="assessment-cards"),
    path(
        "cases/<str:number>/dispatch-order.pdf",
        views.dispatch_order,
        name="dispatch-order",
    ),
    path("cases/<str:number>/result.pdf", views.result_receipt, name="result"),
    path("cases/<str:number>/reports/<int:report>/contact/", views.reveal, name="reveal"),
    path("hot/", hot_views.hot, name="hot"),
    path("hot/export/", exports.hot, name="hot-export"),
    path("cases/<str:number>/join/", joining_views.join_case, name="join"),
    path("cases/<str:number>/reports/<int:report>/unmerge/", views.unmerge, name="unmerge"),
]
