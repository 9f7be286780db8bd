"""One cell of a workbook as a person meant it: a text, a number, a moment, or a fault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from yishi.foundation.revisions.errors import FieldError

Value = str | int | float | bool | datetime | date | time | None
#: Spreadsheets keep 15 significant digits; what is longer was changed when it was typed.
MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's value, or in ``fault`` (Chinese) why it cannot be used."""

    value: Value = None
    fault: str = ""

    @property
    def blank(self) -> bool:
        """True for a cell with nothing but blanks in it."""
        empty = self.value is None or (isinstance(self.value, str) and not self.value.strip())
        return empty and not self.fault

    @property
    def text(self) -> str:
        """The value as it would be typed: numbers without ``.0``, moments as ISO text."""
        value = self.value
        if value is None:
            return ""
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        if isinstance(value, datetime):
            return value.isoformat(" ", "seconds")
        if isinstance(value, date | time):
            return value.isoformat()
        return str(value).strip()


BLANK = Cell()


def cell_of(value: Any, kind: str) -> Cell:
    """The cell for what openpyxl read; *kind* is its data type (``f`` formula, ``e`` error …)."""
    if value is None:
        return BLANK
    if kind == "f":
        return Cell(None, "单元格是公式，请粘贴为数值")
    if kind == "e":
        return Cell(None, f"单元格有错误：{str(value)[:20]}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Cell(value) if isinstance(value, str | bool | datetime | date | time) else _odd()
    if abs(value) >= 10**MOST_DIGITS:
        return Cell(None, "数字超过15位，Excel 已改动末尾数字，请先设为文本格式再填写")
    return Cell(value)


def _odd() -> Cell:
    return Cell(None, "单元格的内容类型不支持，请改为文本")


def as_moment(name: str, cell: Cell, epoch: datetime) -> datetime | str | None:
    """The cell as a wall-clock time without zone; a serial number is counted from *epoch*.

    Text is returned as it stands, for the reader of texts. Raises FieldError on *name*.
    """
    from openpyxl.utils.datetime import from_excel

    value = cell.value
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, bool | time):
        raise FieldError(name, "应为日期和时间", "time")
    if isinstance(value, int | float):
        try:
            found = from_excel(value, epoch)
        except (ValueError, OverflowError) as error:
            raise FieldError(name, "这个数不是日期", "time") from error
        if not isinstance(found, datetime) or found.year < 1950:
            raise FieldError(name, "这个数不是日期", "time")
        return found
    return cell.text or None
