"""Values as officers write them and as an item's content keeps them: money in yuan here, in fen
there; lists by line or comma; decimals as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.facts import INT64, Fact, FactType
from yishi.foundation.rulebook.rules import element_type

_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,12})?", re.ASCII)
_YUAN = re.compile(r"-?\d{1,15}(\.\d{1,2})?", re.ASCII)
_BETWEEN_VALUES = re.compile(r"[,，、;；\n]+")
MOST_VALUES = 200


def yuan_text(fen: int) -> str:
    """Fen as yuan: 1234500 is 12345, 1234567 is 12345.67."""
    sign, rest = ("-", -fen) if fen < 0 else ("", fen)
    whole, part = divmod(rest, 100)
    return f"{sign}{whole}.{part:02d}" if part else f"{sign}{whole}"


def fen_of(where: str, text: str) -> int:
    """Yuan as written, in fen. Raises FieldError naming *where*."""
    plain = text.replace(",", "").replace("，", "").removesuffix("元").strip()
    if not _YUAN.fullmatch(plain):
        raise FieldError(
            where, "请填写金额，单位元，最多两位小数，例如 500000 或 1200.50", "format"
        )
    return int(Decimal(plain) * 100)


def whole_of(where: str, text: str, low: int = 0, high: int = INT64 - 1) -> int:
    """A whole number from *low* to *high*. Raises FieldError naming *where*."""
    plain = text.replace(",", "").strip()
    if not _WHOLE.fullmatch(plain):
        raise FieldError(where, "请填写整数", "format")
    number = int(plain)
    if not low <= number <= high:
        raise FieldError(where, f"应在 {low} 到 {high} 之间", "range")
    return number


def decimal_of(where: str, text: str, scale: int = 12) -> str:
    """A decimal number as text with at most *scale* places. Raises FieldError naming *where*."""
    plain = text.replace(",", "").strip()
    if not _DECIMAL.fullmatch(plain):
        raise FieldError(where, "请填写数字，例如 3 或 5.5", "format")
    if len(plain.partition(".")[2]) > scale:
        raise FieldError(where, f"最多 {scale} 位小数", "range")
    return plain


def day_of(where: str, text: str) -> str:
    """A day as ISO text. Raises FieldError naming *where*."""
    plain = text.strip()
    try:
        if len(plain) == 10:
            return date.fromisoformat(plain).isoformat()
    except ValueError:
        pass
    raise FieldError(where, "请填写日期，形如 2026-01-31", "format")


def literal_of(where: str, fact: Fact, text: str) -> Any:
    """One value of *fact* as an item's content keeps it. Raises FieldError naming *where*."""
    kind = element_type(fact)
    if not text.strip():
        raise FieldError(where, f"请填写与“{fact.label}”比较的值", "required")
    if kind is FactType.MONEY:
        return fen_of(where, text)
    if kind is FactType.INT:
        return whole_of(where, text, low=-INT64)
    if kind is FactType.DECIMAL:
        return decimal_of(where, text, fact.scale)
    if kind is FactType.DATE:
        return day_of(where, text)
    if kind is FactType.DATETIME:
        return text.strip()
    code = text.strip()
    if fact.values and code not in fact.values:
        named = {zh: key for key, (zh, _en) in fact.values.items()}
        if code not in named:
            raise FieldError(where, f"“{fact.label}”没有“{code}”这个取值，请从列出的选", "unknown")
        code = named[code]
    return code


def literals_of(where: str, fact: Fact, texts: list[str]) -> list[Any]:
    """Several values: each text may hold many, by line or comma. Raises FieldError."""
    parts = [part.strip() for text in texts for part in _BETWEEN_VALUES.split(text)]
    found = [literal_of(where, fact, part) for part in dict.fromkeys(parts) if part]
    if not found:
        raise FieldError(where, f"请至少选一个“{fact.label}”的取值", "required")
    if len(found) > MOST_VALUES:
        raise FieldError(where, f"最多 {MOST_VALUES} 个值", "too_long")
    return found


def text_of(fact: Fact, value: Any) -> str:
    """A kept value as officers write it; what could not be read stays as it was written."""
    if fact.type is FactType.MONEY and type(value) is int:
        return yuan_text(value)
    return "" if value is None else str(value)


def plain(raw: Mapping[str, Any], name: str) -> str:
    """The text *name* of a form, without surrounding space."""
    return str(raw.get(name) or "").strip()
