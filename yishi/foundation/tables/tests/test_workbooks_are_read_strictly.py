"""What people send as Excel is read as they meant it, or refused with a reason; it never fails."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904, to_excel

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables.sheets import Limits, SheetError, SheetTable, read_table
from yishi.foundation.tables.tests.books import book, patched

COLUMNS = {"name": "姓名", "unit": "单位", "since": "开始时间", "count": "数量"}
HEADER = list(COLUMNS.values())
SHEET = "xl/worksheets/sheet1.xml"


def table(rows: list[list[Any]], change: Any = None, **how: Any) -> SheetTable:
    return read_table(book([HEADER, *rows], change), COLUMNS, **how)


def test_values_come_as_they_were_meant() -> None:
    moment = datetime(2026, 3, 1, 8, 30)
    rows = list(table([["张三", "城管局", moment, 3], ["李四", 13900000000.0, None, True]]).rows())
    assert [row.number for row in rows] == [2, 3]
    assert (rows[0].text("name"), rows[0].moment("since"), rows[0].text("count")) == (
        "张三",
        moment,
        "3",
    )
    assert rows[1].text("unit") == "13900000000"
    assert (rows[1].moment("since"), rows[1].text("count")) == (None, "是")
    assert not rows[0].faults()


@pytest.mark.parametrize("mac", [False, True])
def test_serial_numbers_are_dates_of_the_books_own_epoch(mac: bool) -> None:
    moment = datetime(2026, 3, 1, 8, 30)

    def change(made: Any, sheet: Any) -> None:
        if mac:
            made.epoch = CALENDAR_MAC_1904
        sheet["C2"] = to_excel(moment, made.epoch)  # type: ignore[no-untyped-call]
        sheet["C2"].number_format = "General"

    row = next(table([["张三", "", None, ""]], change).rows())
    assert row.moment("since") == moment


def test_a_day_without_time_and_a_text_are_kept_apart() -> None:
    rows = list(table([["甲", "", date(2026, 3, 1), ""], ["乙", "", "下周一", ""]]).rows())
    assert rows[0].moment("since") == datetime(2026, 3, 1)
    assert rows[1].moment("since") == "下周一"
    with pytest.raises(FieldError):
        next(table([["甲", "", 7, ""]]).rows()).moment("since")


def test_formulas_errors_long_numbers_and_merged_cells_are_faults_of_their_cells() -> None:
    def change(made: Any, sheet: Any) -> None:
        sheet["A2"] = "=1+1"
        sheet["B2"] = "#N/A"
        sheet["B2"].data_type = "e"
        sheet["D2"] = 420606199001011234
        sheet.merge_cells("B4:B5")

    rows = list(
        table([["", "", None, ""], ["好", "", None, ""], ["甲", "局"], ["乙"]], change).rows()
    )
    assert [name for name, _ in rows[0].faults()] == ["name", "unit", "count"]
    assert not rows[1].faults()
    assert [name for name, _ in rows[2].faults()] == ["unit"]
    assert [name for name, _ in rows[3].faults()] == ["unit"]
    assert "B4:B5" in rows[3].faults()[0][1]


def test_text_that_looks_like_a_formula_is_text() -> None:
    def change(made: Any, sheet: Any) -> None:
        sheet["A2"].value = "=cmd"
        sheet["A2"].data_type = "s"

    assert next(table([["x", "", None, ""]], change).rows()).text("name") == "=cmd"


def test_a_title_above_and_blank_rows_are_passed_over() -> None:
    found = read_table(
        book(
            [["人员名单"], [], HEADER, [], ["张三"], [None, "  "]],
            lambda _, s: s.merge_cells("A1:D1"),
        ),
        COLUMNS,
    )
    assert (found.header_row, [row.number for row in found.rows()]) == (3, [5])
    assert [row.text("name") for row in found.rows()] == ["张三"], "may be asked for again"


def test_hidden_sheets_are_not_read() -> None:
    def change(made: Any, sheet: Any) -> None:
        sheet.sheet_state = "hidden"
        other = made.create_sheet("名单")
        other.append(HEADER)
        other.append(["李四"])

    assert [row.text("name") for row in table([["张三"]], change).rows()] == ["李四"]


@pytest.mark.parametrize(
    ("header", "field", "said"),
    [
        (["姓名", "工资"], "header", "不认识的列：工资"),
        (["姓名", "姓名"], "header", "重复"),
        (["单位"], "header", "缺少必需的列：姓名"),
        (["甲", "乙"], "header", "找不到表头"),
        ([], "header", "找不到表头"),
        (["姓名"] + ["单位"] * 70, "header", "超过"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(header: list[str], field: str, said: str) -> None:
    with pytest.raises(SheetError, match=said) as refused:
        read_table(book([header, ["x"] * len(header)]), COLUMNS, required=("name",))
    assert refused.value.field == field


def test_ignored_columns_are_passed_over() -> None:
    found = read_table(book([["姓名", "错误原因"], ["甲", "x"]]), COLUMNS, ignored=("错误原因",))
    assert found.places == {"name": 1}


def test_more_rows_than_allowed_are_refused_where_they_begin() -> None:
    rows = table([["甲"]] * 4, limits=Limits(rows=3)).rows()
    assert [next(rows).number for _ in range(3)] == [2, 3, 4]
    with pytest.raises(SheetError, match="超过 3 行"):
        next(rows)


def test_a_cell_at_the_end_of_the_sheet_costs_nothing() -> None:
    def change(made: Any, sheet: Any) -> None:
        sheet["XFD1048576"] = "x"

    assert [row.number for row in table([["甲"]], change).rows()] == [2]


def test_archives_that_unpack_to_too_much_are_not_unpacked() -> None:
    bomb = patched(book([HEADER]), "xl/media/zeros.bin", b"\0" * (8 << 20))
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(SheetError, match="解压"):
        read_table(bomb, COLUMNS, limits=Limits(unpacked=4 << 20))


def test_entities_are_not_expanded() -> None:
    lol = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'

    def poisoned(data: bytes) -> bytes:
        return data.replace(b"<worksheet", lol + b"<worksheet", 1)

    with pytest.raises(SheetError):
        list(read_table(patched(book([HEADER, ["甲"]]), SHEET, poisoned), COLUMNS).rows())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "不是 Excel"),
        (b"name,unit\n", "不是 Excel"),
        (b"PK\x03\x04" + b"\0" * 40, "不是 Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "密码保护"),
    ],
)
def test_what_is_no_workbook_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(SheetError, match=said):
        read_table(io.BytesIO(content), COLUMNS)


def test_macros_and_large_files_are_refused() -> None:
    with pytest.raises(SheetError, match="宏"):
        read_table(patched(book([HEADER]), "xl/vbaProject.bin", b"x"), COLUMNS)
    with pytest.raises(SheetError, match="超过"):
        read_table(book([HEADER]), COLUMNS, limits=Limits(size=1000))
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(SheetError, match="不是 Excel"):
        read_table(plain, COLUMNS)


GOOD = book(
    [HEADER, ["张三", "城管局", datetime(2026, 3, 1), 3], ["李四", "", None, 4.5]]
).getvalue()


@given(seed=st.integers(0, 2**32), count=st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_damaged_files_are_refused_or_read_and_nothing_else(seed: int, count: int) -> None:
    chance = random.Random(seed)
    data = bytearray(GOOD)
    for _ in range(count):
        data[chance.randrange(len(data))] = chance.randrange(256)
    _read_or_refuse(io.BytesIO(bytes(data[: chance.randrange(len(data) // 2, len(data) + 1)])))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_damaged_sheets_are_refused_or_read_and_nothing_else(seed: int) -> None:
    chance = random.Random(seed)

    def damaged(data: bytes) -> bytes:
        found = bytearray(data)
        for _ in range(chance.randrange(1, 8)):
            found[chance.randrange(len(found))] = chance.randrange(32, 127)
        return bytes(found)

    part = chance.choice([SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"])
    _read_or_refuse(patched(io.BytesIO(GOOD), part, damaged))


def _read_or_refuse(file: io.BytesIO) -> None:
    try:
        for row in read_table(file, COLUMNS).rows():
            row.faults()
            for name in COLUMNS:
                row.text(name)
            with contextlib.suppress(FieldError):
                row.moment("since")
    except SheetError:
        pass
