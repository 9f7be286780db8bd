"""The report of rejected rows: a CSV that a spreadsheet opens."""

from __future__ import annotations

import csv
from types import TracebackType
from typing import Self, TextIO

from yishi.systems.city_events.importing.errors import Rejection

HEADER = ("row", "line", "external_id", "field", "reason")
#: Cells beginning so are formulas to spreadsheets.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class RejectReport:
    """Writes rejections to a text stream as they come; ``count`` is how many."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._writer = csv.writer(stream)
        self._writer.writerow(HEADER)
        self.count = 0

    def __call__(self, found: Rejection) -> None:
        """Write one row. It holds no cell of the file but the external id."""
        self.count += 1
        cells = (found.external_id, found.field, found.reason)
        self._writer.writerow((found.row, found.line, *(_safe(cell) for cell in cells)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stream.close()


def _safe(cell: str) -> str:
    text = cell.encode("utf-8", "replace").decode()
    return f"'{text}" if text.startswith(_FORMULA) else text
