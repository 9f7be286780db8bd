"""Addresses of licences by pledge for applicants, at the root of the portal."""

from __future__ import annotations

from django.urls import path

from yishi.systems.pledge_licences.portal import applying, finding, holding, signing_views

app_name = "licences"
_C = "licences/cases/<str:number>/"
urlpatterns = [
    path("licences/", finding.find, name="find"),
    path("licences/trades/<slug:key>/", finding.trade, name="trade"),
    path("licences/list/<slug:key>/", finding.licence, name="licence"),
    path("licences/apply/", applying.apply, name="apply"),
    path("licences/mine/", holding.mine, name="mine"),
    path("licences/mine/composite", holding.together, name="together"),
    path("licences/together/<slug:key>/", holding.bundle, name="bundle"),
    path(_C, holding.case, name="case"),
    path(_C + "sign", signing_views.sign, name="sign"),
    path(_C + "again", holding.again, name="again"),
    path(_C + "ordinary", holding.ordinary, name="ordinary"),
    path(_C + "withdraw", holding.withdraw, name="withdraw"),
    path(_C + "rectified", holding.rectified, name="rectified"),
    path(_C + "supply/<slug:material>", holding.supply, name="supply"),
    path(_C + "give-up", holding.give_up, name="give-up"),
    path(_C + "photos/<uuid:attachment>", holding.photo, name="photo"),
]
