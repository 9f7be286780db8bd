"""Addresses of 政策通, at the root of the portal."""

from __future__ import annotations

from django.urls import path

from yishi.systems.direct_benefits.portal import (
    account,
    applying,
    calculator,
    data,
    finding,
    mine,
    news,
    notices,
    paid,
    payouts,
    subscribing,
)

app_name = "policies"
_M = "policies/mine/"
urlpatterns = [
    path("policies/", finding.find, name="find"),
    path("policies/items/<str:key>/", finding.item, name="item"),
    path("policies/documents/<str:key>/", finding.document, name="document"),
    path("policies/calculator/", calculator.calculator, name="calculator"),
    path("policies/subscribe/", subscribing.subscribe, name="subscribe"),
    path("policies/notices/", notices.notices, name="notices"),
    path("policies/notices/<str:number>/", notices.notice, name="notice"),
    path("policies/notices/<str:number>/objected/", notices.objected, name="objected"),
    path(
        "policies/notices/<str:number>/objections/<int:payout>/", notices.object_to, name="object"
    ),
    path("policies/paid/", paid.totals, name="paid"),
    path("policies/paid/totals.csv", paid.totals_csv, name="paid-totals-csv"),
    path("policies/paid/list/", paid.listed, name="paid-list"),
    path("policies/paid/list.csv", paid.list_csv, name="paid-list-csv"),
    path(_M, mine.mine, name="mine"),
    path(_M + "others/", mine.others, name="others"),
    path(_M + "items/<str:key>/", mine.mine_item, name="mine-item"),
    path(_M + "items/<str:key>/apply/", applying.apply, name="apply"),
    path(_M + "applications/<str:number>/", applying.application, name="application"),
    path(
        _M + "applications/<str:number>/withdraw",
        applying.withdraw,
        name="application-withdraw",
    ),
    path(
        _M + "applications/<str:number>/papers/<uuid:attachment>",
        applying.paper,
        name="application-paper",
    ),
    path(_M + "payouts/<str:number>/", payouts.payout, name="payout"),
    path(_M + "payouts/<str:number>/decline/", payouts.decline, name="decline"),
    path(_M + "payouts/<str:number>/views/", payouts.speak, name="speak"),
    path(_M + "data/", data.data, name="data"),
    path(_M + "data/<str:name>/", data.correct, name="correct"),
    path(_M + "corrections/<int:pk>/withdraw", data.withdraw, name="correct-withdraw"),
    path(_M + "account/", account.account, name="account"),
    path(_M + "account/new/", account.account_new, name="account-new"),
    path(_M + "account/<uuid:pk>/prove", account.prove, name="account-prove"),
    path(_M + "account/<uuid:pk>/amount/", account.name_penny, name="account-penny"),
    path(_M + "news/", news.news, name="news"),
    path(_M + "news/read", news.read, name="news-read"),
]
