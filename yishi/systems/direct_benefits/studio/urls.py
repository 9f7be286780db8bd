"""Addresses of the studio (mounted below ``/desk/``)."""

from __future__ import annotations

from django.urls import path

from yishi.systems.direct_benefits.studio import rehearsal_views, review_views, views

app_name = "benefit_studio"
_S = "benefits/studio/"
urlpatterns = [
    path(_S, views.studio, name="studio"),
    path(_S + "begin/", views.begin, name="begin"),
    path(_S + "endings/", review_views.ask_ending, name="ask-ending"),
    path(_S + "endings/<int:ending>/", review_views.decide_ending, name="decide-ending"),
    path(_S + "versions/<str:key>/", review_views.versions, name="versions"),
    path(_S + "<int:draft>/", views.edit, name="edit"),
    path(_S + "<int:draft>/example/", views.example, name="example"),
    path(_S + "<int:draft>/rehearsal/", rehearsal_views.rehearsal, name="rehearsal"),
    path(_S + "<int:draft>/step/", review_views.step, name="step"),
]
