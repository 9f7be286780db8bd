"""Addresses of the credit file at the desk (mounted below ``/desk/``)."""

from __future__ import annotations

from django.urls import path

from yishi.foundation.credit.desk import exports, queues, records, screenings

app_name = "credit"
urlpatterns = [
    path("credit/", records.listed, name="records"),
    path("credit/export/", exports.of_records, name="records-export"),
    path("credit/screenings/export/", exports.of_screenings, name="screenings-export"),
    path("credit/records/new/", records.new, name="record-new"),
    path("credit/records/<str:number>/", records.record, name="record"),
    path("credit/records/<str:number>/duty/", records.duty, name="record-duty"),
    path("credit/records/<str:number>/delete/", records.delete, name="record-delete"),
    path("credit/records/<str:number>/maximum/", records.maximum, name="record-maximum"),
    path("credit/records/<str:number>/objection/", records.objection, name="record-objection"),
    path("credit/screenings/", screenings.listed, name="screenings"),
    path("credit/screenings/new/", screenings.new, name="screening-new"),
    path("credit/screenings/<int:pk>/", screenings.why, name="screening"),
    path("credit/near/", queues.near_list, name="near"),
    path("credit/near/<int:pk>/", queues.near_answer, name="near-one"),
    path("credit/objections/", queues.objection_list, name="objections"),
    path("credit/objections/<uuid:pk>/", queues.objection, name="objection"),
    path("credit/sources/", queues.source_list, name="sources"),
    path("credit/sources/<slug:key>/import/", queues.take, name="import-new"),
    path("credit/imports/<int:pk>/", queues.imported, name="import"),
]
