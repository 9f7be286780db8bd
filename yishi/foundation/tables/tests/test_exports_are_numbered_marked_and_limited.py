"""A list that leaves the house as a file says who took it for what, and is counted and logged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from yishi.foundation.audit.models import Look
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables import exporting
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.tables.exporting import LimitReached, Made, export, left
from yishi.foundation.tables.models import Export
from yishi.foundation.tables.workbook import HEAD_ROWS, TooManyRows, clean

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
TABLE: Table[tuple[Any, ...]] = Table(
    "demo",
    "示例列表",
    (
        Column("text", "文字", lambda row: row[0]),
        Column("at", "时间", lambda row: row[1], kind="moment"),
        Column("day", "日期", lambda row: row[2], kind="day"),
        Column("share", "比例", lambda row: row[3], kind="share"),
        Column("hidden", "页面专用", lambda row: 1 / 0, file=False),
    ),
)


@dataclass(frozen=True)
class Person:
    ref: str = "user:7"
    name: str = "张三"


def made(rows: Any, who: Person | None = None, **how: Any) -> Made:
    given: dict[str, Any] = {"key": "demo", "title": "示例列表", "purpose": "周例会", "now": NOW}
    done = export(who or Person(), [Part(TABLE, rows)], **(given | how))
    _open.append(done)
    return done


_open: list[Made] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while _open:
        _open.pop().file.close()


def sheet_of(done: Made) -> Worksheet:
    found = load_workbook(done.file).active
    assert isinstance(found, Worksheet)
    return found


@pytest.mark.django_db
def test_a_file_says_who_took_it_when_and_what_for() -> None:
    done = made([("a", NOW, date(2026, 3, 1), 0.5)], filters=[("区域", "樊城区")], demo=True)
    book = load_workbook(done.file)
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    notice = str(sheet["A1"].value)
    for said in ("仅供内部使用", done.export.number, "张三", "2026-11-24 09:30", "周例会", "模拟"):
        assert said in notice, said
    assert sheet["A2"].value == "筛选条件：区域：樊城区"
    header, footer = str(sheet.oddHeader), str(sheet.oddFooter)
    assert done.export.number in header
    assert "仅供内部使用" in header
    assert "张三" in footer
    assert (book.properties.creator, book.properties.keywords) == ("张三", done.export.number)
    assert done.export.number == f"DC20261124-{done.export.pk:06d}"


@pytest.mark.django_db
def test_moments_are_dates_of_the_citys_time_and_headings_are_chinese() -> None:
    sheet = sheet_of(made([("a", NOW, date(2026, 3, 1), 0.125), ("b", None, None, None)]))
    heads = [cell.value for cell in sheet[HEAD_ROWS]]
    assert heads == ["文字", "时间", "日期", "比例"]
    row = sheet[HEAD_ROWS + 1]
    assert (row[1].value, row[2].value, row[3].value) == (
        datetime(2026, 11, 24, 9, 30),
        datetime(2026, 3, 1),
        0.125,
    )
    assert row[3].number_format == "0.00%"
    assert [cell.value for cell in sheet[HEAD_ROWS + 2]] == ["b", None, None, None]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["=1+1", "+86", "-x", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "{=1}", "http://x.example"],
)
def test_no_text_becomes_a_formula_or_a_link(text: str) -> None:
    cell = sheet_of(made([(text, None, None, None)]))[HEAD_ROWS + 1][0]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    assert cell.quotePrefix is text.startswith(("=", "+", "-", "@", "\t")), "stays so when edited"


@given(st.text(max_size=60))
def test_any_text_can_be_kept_in_a_cell(text: str) -> None:
    assert clean(text).encode("utf-8").decode() == clean(clean(text))
    assert len(clean(text * 1000)) <= 32_767


@pytest.mark.django_db
def test_odd_texts_and_names_do_not_break_the_file() -> None:
    odd = "a\x00b\x07\ud800&<>\ufffe" + "长" * 40_000
    who = Person(name="A&P" * 60)
    sheet = sheet_of(made([(odd, None, None, None)], who, purpose="&&C" * 20, city="x\x01"))
    assert str(sheet[HEAD_ROWS + 1][0].value).startswith("ab&<>长")


@pytest.mark.django_db
def test_every_export_is_logged_with_filter_rows_and_digest() -> None:
    done = made([("a", None, None, None)] * 3, filters=[("状态", "处置中")])
    kept = Export.objects.get()
    assert (kept.rows, kept.filters, kept.purpose) == (3, [["状态", "处置中"]], "周例会")
    assert kept.sha256 == hashlib.sha256(done.file.read()).hexdigest()
    look = Look.objects.get()
    assert (look.action, look.subject, look.rows) == ("export", f"export:{kept.pk}", 3)
    assert (look.actor_ref, look.purpose) == ("user:7", "周例会")


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", ["", " ", "x", "\x00\x07", "长" * 101])
def test_without_a_purpose_nothing_is_exported(purpose: str) -> None:
    with pytest.raises(FieldError) as refused:
        made([], purpose=purpose)
    assert refused.value.field == "purpose"
    assert not Export.objects.exists()


@pytest.mark.django_db
def test_a_day_has_a_number_of_files_and_rows(settings: Any) -> None:
    settings.YISHI_EXPORTS_A_DAY, settings.YISHI_EXPORT_ROWS_A_DAY = 2, 5
    made([("a", None, None, None)] * 2)
    assert (left(Person(), NOW).files, left(Person(), NOW).rows) == (1, 3)
    made([("a", None, None, None)] * 3)
    with pytest.raises(LimitReached):
        made([])
    made([], Person("user:8"))
    tomorrow = datetime(2026, 11, 24, 16, 1, tzinfo=UTC)
    made([], now=tomorrow)
    assert [one.nth for one in Export.objects.order_by("id")] == [1, 2, 1, 1]


@pytest.mark.django_db
def test_a_file_has_a_most_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 4)
    with pytest.raises(TooManyRows):
        made([("a", None, None, None)] * 5)
    broken = Export.objects.get()
    assert broken.rows is None, "what did not become a file is in the log as well"


@pytest.mark.django_db
def test_rows_are_taken_one_by_one() -> None:
    alive = 0
    most = 0

    class Watched(tuple[Any, ...]):
        def __new__(cls, values: tuple[Any, ...]) -> Watched:
            nonlocal alive, most
            alive += 1
            most = max(most, alive)
            return super().__new__(cls, values)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def rows() -> Iterator[Any]:
        for n in range(500):
            yield Watched((str(n), NOW, None, None))

    assert made(rows()).export.rows == 500
    assert most <= 3


@pytest.mark.django_db
def test_the_database_wants_a_purpose_and_one_number_for_each() -> None:
    made([])
    entry = Export.objects.get()
    for change in ({"purpose": ""}, {"rows": None}, {"nth": entry.nth}):
        entry.pk = None if "nth" in change else entry.pk
        for name, value in change.items():
            setattr(entry, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            entry.save()
        entry = Export.objects.get()
