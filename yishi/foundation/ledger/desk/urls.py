"""Addresses of the books at the desk (mounted below ``/desk/``)."""

from __future__ import annotations

from django.urls import path

from yishi.foundation.ledger.desk import accounts, budget_lines, closing, months

app_name = "ledger"
urlpatterns = [
    path("ledger/", budget_lines.listed, name="lines"),
    path("ledger/export/", budget_lines.exported, name="lines-export"),
    path("ledger/lines/<int:pk>/", budget_lines.line, name="line"),
    path("ledger/accounts/", accounts.listed, name="accounts"),
    path("ledger/accounts/<int:pk>/", accounts.account, name="account"),
    path("ledger/accounts/<int:pk>/export/", accounts.exported, name="account-export"),
    path("ledger/trial/", months.balances, name="trial"),
    path("ledger/trial/export/", months.balances_exported, name="trial-export"),
    path("ledger/vouchers/", months.booked, name="vouchers"),
    path("ledger/vouchers/export/", months.booked_exported, name="vouchers-export"),
    path("ledger/vouchers.csv", months.booked_csv, name="vouchers-csv"),
    path("ledger/closing/", closing.page, name="closing"),
]
