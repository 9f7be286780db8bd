"""Addresses of integrated services at the desk (mounted below ``/desk/``)."""

from __future__ import annotations

from django.urls import path

from yishi.systems.life_events.desk import (
    counter_views,
    notice_views,
    paper_views,
    studio_views,
    theme_views,
)

app_name = "life_events"
_T = "life-events/"
urlpatterns = [
    path(_T + "counter/", counter_views.counter, name="counter"),
    path(_T + "counter/<slug:key>/", counter_views.begin, name="begin"),
    path(_T + "matters/", counter_views.matters, name="matters"),
    path(_T + "cases/<str:number>/tell/", counter_views.tell, name="tell"),
    path(_T + "cases/<str:number>/files/<uuid:file_id>", counter_views.file, name="file"),
    path(_T + "cases/<str:number>/papers/<slug:name>.pdf", paper_views.paper, name="paper"),
    path(_T + "themes/", theme_views.themes, name="themes"),
    path(_T + "themes/<slug:key>/", theme_views.theme, name="theme"),
    path(_T + "measures/", theme_views.measured, name="measures"),
    path(_T + "measures/export/", theme_views.measured_export, name="measures-export"),
    path(_T + "notices/", notice_views.notices, name="notices"),
    path(_T + "notices/<int:notice>/object/", notice_views.objection, name="notice-object"),
    path(_T + "studio/", studio_views.studio, name="studio"),
    path(_T + "studio/begin/", studio_views.begin, name="studio-begin"),
    path(_T + "studio/<int:proposal>/", studio_views.edit, name="studio-edit"),
    path(_T + "studio/<int:proposal>/rehearse/", studio_views.rehearse, name="studio-rehearse"),
    path(_T + "studio/<int:proposal>/step/", studio_views.step, name="studio-step"),
    path(_T + "studio/<int:proposal>/move/", studio_views.move_cases, name="studio-move"),
]
