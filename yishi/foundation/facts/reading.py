"""Rows of texts as typed columns: what cannot be read is told with line, field and reason.

One path for files, database and interface: whatever comes is a batch of texts first. A row with a
fault in any field is refused as a whole: what is partly wrong is not trusted in part. Numbers are
read by the column, everything else once for each different text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.facts import columnar
from yishi.foundation.parties.identifiers import USCC_ALPHABET, check_uscc
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.facts import Fact, FactType

#: More signs than this is no value of any fact.
LONGEST = 2000
_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)], np.int64)
_VALUES = np.full(256, -1, np.int64)
_VALUES[np.frombuffer(USCC_ALPHABET.encode(), np.uint8)] = np.arange(31)
_SIGNS = np.frombuffer(USCC_ALPHABET.encode(), np.uint8)
_BOOLS = {
    **dict.fromkeys(("是", "有", "true", "TRUE", "True", "1", "Y", "y"), True),
    **dict.fromkeys(("否", "无", "false", "FALSE", "False", "0", "N", "n"), False),
}
_DAY = re.compile(
    r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?(?: 00:00(?::00)?)?", re.ASCII
)
_BARE_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_SPLIT = re.compile(r"[|｜、,，;；]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field of a row. ``line`` as the file counts."""

    line: int
    field: str
    value: str
    reason: str


@dataclass(slots=True)
class Typed:
    """Accepted rows: party, what the source declares, and their lines; and the faults of others."""

    rows: pa.RecordBatch
    lines: NDArray[np.int64]
    faults: list[Fault] = field(default_factory=list)
    #: Whom refused rows were about, where that could be read, and their lines.
    about: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    about_lines: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


def typed(
    batch: Mapping[str, pa.Array], lines: NDArray[np.int64], facts: Mapping[str, Fact]
) -> Typed:
    """Read a batch of text columns (by fact name; ``party`` and perhaps ``name`` among them)."""
    good = np.ones(len(lines), np.bool_)
    faults: list[Fault] = []
    columns: dict[str, pa.Array] = {}
    known = np.zeros(len(lines), np.bool_)
    for name, texts in batch.items():
        trimmed = pc.utf8_trim_whitespace(texts)
        values, wrong, why = _column(name, trimmed, facts.get(name))
        columns[name] = values
        for row in np.flatnonzero(wrong):
            text = str(trimmed[row].as_py() or "")
            faults.append(Fault(int(lines[row]), name, text[:60], why(text)))
        good &= ~wrong
        if name == columnar.PARTY:
            known = ~wrong
    keep, about = pa.array(good), known & ~good
    schema = [pa.field(name, columnar.plain(values.type)) for name, values in columns.items()]
    rows = pa.RecordBatch.from_arrays(list(columns.values()), schema=pa.schema(schema))
    faults.sort(key=lambda one: one.line)
    parties = columns[columnar.PARTY].filter(pa.array(about))
    return Typed(rows.filter(keep), lines[good], faults, parties, lines[about])


def value(fact: Fact, text: str) -> Any:
    """One text as the stored form of *fact*; None for an empty one. Raises ValueError."""
    values, wrong, why = _column(fact.name, pa.array([text.strip()], pa.string()), fact)
    if wrong[0]:
        raise ValueError(why(text.strip()))
    return values[0].as_py()


Column = tuple[pa.Array, NDArray[np.bool_], Callable[[str], str]]


def _column(name: str, texts: pa.Array, fact: Fact | None) -> Column:
    if name == columnar.PARTY:
        return _codes(texts)
    if name == columnar.NAME:
        return _each(texts, _name, pa.string())
    assert fact is not None
    if fact.type in _SCALES:
        return _numbers(texts, fact)
    reader = _READERS[fact.type]
    return _each(texts, lambda text: reader(fact, text), columnar.plain(columnar.type_of(fact)))


def _codes(texts: pa.Array) -> Column:
    """Credit codes: the check sign by arrays, the reason by whoever knows."""
    filled = pc.fill_null(texts, "")
    eighteen = pc.and_(
        pc.equal(pc.binary_length(filled), 18), pc.match_substring_regex(filled, "^[0-9A-Z]+$")
    )
    safe = pc.if_else(eighteen, filled, "0" * 18)
    signs = columnar.letters(safe)
    values = _VALUES[signs]
    expected = -(values[:, :17] * _WEIGHTS).sum(axis=1) % 31
    right = (values >= 0).all(axis=1) & (values[:, 17] == expected)
    digits = signs[:, 2:8]
    right &= ((digits >= 48) & (digits <= 57)).all(axis=1)
    wrong = ~(np.asarray(eighteen, np.bool_) & right)
    return filled, wrong, _why_code


def _why_code(text: str) -> str:
    if not text:
        return "缺少统一社会信用代码"
    try:
        check_uscc(columnar.PARTY, text)
    except FieldError as error:
        return error.message
    return "统一社会信用代码应为18位大写字母和数字"


#: Types that are read as whole numbers, with the places after the point that their unit has.
_SCALES: dict[FactType, Callable[[Fact], int]] = {
    FactType.INT: lambda fact: 0,
    FactType.MONEY: lambda fact: 2,
    FactType.DECIMAL: lambda fact: fact.scale,
}


def _numbers(texts: pa.Array, fact: Fact) -> Column:
    """int; money in yuan with two places; decimals with the fact's places: as int64 of the last."""
    places = _SCALES[fact.type](fact)
    empty = np.asarray(pc.fill_null(pc.equal(texts, ""), True), np.bool_)
    tail = f"(\\.[0-9]{{1,{places}}}0*)?" if places else "(\\.0{1,12})?"
    # 18 digits with the places fit 64 bits; what is larger is a slip, not a value.
    shape = f"^-?[0-9]{{1,{18 - places}}}{tail}$"
    fits = np.asarray(pc.fill_null(pc.match_substring_regex(texts, shape), False), np.bool_)
    wrong = ~fits & ~empty
    safe = pc.if_else(pa.array(fits), texts, "0")
    parts = pc.extract_regex(safe, "^(?P<whole>-?[0-9]+)(?P<point>\\.(?P<part>[0-9]*))?$")
    whole = pc.struct_field(parts, "whole")
    if places:
        part = pc.struct_field(parts, "part")
        part = pc.utf8_slice_codeunits(pc.utf8_rpad(part, places, "0"), 0, places)
        whole = pc.binary_join_element_wise(whole, part, "")
    numbers = whole.cast(pa.int64())
    values = pc.if_else(pa.array(fits), numbers, pa.scalar(None, pa.int64()))
    unit = {FactType.INT: "整数", FactType.MONEY: "以元计的金额，最多两位小数"}
    reason = f"应为{unit.get(fact.type, f'小数，最多 {places} 位')}，不带千分位和单位"
    return values, wrong, lambda text: reason


def _each(texts: pa.Array, read: Callable[[str], Any], kind: pa.DataType) -> Column:
    """Read each different text once. *read* raises ValueError with the reason."""
    coded = pc.dictionary_encode(pc.fill_null(texts, ""))
    found: list[Any] = []
    bad: list[bool] = []
    why: dict[str, str] = {}
    for text in coded.dictionary.to_pylist():
        try:
            found.append(read(text) if text else None)
            bad.append(False)
        except ValueError as error:
            found.append(None)
            bad.append(True)
            why[text] = str(error)
    if not found:
        return pa.array([], kind), np.zeros(0, np.bool_), lambda text: ""
    index = coded.indices
    values = pa.array(found, kind).take(index)
    wrong = np.array(bad, np.bool_)[np.asarray(index)]
    return values, wrong, lambda text: why.get(text, "")


def _name(text: str) -> str:
    if len(text) > 200:
        raise ValueError("名称超过200字")
    if any(ord(sign) < 32 for sign in text):
        raise ValueError("名称中有不可见的字符")
    return text


def _bool(fact: Fact, text: str) -> bool:
    try:
        return _BOOLS[text]
    except KeyError:
        raise ValueError("应为“是”或“否”") from None


def _day(fact: Fact, text: str) -> date:
    match = _DAY.fullmatch(text) or _BARE_DAY.fullmatch(text)
    try:
        if match:
            return date(*(int(part) for part in match.groups()))
    except ValueError:
        raise ValueError("没有这一天") from None
    raise ValueError("日期应写作 2026-05-20")


def _moment(fact: Fact, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("时间应写作 2026-05-20 08:00") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=SHANGHAI)


def _text(fact: Fact, text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"超过 {LONGEST} 字")
    if not fact.values:
        return text
    if text in fact.values:
        return text
    for code, names in fact.values.items():
        if text in names:
            return code
    shown = "、".join(zh for zh, _ in list(fact.values.values())[:6])
    raise ValueError(f"没有这个取值，可用：{shown}{'…' if len(fact.values) > 6 else ''}")


def _set(fact: Fact, text: str) -> str:
    # An explicit "nothing" differs from an empty cell, which is "not known".
    if text in ("无", "-", "—", "[]"):
        return ""
    return columnar.joined(_text(fact, part.strip()) for part in _SPLIT.split(text) if part.strip())


_READERS: dict[FactType, Callable[[Fact, str], Any]] = {
    FactType.BOOL: _bool,
    FactType.DATE: _day,
    FactType.DATETIME: _moment,
    FactType.TEXT: _text,
    FactType.SET: _set,
}
