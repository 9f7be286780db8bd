"""What is written out in a formula: numbers as they are written, texts, days."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from sqlglot import exp

from yishi.foundation.rulebook.facts import FactType
from yishi.foundation.rulebook.formulas.grammar import column_of, refuse
from yishi.foundation.rulebook.formulas.nodes import HIGH, Const

_NUMBER = re.compile(r"\d{1,19}(\.\d{1,12})?")
_DAY_ZERO = date(1970, 1, 1).toordinal()


def literal(tree: Any) -> Const:
    """A number or a text."""
    written = str(tree.this)
    if tree.is_string:
        return Const(FactType.TEXT, 0, written)
    if not _NUMBER.fullmatch(written):
        raise refuse(f"不接受数字 {written}", column_of(tree))
    whole, _, places = written.partition(".")
    value = int(whole + places)
    if value > HIGH:
        raise refuse("超出 64 位整数", column_of(tree), "range")
    if places:
        return Const(FactType.DECIMAL, len(places), value)
    return Const(FactType.INT, 0, value, whole=True)


def day_literal(tree: Any) -> Const:
    """``DATE '2026-01-01'``, the only form of a cast."""
    kind = tree.args["to"].this if isinstance(tree.args.get("to"), exp.DataType) else None
    plain = isinstance(tree.this, exp.Literal) and tree.this.is_string
    if kind is not exp.DataType.Type.DATE or not plain:
        raise refuse("不接受类型转换；日期写作 DATE '2026-01-01'", column_of(tree), "type")
    written = str(tree.this.this)
    try:
        if len(written) != 10:
            raise ValueError
        value = date.fromisoformat(written)
    except ValueError:
        raise refuse(f"不是有效的日期：{written}", column_of(tree), "type") from None
    return Const(FactType.DATE, 0, value.toordinal() - _DAY_ZERO)
