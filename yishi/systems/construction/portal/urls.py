"""Addresses of the owner's pages, mounted at the root of the portal."""

from __future__ import annotations

from django.urls import path

from yishi.foundation.ui import views as ui_views
from yishi.systems.construction.portal import item_views, views

app_name = "projects"
urlpatterns = [
    path("projects/", views.enter, name="enter"),
    path("projects/areas.json", ui_views.areas, name="areas"),
    path("projects/register/", views.start, name="register"),
    path("projects/<str:number>/", views.project, name="project"),
    path("projects/<str:number>/apply/", views.apply, name="apply"),
    path("projects/<str:number>/survey/", views.survey, name="survey"),
    path("projects/<str:number>/change/", views.change, name="change"),
    path("projects/<str:number>/works/", views.works, name="works"),
    path("projects/<str:number>/code/", views.code, name="code"),
    path("projects/<str:number>/timeline.svg", views.timeline_svg, name="timeline-svg"),
    path("projects/<str:number>/timeline.pdf", views.timeline_pdf, name="timeline-pdf"),
    path("projects/<str:number>/opinion-<uuid:round_id>.pdf", views.opinion, name="opinion-pdf"),
    path("projects/<str:number>/survey-<str:order>.pdf", views.survey_pdf, name="survey-pdf"),
    path("projects/<str:number>/results/<int:result>/file", views.survey_file, name="survey-file"),
    path(
        "projects/<str:number>/items/<str:item>/<int:seq>.pdf",
        item_views.paper,
        name="item-paper",
    ),
    path("projects/<str:number>/items/<str:item>/", item_views.item, name="item"),
    path(
        "projects/<str:number>/items/<str:item>/corrected/", item_views.corrected, name="corrected"
    ),
    path("projects/<str:number>/items/<str:item>/withdraw/", item_views.withdraw, name="withdraw"),
    path("projects/<str:number>/rectified/<str:item>/", views.rectified, name="rectified"),
]
