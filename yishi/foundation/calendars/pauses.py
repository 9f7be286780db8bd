"""Pauses of a clock: merged, and skipped when positions are counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from yishi.foundation.calendars.days import PauseError

Pause = tuple[datetime, datetime | None]
"""From (stops counting) to (counts again); None while it lasts."""


Spans = Sequence[tuple[int, int | None]]
"""Pauses as positions of a measure: ordered, apart, the last one perhaps open."""


def merge_pauses(pauses: Sequence[Pause]) -> list[Pause]:
    """Pauses in order, overlapping and touching ones as one.

    Raises PauseError for a pause that ends before it begins.
    """
    for begin, end in pauses:
        if end is not None and end < begin:
            raise PauseError("中止的结束早于开始", "pauses")
    return merged(pauses)


def merge_spans(spans: Spans) -> Spans:
    """The same for positions."""
    return merged(spans)


_Ordered = TypeVar("_Ordered", datetime, int)


def merged(
    spans: Iterable[tuple[_Ordered, _Ordered | None]],
) -> list[tuple[_Ordered, _Ordered | None]]:
    """Spans in order; what overlaps or touches becomes one. An open end goes on."""
    found: list[tuple[_Ordered, _Ordered | None]] = []
    for begin, end in sorted(spans, key=lambda span: span[0]):
        if found:
            last_begin, last_end = found[-1]
            if last_end is None:
                break
            if begin <= last_end:
                found[-1] = (last_begin, None if end is None else max(last_end, end))
                continue
        found.append((begin, end))
    return found


def walk(start: int, amount: int, pauses: Spans) -> tuple[int, bool]:
    """Position reached after ``amount`` counted positions, and whether a pause is still open."""
    cursor, left = start, amount
    for begin, end in pauses:
        if end is not None and end <= cursor:
            continue
        if begin > cursor:
            if begin - cursor >= left:
                return cursor + left, False
            left -= begin - cursor
            cursor = begin
        if end is None:
            return cursor + left, True
        cursor = end
    return cursor + left, False


def counted(start: int, stop: int, pauses: Spans) -> int:
    """Positions from ``start`` to ``stop`` that lie in no pause."""
    if stop <= start:
        return 0
    total = stop - start
    for begin, end in pauses:
        overlap = min(stop, stop if end is None else end) - max(start, begin)
        if overlap > 0:
            total -= overlap
    return total
