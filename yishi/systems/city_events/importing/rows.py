"""From a row of a file to the raw report that every channel gives."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.importing.errors import Rejection
from yishi.systems.city_events.importing.mapping import (
    COLUMNS,
    Mapping,
    check_header,
    plain_mapping,
)
from yishi.systems.city_events.importing.moments import read_moment
from yishi.systems.city_events.importing.reading import (
    SourceRow,
    read_header,
    shown,
    source_rows,
)

_YES = {"是": True, "yes": True, "y": True, "true": True}
_NO = {"否": False, "no": False, "n": False, "false": False}
_WHOLE_ROW = "row"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One report to take in: ``raw`` as in ``reports.FIELDS``, but that a type, a division or a
    landmark may be given by name (``type_name``, ``division``, ``landmark``).

    ``received_at`` is aware and past, or ``None`` for now.
    """

    row: int
    line: int
    external_id: str
    raw: dict[str, Any]
    received_at: datetime | None = None


def read_rows(
    text: Iterable[str], mapping: Mapping | None, zone: ZoneInfo, now: datetime
) -> Iterator[ImportRow | Rejection]:
    """The rows of CSV *text* below its header; blank ones are passed over.

    Without a *mapping* the columns must be called as documented (``mapping.COLUMNS``).

    Raises:
        ImportFileError: before the first row, for a header that cannot be used.
    """
    source = source_rows(text)
    header = read_header(source)
    used = mapping or plain_mapping(header, zone)
    check_header(used, header)
    return (_read(row, header, used, now) for row in source if not row.blank)


def _read(
    row: SourceRow, header: list[str], mapping: Mapping, now: datetime
) -> ImportRow | Rejection:
    if row.fault:
        return Rejection(row.number, row.line, "", _WHOLE_ROW, row.fault)
    cells = row.cells
    if len(cells) > len(header) and not any(cell.strip() for cell in cells[len(header) :]):
        cells = cells[: len(header)]
    if len(cells) != len(header):
        reason = f"应有 {len(header)} 列，此行有 {len(cells)} 列"
        return Rejection(row.number, row.line, "", _WHOLE_ROW, reason)
    by_column = dict(zip(header, cells, strict=True))
    given = {name: source.read(by_column) for name, source in mapping.fields.items()}
    external_id = given.get("external_id", "").strip()
    try:
        return checked(row, given, mapping, now)
    except FieldError as error:
        return refused(row.number, row.line, external_id, error)


def checked(row: SourceRow, given: dict[str, str], mapping: Mapping, now: datetime) -> ImportRow:
    """The report that *given* (texts by field) says; raises FieldError naming the field."""
    external_id = clean_text("external_id", given.get("external_id"), 128)
    if not external_id:
        raise FieldError("external_id", "请填写编号：没有编号就无法防止重复导入", "required")
    raw: dict[str, Any] = {}
    for name in COLUMNS:
        text = given.get(name, "").strip()
        if text and name not in ("received_at", "external_id"):
            # Here, because only here it is known which field holds what cannot be stored.
            raw[name] = clean_text(name, text, csv.field_size_limit())
    raw["external_id"] = external_id
    if "secret" in raw:
        word = raw["secret"].lower()
        raw["secret"] = _YES.get(word, _NO.get(word, word))
    if "confidence" in raw:
        raw["confidence"] = _number("confidence", raw["confidence"])
    moment = given.get("received_at", "").strip()
    received = None
    if moment:
        pattern = mapping.fields["received_at"].pattern
        received = read_moment(moment, mapping.zone, now, pattern)
    return ImportRow(row.number, row.line, external_id, raw, received)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise FieldError(name, "应为数字", "format") from error


def refused(row: int, line: int, external_id: str, error: FieldError) -> Rejection:
    """The rejection that says what *error* says."""
    return Rejection(row, line, shown(external_id, 128), error.field, error.message)
