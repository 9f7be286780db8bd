"""Rows as PostgreSQL's binary COPY takes them, with the places of what differs between copies.

Format: PostgreSQL documentation, COPY, "Binary Format"; values as their types' ``send`` functions
write them (big-endian integers; times as microseconds and dates as days since 2000-01-01).
"""

from __future__ import annotations

import re
import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TAIL = b"\xff\xff"
_EPOCH, _EPOCH_DAY = datetime(2000, 1, 1, tzinfo=UTC), date(2000, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
_DAY = re.compile(rb"(?<!\d)20\d\d-[01]\d-[0-3]\d(?!\d)")
_LENGTH, _COUNT = struct.Struct(">i"), struct.Struct(">h")
_NULL = _LENGTH.pack(-1)
_FIXED = {
    "smallint": struct.Struct(">h"),
    "integer": struct.Struct(">i"),
    "bigint": struct.Struct(">q"),
    "double precision": struct.Struct(">d"),
}


@dataclass(slots=True)
class Places:
    """Where, in the bytes of a whole case, something stands that every copy has for itself."""

    #: Eight bytes each: times, with their microseconds.
    times: list[tuple[int, int]] = field(default_factory=list)
    #: Four bytes each: dates, with their days.
    days: list[tuple[int, int]] = field(default_factory=list)
    #: Ten letters each: dates in JSON, with their ordinals.
    written_days: list[tuple[int, int]] = field(default_factory=list)
    #: Eight bytes each: ids of the case.
    ids: list[int] = field(default_factory=list)
    #: Texts that are looked for, with the places where they stand.
    texts: dict[bytes, list[int]] = field(default_factory=dict)
    #: By name of model and column: where the values begin and end.
    values: dict[tuple[str, str], list[tuple[int, int]]] = field(default_factory=dict)


def write_row(
    out: bytearray,
    name: str,
    columns: Sequence[str],
    values: Sequence[Any],
    kinds: Sequence[str],
    places: Places,
) -> None:
    """Add a row of the model called *name* to *out*, and what its copies change to *places*.

    *kinds*: the database types of its *columns*.
    """
    out += _COUNT.pack(len(columns))
    for column, value, kind in zip(columns, values, kinds, strict=True):
        if value is None and kind != "jsonb":
            out += _NULL
            continue
        data = _sent(value, kind)
        out += _LENGTH.pack(len(data))
        start = len(out)
        out += data
        places.values.setdefault((name, column), []).append((start, start + len(data)))
        if kind == "timestamp with time zone":
            places.times.append((start, int.from_bytes(data, signed=True)))
        elif kind == "date":
            places.days.append((start, int.from_bytes(data, signed=True)))
        elif kind == "jsonb" or (name, column) == ("Trace", "body"):
            for found in _DAY.finditer(data):
                day = date.fromisoformat(found[0].decode()).toordinal()
                places.written_days.append((start + found.start(), day))
        if kind in ("jsonb", "bytea", "text") or kind.startswith("varchar"):
            _look(data, start, places)


def _look(data: bytes, start: int, places: Places) -> None:
    for text, where in places.texts.items():
        at = data.find(text)
        while at >= 0:
            where.append(start + at)
            at = data.find(text, at + len(text))


def _sent(value: Any, kind: str) -> bytes:
    if kind in _FIXED:
        return _FIXED[kind].pack(value)
    if kind == "boolean":
        return b"\x01" if value else b"\x00"
    if kind == "timestamp with time zone":
        return struct.pack(">q", (value - _EPOCH) // _MICROSECOND)
    if kind == "date":
        return struct.pack(">i", value.toordinal() - _EPOCH_DAY)
    if kind == "jsonb":
        return b"\x01" + orjson.dumps(value, option=orjson.OPT_UTC_Z)
    if kind == "uuid":
        return value.bytes if isinstance(value, uuid.UUID) else uuid.UUID(value).bytes
    if kind == "bytea":
        return bytes(value)
    if kind == "text" or kind.startswith("varchar"):
        return str(value).encode()
    raise TypeError(f"no binary form for {kind}")
