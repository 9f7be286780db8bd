"""Django app of the double-entry ledger (复式账)."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Accounts, transfers and budgets."""

    name = "yishi.foundation.ledger"
    label = "ledger"
    desk_urls = "yishi.foundation.ledger.desk.urls"

    def ready(self) -> None:
        """Tell the house what this package brings."""
        from django.utils.translation import gettext_noop

        from yishi.foundation.access.actors import Reach, Role, register_roles
        from yishi.foundation.ledger import menu
        from yishi.foundation.ledger.scope import FINANCE

        register_roles(Role(FINANCE, gettext_noop("财政人员"), Reach.SCOPE))
        menu.offer()
