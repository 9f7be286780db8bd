"""Facts: what rules may ask about, declared with type, unit, source and freshness limit.

A value reaches the engine bare or, where its age matters, as `Seen` with the time it was taken at
its source. Python types by declared type: bool; int; decimal ``Decimal`` (an int is exact, a float
is read as the shortest decimal that gives it, which is what its sender wrote); money ``int`` fen;
text ``str``; date ``date``; datetime aware ``datetime``; set of text ``frozenset[str]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from yishi.foundation.rulebook.errors import FactError

INT64 = 2**63
_DECIMAL = re.compile(r"-?\d{1,400}(\.\d{1,400})?", re.ASCII)
_NAN = Decimal("NaN")


class FactType(StrEnum):
    """Types of facts and parameters. Nothing is ever cast from one to another."""

    BOOL = "bool"
    INT = "int"
    DECIMAL = "decimal"
    MONEY = "money"
    TEXT = "text"
    DATE = "date"
    DATETIME = "datetime"
    SET = "set"


PYTHON: dict[FactType, type] = {
    FactType.BOOL: bool,
    FactType.INT: int,
    FactType.DECIMAL: Decimal,
    FactType.MONEY: int,
    FactType.TEXT: str,
    FactType.DATE: date,
    FactType.DATETIME: datetime,
    FactType.SET: frozenset,
}
TYPE_NAMES: dict[FactType, str] = {
    FactType.BOOL: "是否",
    FactType.INT: "整数",
    FactType.DECIMAL: "小数",
    FactType.MONEY: "金额（分）",
    FactType.TEXT: "文字",
    FactType.DATE: "日期",
    FactType.DATETIME: "时间",
    FactType.SET: "文字集合",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """The declaration of a fact.

    ``unit`` is printed after the value ("人", "%": the value then is in percent). ``scale`` is how
    many decimal places columns of a decimal fact hold (they are integers of 10**-scale).
    ``freshness`` is how old a value may be at the moment of decision; a value of unknown age is
    then as good as none. ``values``, where given, closes the vocabulary of a text or set fact and
    maps every code to its Chinese and English name.
    """

    name: str
    type: FactType
    label: str
    label_en: str = ""
    unit: str = ""
    source: str = ""
    freshness: timedelta | None = None
    scale: int = 4
    values: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """A value with the time (aware) at which its source gave it; None is a value not there."""

    value: Any
    as_of: datetime | None


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, float):
        value = Decimal(repr(value))
    elif type(value) is int:
        value = Decimal(value)
    if not isinstance(value, Decimal):
        return None
    return value if value.is_finite() else _NAN


def _int(value: Any) -> int | Decimal | None:
    if type(value) is int:
        return value if -INT64 <= value < INT64 else None
    not_finite = isinstance(value, (float, Decimal)) and not Decimal(value).is_finite()
    return _NAN if not_finite else None


def _set(value: Any) -> frozenset[str] | None:
    if not isinstance(value, (frozenset, set, list, tuple)):
        return None
    return frozenset(value) if all(isinstance(item, str) for item in value) else None


_READERS: dict[FactType, Callable[[Any], Any]] = {
    FactType.BOOL: lambda value: value if isinstance(value, bool) else None,
    FactType.INT: _int,
    FactType.DECIMAL: _decimal,
    FactType.MONEY: _int,
    FactType.TEXT: lambda value: value if isinstance(value, str) else None,
    FactType.DATE: lambda value: (
        value if isinstance(value, date) and not isinstance(value, datetime) else None
    ),
    FactType.DATETIME: lambda value: (
        value if isinstance(value, datetime) and value.tzinfo is not None else None
    ),
    FactType.SET: _set,
}


def typed(name: str, kind: FactType, value: Any) -> Any:
    """*value* as the Python type of *kind*; ``Decimal("NaN")`` for what is no finite number.

    Raises:
        FactError: for a value of another type, or a naive time.
    """
    read = _READERS[kind](value)
    if read is None:
        message = f"应为{TYPE_NAMES[kind]}，得到 {type(value).__name__}"
        raise FactError(name, message, "type")
    return read


def is_nan(value: Any) -> bool:
    """Whether `typed` found no finite number."""
    return isinstance(value, Decimal) and not value.is_finite()


def scaled_int(value: Decimal, scale: int) -> int | None:
    """*value* as an integer of 10**-scale, exactly; None where it has more decimal places."""
    if not value.is_finite():
        return None
    sign, digits, exponent = value.as_tuple()
    shift = int(exponent) + scale
    number = int("".join(map(str, digits)))
    if shift >= 0:
        number *= int(10**shift)
    else:
        number, rest = divmod(number, int(10**-shift))
        if rest:
            return None
    return -number if sign else number


def to_json(value: Any) -> Any:
    """The stored form of a typed value: decimals as text, times as ISO 8601 in UTC, sets sorted."""
    if isinstance(value, Decimal):
        return str(value) if not value.is_finite() else format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (frozenset, set)):
        return [to_json(item) for item in sorted(value)]
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    return value


def from_json(kind: FactType, raw: Any) -> Any:
    """The typed value of a stored form, strictly.

    Raises:
        ValueError: with a Chinese message, when *raw* is not the stored form of *kind*.
    """
    if kind is FactType.BOOL and type(raw) is bool:
        return raw
    if kind in (FactType.INT, FactType.MONEY) and type(raw) is int:
        if not -INT64 <= raw < INT64:
            raise ValueError("超出 64 位整数")
        return raw
    if kind is FactType.DECIMAL and isinstance(raw, str):
        if raw == "NaN":
            return _NAN
        if _DECIMAL.fullmatch(raw):
            return Decimal(raw)
    if kind is FactType.TEXT and isinstance(raw, str):
        return raw
    if kind is FactType.SET and isinstance(raw, list) and all(isinstance(x, str) for x in raw):
        return frozenset(raw)
    if kind in (FactType.DATE, FactType.DATETIME) and isinstance(raw, str):
        return _moment(kind, raw)
    raise ValueError(f"应为{TYPE_NAMES[kind]}，得到 {raw!r}")


def _moment(kind: FactType, raw: str) -> date | datetime:
    try:
        if kind is FactType.DATE:
            if len(raw) == 10:
                return date.fromisoformat(raw)
        elif (moment := datetime.fromisoformat(raw)).tzinfo is not None:
            return moment
    except ValueError:
        pass
    raise ValueError(f"应为{TYPE_NAMES[kind]}，得到 {raw!r}")


def facts_to_json(facts: Mapping[str, Any], declared: Iterable[Fact]) -> dict[str, Any]:
    """What was seen of the *declared* facts, as JSON: null is missing, `Seen` keeps its time.

    Facts that nobody supplied are stored as null, so that a later reader can tell "was asked for
    and missing" (null) from "was never asked for" (absent).
    """
    stored: dict[str, Any] = {}
    for fact in declared:
        value = facts.get(fact.name)
        if type(value) is Seen:
            inner = None if value.value is None else typed(fact.name, fact.type, value.value)
            as_of = value.as_of.astimezone(UTC).isoformat() if value.as_of else None
            stored[fact.name] = {"value": to_json(inner), "as_of": as_of}
        elif value is None or value is True or value is False:
            stored[fact.name] = value
        else:
            stored[fact.name] = to_json(typed(fact.name, fact.type, value))
    return stored


def _back(kind: FactType, raw: Any) -> Any:
    if raw is None:
        return None
    nan = raw == "NaN" and kind in (FactType.INT, FactType.MONEY)
    return _NAN if nan else from_json(kind, raw)


def facts_from_json(stored: Mapping[str, Any], declared: Iterable[Fact]) -> dict[str, Any]:
    """The facts that `facts_to_json` stored.

    Raises:
        FactError: when a stored value is not of the declared type (the declaration changed).
    """
    facts: dict[str, Any] = {}
    for fact in declared:
        raw = stored.get(fact.name)
        try:
            if isinstance(raw, dict):
                value = _back(fact.type, raw["value"])
                as_of = raw.get("as_of")
                facts[fact.name] = Seen(value, datetime.fromisoformat(as_of) if as_of else None)
            elif raw is not None:
                facts[fact.name] = _back(fact.type, raw)
        except (ValueError, KeyError) as error:
            raise FactError(fact.name, str(error), "type") from error
    return facts
