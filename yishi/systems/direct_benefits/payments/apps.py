"""Django app of payments (资金支付)."""

from __future__ import annotations

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Payees' accounts, payment files, receipts."""

    name = "yishi.systems.direct_benefits.payments"
    label = "benefit_payments"
    desk_urls = "yishi.systems.direct_benefits.payments.pages.urls"

    def ready(self) -> None:
        """Tell the foundation what this package brings."""
        from yishi.foundation.ledger.scope import register_readers
        from yishi.foundation.parties.walked import register_table
        from yishi.systems.direct_benefits.payments import keeping, roles
        from yishi.systems.direct_benefits.payments.pages import menu

        register_table(*keeping.TABLES)
        register_readers(*roles.FINANCE)
        menu.tell()
