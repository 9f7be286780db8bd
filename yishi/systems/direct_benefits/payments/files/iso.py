"""Text and amounts as ISO 20022 files carry them."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.revisions.errors import FieldError

CURRENCY = "CNY"
#: Other (C*), and signs that look like nothing: none of them belongs into a payment file.
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MOST_FEN = 10**15


def plain(text: str, most: int) -> str:
    """*text* for a payment file: NFC, one line, nothing invisible, at most *most* characters.

    XML's own signs are escaped by the writer; what XML 1.0 cannot hold is left out here.
    """
    kept = (
        " " if sign.isspace() else sign
        for sign in unicodedata.normalize("NFC", text)
        if sign.isspace() or unicodedata.category(sign) not in _FORBIDDEN
    )
    return " ".join("".join(kept).split())[:most].strip()


def yuan(fen: int) -> str:
    """An amount in yuan with two places, exactly: ``1234567`` fen → ``12345.67``."""
    if fen < 0:
        raise ValueError("amounts of payment files are not negative")
    return f"{fen // 100}.{fen % 100:02d}"


def fen_of(text: str, field: str = "file") -> int:
    """Fen of an amount in yuan. Raises FieldError for what is no exact positive amount."""
    try:
        amount = Decimal(text.strip().replace(",", ""))
    except InvalidOperation as error:
        raise FieldError(field, f"金额读不懂：{text[:30]}", "amount") from error
    if not amount.is_finite() or amount <= 0:
        raise FieldError(field, f"金额应大于零：{text[:30]}", "amount")
    if amount >= _MOST_FEN:
        raise FieldError(field, f"金额过大：{text[:30]}", "amount")
    fen = amount * 100
    if fen != fen.to_integral_value():
        raise FieldError(field, f"金额不足一分的部分无法入账：{text[:30]}", "amount")
    return int(fen)


def day_of(text: str, field: str = "file") -> date:
    """The city's day of an ISO date or moment. Raises FieldError."""
    value = text.strip()
    try:
        if len(value) == 10:
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise FieldError(field, f"日期读不懂：{value[:30]}", "date") from error
    return moment.astimezone(SHANGHAI).date() if moment.tzinfo else moment.date()
