"""Writing lists as .xlsx, row by row: memory does not grow with the number of rows.

Every file says who took it, when and what for: in the first row, in the header and footer of every
printed page and in the document's properties. Texts stay texts, whatever they begin with; moments
are real dates in Asia/Shanghai.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

from yishi.foundation.tables.columns import Column, Part, Shown

ZONE = ZoneInfo("Asia/Shanghai")
INTERNAL = "仅供内部使用"
#: Rows above the first one of data: the notice, the conditions, the header.
HEAD_ROWS = 3
MOST_TEXT = 32_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FORMATS = {
    "moment": {"num_format": "yyyy-mm-dd hh:mm"},
    "day": {"num_format": "yyyy-mm-dd"},
    "share": {"num_format": "0.00%"},
    "number": {"num_format": "#,##0"},
    "money": {"num_format": "#,##0.00"},
    "text": {},
    "quoted": {"quote_prefix": True},
}
_LIMIT = 250  # Excel allows 255 characters in a header or footer


class TooManyRows(ValueError):
    """There are more rows than one file may have."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What marks a file: its number, who took it when for what, and what it was narrowed by."""

    number: str
    who: str
    at: datetime
    purpose: str
    city: str = ""
    demo: bool = False
    filters: Sequence[tuple[str, str]] = field(default_factory=tuple)

    @property
    def time(self) -> str:
        """The moment in the city's time."""
        return f"{self.at.astimezone(ZONE):%Y-%m-%d %H:%M}"

    @property
    def notice(self) -> str:
        """The line that stands on top of every sheet."""
        parts = [INTERNAL, f"导出编号 {self.number}", f"导出人 {self.who}", self.time]
        parts.append(f"用途：{self.purpose}")
        return " · ".join((["模拟数据"] if self.demo else []) + parts)

    @property
    def conditions(self) -> str:
        """What the list was narrowed by."""
        text = "；".join(f"{label}：{value}" for label, value in self.filters)
        return f"筛选条件：{text or '无'}"


def write(file: IO[bytes], parts: Sequence[Part], stamp: Stamp, *, most: int) -> int:
    """Write *parts* as the sheets of a workbook into *file* and return the number of rows.

    Raises :class:`TooManyRows` beyond *most* rows in all; the file is of no use then.
    """
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    count = 0
    with xlsxwriter.Workbook(file, options) as book:
        _properties(book, parts, stamp)
        formats = {name: book.add_format(look) for name, look in _FORMATS.items()}
        heads = {
            "notice": book.add_format({"bold": True, "font_color": "#A61B1B"}),
            "faint": book.add_format({"font_color": "#5F6B7A"}),
            "head": book.add_format(
                {"bold": True, "bg_color": "#E8F0F4", "bottom": 1, "text_wrap": True}
            ),
        }
        for place, part in enumerate(parts):
            sheet = book.add_worksheet(_sheet_name(part, place))
            count += _sheet(sheet, part, stamp, formats, heads, most - count)
    return count


def _sheet(
    sheet: Any, part: Part, stamp: Stamp, formats: dict[str, Any], heads: dict[str, Any], most: int
) -> int:
    columns = part.table.in_file
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
    _layout(sheet, stamp)
    sheet.write_string(0, 0, clean(stamp.notice), heads["notice"])
    sheet.write_string(1, 0, clean(stamp.conditions), heads["faint"])
    for place, column in enumerate(columns):
        sheet.write_string(HEAD_ROWS - 1, place, clean(str(column.label)), heads["head"])
    count = 0
    for count, row in enumerate(part.rows, start=1):
        if count > most:
            raise TooManyRows
        for place, column in enumerate(columns):
            put(sheet, HEAD_ROWS - 1 + count, place, column, column.value(row), formats)
    sheet.autofilter(HEAD_ROWS - 1, 0, HEAD_ROWS - 1 + count, len(columns) - 1)
    return count


def put(
    sheet: Any, row: int, place: int, column: Column[Any], value: Shown, formats: dict[str, Any]
) -> None:
    """Write one cell as what it is; never as a formula or a link."""
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        moment = value.astimezone(ZONE).replace(tzinfo=None) if value.tzinfo else value
        sheet.write_datetime(row, place, moment, formats["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, formats["day"])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, place, value, formats[column.kind])
    else:
        text = clean(str(value))
        look = formats["quoted"] if text.startswith(_FORMULA) else formats["text"]
        sheet.write_string(row, place, text, look)


def clean(text: str) -> str:
    """*text* as a cell can hold it: no lone surrogates or control signs, not too long."""
    plain = "".join(c for c in text if c in "\n\t" or (c >= " " and not "\ud800" <= c <= "\udfff"))
    plain = plain.replace("\ufffe", "").replace("\uffff", "")
    return plain if len(plain) <= MOST_TEXT else plain[:MOST_TEXT] + "…"


def _layout(sheet: Any, stamp: Stamp) -> None:
    """How it prints: wide, header on every page, the mark above and below."""
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEAD_ROWS - 1)
    sheet.freeze_panes(HEAD_ROWS, 0)
    sheet.set_header(f"&L{INTERNAL}&R导出编号 {stamp.number}")
    who = _printed(f"{stamp.who} {stamp.time} 用途：{stamp.purpose}")
    sheet.set_footer(f"&L{who[: _LIMIT - 30]}&R第 &P 页，共 &N 页")


def _printed(text: str) -> str:
    """*text* for a header or footer, where ``&`` begins a command."""
    return clean(text).replace("\n", " ").replace("&", "＆")


def _properties(book: Any, parts: Sequence[Part], stamp: Stamp) -> None:
    title = "、".join(dict.fromkeys(str(part.table.title) for part in parts))
    book.set_properties(
        {
            "title": clean(title),
            "subject": INTERNAL,
            "author": clean(stamp.who),
            "company": clean(stamp.city),
            "keywords": stamp.number,
            "comments": clean(stamp.notice),
            "created": stamp.at.astimezone(ZONE).replace(tzinfo=None),
        }
    )


def _sheet_name(part: Part, place: int) -> str:
    """A name as Excel allows it: at most 31 characters, without ``[]:*?/\\``."""
    plain = "".join(c for c in clean(str(part.table.title)) if c not in "[]:*?/\\'\n\t")
    return f"{place + 1} {plain}"[:31] if place else plain[:31] or "1"
