"""Texts become typed columns; what cannot be read is told with line, field and reason."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.facts import incoming
from yishi.foundation.facts.reading import typed
from yishi.foundation.parties.identifiers import check_uscc
from yishi.foundation.parties.synthetic import enterprise_number
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.tables.sheets import SheetError

CODE = enterprise_number("420606", 1)
FACTS = {
    "heads": Fact("heads", FactType.INT, "参保人数"),
    "paid": Fact("paid", FactType.MONEY, "缴费"),
    "share": Fact("share", FactType.DECIMAL, "占比", scale=3),
    "listed": Fact("listed", FactType.BOOL, "失信"),
    "born": Fact("born", FactType.DATE, "成立日期"),
    "size": Fact(
        "size", FactType.TEXT, "规模", values={"s": ("小型", "small"), "m": ("中型", "m")}
    ),
    "honours": Fact(
        "honours",
        FactType.SET,
        "称号",
        values={"a": ("甲", "A"), "b": ("乙", "B"), "c": ("丙", "C")},
    ),
}


def read(name: str, *texts: str) -> tuple[list[object], list[str]]:
    batch = {"party": pa.array([CODE] * len(texts)), name: pa.array(texts, pa.string())}
    found = typed(batch, np.arange(2, len(texts) + 2), FACTS)
    return found.rows.column(name).to_pylist(), [one.reason for one in found.faults]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("heads", " 12 ", 12),
        ("heads", "12.0", 12),
        ("heads", "-3", -3),
        ("heads", "", None),
        ("paid", "12345.67", 1234567),
        ("paid", "-0.5", -50),
        ("paid", "8", 800),
        ("paid", "8.100", 810),
        ("share", "2.125", 2125),
        ("share", "-1", -1000),
        ("listed", "是", True),
        ("listed", "0", False),
        ("born", "2025/6/3", date(2025, 6, 3)),
        ("born", "20250603", date(2025, 6, 3)),
        ("born", "2025年6月3日", date(2025, 6, 3)),
        ("born", "2025-06-03 00:00:00", date(2025, 6, 3)),
        ("size", "小型", "s"),
        ("size", "m", "m"),
        ("honours", "丙、甲", "a|c"),
        ("honours", "b|a|b", "a|b"),
        ("honours", "无", ""),
        ("honours", "", None),
    ],
)
def test_a_value_is_read_as_its_fact_is_declared(name: str, text: str, value: object) -> None:
    assert read(name, text) == ([value], [])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("heads", "12.5"),
        ("heads", "1,200"),
        ("heads", "十二"),
        ("heads", "1e3"),
        ("heads", "９"),
        ("heads", "9" * 19),
        ("paid", "1.005"),
        ("paid", "12元"),
        ("paid", "NaN"),
        ("share", "0.0001"),
        ("listed", "也许"),
        ("born", "2025-02-30"),
        ("born", "去年"),
        ("size", "巨型"),
        ("honours", "甲、丁"),
    ],
)
def test_what_cannot_be_read_is_told_and_not_guessed(name: str, text: str) -> None:
    values, reasons = read(name, text, "")
    assert values == [None]
    assert len(reasons) == 1
    assert reasons[0]


@given(st.text(alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ一 ", min_size=0, max_size=20))
def test_a_code_is_taken_exactly_where_its_check_sign_is_right(text: str) -> None:
    code = text.strip()
    try:
        check_uscc("party", code)
        good = True
    except FieldError:
        good = False
    # The checker of forms forgives blanks and small letters inside; a file says what it means.
    found = typed({"party": pa.array([code])}, np.array([2]), {})
    assert len(found.rows) == (good and len(code) == 18 and code.isascii())


@given(
    st.lists(
        st.one_of(
            st.text(max_size=12),
            st.decimals(allow_nan=True, allow_infinity=True).map(str),
            st.integers(-(10**20), 10**20).map(str),
        ),
        max_size=8,
    )
)
def test_money_is_exact_to_the_fen_or_refused(texts: list[str]) -> None:
    for text in texts:
        values, reasons = read("paid", text)
        assert len(values) + len(reasons) == 1
        if values and values[0] is not None:
            assert Decimal(text.strip()) * 100 == values[0]
        elif values:
            assert not text.strip()


def csv(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "f.csv"
    path.write_bytes(data)
    return path


WANTED = incoming.headings(FACTS, names=False)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01\x02",
        "名字,年龄\n甲,1\n".encode(),
        "参保人数\n12\n".encode(),
        "统一社会信用代码,参保人数,参保人数\n".encode(),
        '统一社会信用代码,参保人数\n"abc,1\n'.encode(),
        b"\xff\xfe\xfa\xff\xff",
    ],
)
def test_garbage_is_refused_with_the_field_file_or_header(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SheetError) as refused:
        list(incoming.read_csv(csv(tmp_path, data), WANTED).blocks)
    assert refused.value.field in ("file", "header")


def test_lines_are_those_of_the_file_whatever_stands_between(tmp_path: Path) -> None:
    text = f'统一社会信用代码,参保人数\n\n{CODE},1\n"{CODE}","2\n"\n{CODE},1,9\n{CODE},x\n'
    table = incoming.read_csv(csv(tmp_path, text.encode("gb18030")), WANTED)
    (block,) = table.blocks
    assert block.lines.tolist() == [3, 4, 7]
    assert [(one.line, one.reason) for one in block.faults] == [(6, "应有 2 列，本行有 3 列")]
    found = typed(block.columns, block.lines, FACTS)
    assert [(one.line, one.field) for one in found.faults] == [(7, "heads")]
    assert found.about_lines.tolist() == [7]


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail_otherwise(data: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        for read_file in (incoming.read_csv, incoming.read_xlsx):
            try:
                for block in read_file(Path(file.name), WANTED).blocks:
                    typed(block.columns, block.lines, FACTS)
            except SheetError as refused:
                assert refused.field in ("file", "header")


def test_a_workbook_is_read_as_the_same_text(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["统一社会信用代码", "缴费（元）", "成立日期", "失信"])
    sheet.append([CODE, 12.3, date(2025, 1, 2), False])
    sheet.append([CODE, "=1+1", date(2025, 1, 2), True])
    stream = io.BytesIO()
    book.save(stream)
    path = tmp_path / "f.xlsx"
    path.write_bytes(stream.getvalue())
    (block,) = incoming.read_xlsx(path, WANTED).blocks
    found = typed(block.columns, block.lines, FACTS)
    assert found.rows.to_pylist() == [
        {"party": CODE, "paid": 1230, "born": date(2025, 1, 2), "listed": False}
    ]
    assert [(one.line, one.field) for one in block.faults] == [(3, "paid")]
