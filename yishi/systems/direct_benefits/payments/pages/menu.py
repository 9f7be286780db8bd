"""What the desk offers of payments, and to whom."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from yishi.foundation.ui.navigation import MenuItem, register
from yishi.systems.direct_benefits.payments.roles import FINANCE


def tell() -> None:
    """Register the menu (called from the app's ``ready``)."""
    register(
        _item(_("待拨付"), "waiting", 40),
        _item(_("拨付单"), "orders", 41),
        _item(_("回单"), "receipts", 42),
        _item(_("待处理回单"), "queue", 43),
        _item(_("收款账户"), "accounts", 44),
        _item(_("预算与支付进度"), "budgets", 45),
        _item(_("对账"), "reconciliation", 46),
    )


def _item(label: Any, page: str, order: int) -> MenuItem:
    name = f"desk:payments:{page}"
    return MenuItem(label, name, "desk", frozenset(FINANCE), _("资金"), order=order, card=True)
