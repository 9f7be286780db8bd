"""Addresses of projects at the desk."""

from __future__ import annotations

from django.urls import path

from yishi.systems.construction.pages import paper_views, views, work_views

app_name = "construction"
urlpatterns = [
    path("projects/", views.projects, name="projects"),
    path("projects/export/", views.projects_export, name="projects-export"),
    path("projects/map/", views.map_page, name="map"),
    path("projects/new/", views.new, name="new"),
    path("projects/surveys/<str:order>/", work_views.deliver, name="deliver"),
    path("projects/<str:number>/", views.project, name="project"),
    path("projects/<str:number>/timeline.svg", views.timeline_svg, name="timeline-svg"),
    path("projects/<str:number>/timeline.pdf", paper_views.timeline, name="timeline-pdf"),
    path("projects/<str:number>/verify/", views.verify, name="verify"),
    path("projects/<str:number>/apply/", work_views.apply, name="apply"),
    path("projects/<str:number>/amend/", work_views.amend, name="amend"),
    path("projects/<str:number>/survey/", work_views.survey, name="survey"),
    path("projects/<str:number>/change/", work_views.change, name="change"),
    path("projects/<str:number>/acceptance/", work_views.acceptance, name="acceptance"),
    path("projects/<str:number>/opinion/<str:item>/", work_views.opinion, name="opinion"),
    path("projects/<str:number>/conclude/<str:item>/", work_views.conclude, name="conclude"),
    path("projects/<str:number>/rectified/<str:item>/", work_views.rectified, name="rectified"),
    path(
        "projects/<str:number>/opinion-<uuid:round_id>.pdf", paper_views.opinion, name="opinion-pdf"
    ),
    path(
        "projects/<str:number>/results/<int:result>/file",
        paper_views.survey_file,
        name="survey-file",
    ),
    path("projects/<str:number>/survey-<str:order>.pdf", paper_views.survey, name="survey-pdf"),
    path("projects/<str:number>/card-<int:card>.pdf", paper_views.card, name="card-pdf"),
]
