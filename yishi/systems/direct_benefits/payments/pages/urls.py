"""Addresses of payments at the desk (mounted below ``/desk/``)."""

from __future__ import annotations

from django.urls import path

from yishi.systems.direct_benefits.payments.pages import (
    account_views,
    books,
    order_views,
    receipt_views,
)

app_name = "payments"
_P = "payments/"
urlpatterns = [
    path(_P, order_views.listed, name="orders"),
    path(_P + "waiting/", order_views.to_pay, name="waiting"),
    path(_P + "budgets/", books.of_budgets, name="budgets"),
    path(_P + "reconciliation/", books.of_reconciliation, name="reconciliation"),
    path(_P + "receipts/", receipt_views.listed, name="receipts"),
    path(_P + "receipts/<int:pk>/", receipt_views.one, name="receipt"),
    path(_P + "queue/", receipt_views.waiting, name="queue"),
    path(_P + "queue/<int:pk>/", receipt_views.resolve, name="entry"),
    path(_P + "accounts/", account_views.listed, name="accounts"),
    path(_P + "accounts/penny.xml", account_views.penny_file, name="penny-file"),
    path(_P + "accounts/<uuid:pk>/", account_views.one, name="account"),
    path(_P + "accounts/<uuid:pk>/<slug:verb>/", account_views.act, name="account-act"),
    path(_P + "orders/<slug:number>/", order_views.one, name="order"),
    path(_P + "orders/<slug:number>/check/", order_views.check, name="check"),
    path(_P + "orders/<slug:number>/payer/", order_views.payer, name="payer"),
    path(_P + "orders/<slug:number>/cancel/", order_views.cancel, name="cancel"),
    path(_P + "orders/<slug:number>/file/", order_views.file, name="file"),
    path(_P + "orders/<slug:number>/bank/", order_views.simulate, name="bank"),
    path(_P + "orders/<slug:number>/lines/<int:line>/remove/", order_views.remove, name="remove"),
]
