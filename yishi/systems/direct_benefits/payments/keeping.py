"""How the change of keys walks through what payments seal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yishi.foundation.parties import naming
from yishi.foundation.parties.crypto import search_hash
from yishi.foundation.parties.walked import Walked
from yishi.systems.direct_benefits.payments.models import PayeeAccount, PennyTest, Receipt


def number_hash(number: str) -> str:
    """The keyed hash under which an account number is found."""
    return search_hash("payee_account", number)


def penny_context(row: Any) -> str:
    """What a sealed penny amount is bound to."""
    return naming.context("penny", "amount", row.id)


def receipt_context(row: Any) -> str:
    """What a sealed receipt is bound to: its content's hash is known before its row id."""
    return f"receipt.content:{row.sha256}"


def _account_hashes(row: Any, plain: Mapping[str, str]) -> dict[str, str]:
    return {
        "name_hash": naming.name_hash(plain["name_enc"]),
        "number_hash": number_hash(plain["number_enc"]),
    }


TABLES = (
    Walked(
        PayeeAccount,
        {
            "name_enc": lambda row: naming.context("payee", "name", row.id),
            "number_enc": lambda row: naming.context("payee", "number", row.id),
        },
        _account_hashes,
    ),
    Walked(PennyTest, {"amount_enc": penny_context}),
    Walked(Receipt, {"content_enc": receipt_context}),
)
