"""Workbooks for tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl import Workbook


def book(
    rows: Sequence[Sequence[Any]], change: Callable[[Workbook, Any], None] | None = None
) -> io.BytesIO:
    """A workbook with *rows* on its only sheet, after *change* had its way with it."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if change:
        change(made, sheet)
    stream = io.BytesIO()
    made.save(stream)
    stream.seek(0)
    return stream


def patched(source: io.BytesIO, part: str, content: bytes | Callable[[bytes], bytes]) -> io.BytesIO:
    """*source* with one part of the archive replaced, or added."""
    made = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == part and callable(content):
                data = content(data)
            elif name == part:
                continue
            new.writestr(name, data)
        if not callable(content):
            new.writestr(part, content)
    made.seek(0)
    return made
