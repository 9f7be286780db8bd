"""Django app of payments (资金支付)."""

from __future__ import annotations

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Payees' accounts, payment files, receipts."""

    name = "yishi.systems.direct_benefits.payments"
    label = "benefit_payments"
