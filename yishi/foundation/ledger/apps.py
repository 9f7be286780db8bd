"""Django app of the double-entry ledger (复式账)."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Accounts, transfers and budgets."""

    name = "yishi.foundation.ledger"
    label = "ledger"
