"""All models of the package, where Django looks for them."""

from yishi.systems.direct_benefits.payments.account_models import (
    PayeeAccount,
    PayingAccount,
    PennyTest,
)
from yishi.systems.direct_benefits.payments.order_models import PaymentLine, PaymentOrder
from yishi.systems.direct_benefits.payments.receipt_models import Receipt, ReceiptEntry

__all__ = [
    "PayeeAccount",
    "PayingAccount",
    "PaymentLine",
    "PaymentOrder",
    "PennyTest",
    "Receipt",
    "ReceiptEntry",
]
