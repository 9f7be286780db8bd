"""Published versions stay as they are; which one is in force follows from day and area."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from yishi.foundation import revisions
from yishi.foundation.rulebook.errors import RuleError, RuleFileError
from yishi.foundation.rulebook.models import Parameter, RuleVersion
from yishi.foundation.rulebook.seed import load_city
from yishi.foundation.rulebook.store import rulebook

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 8, 8, 30, tzinfo=UTC)
FILE = """\
facts:
  share: {type: decimal, label: 占比}
parameters:
  least:
    type: decimal
    label: 下限
    values:
      - {value: 0.85, from: 2026-01-01}
      - {value: 0.9, from: 2026-07-01}
      - {value: 0.5, from: 2026-01-01, area: 4206/GX}
rules:
  - {key: test.rule, label: 规则, from: 2026-01-01, when: [{fact: share, is: ge, parameter: least}]}
"""
SECOND = "  - {key: test.rule, label: 新, from: %s, when: [{fact: share, is: gt, value: 1}]}\n"


@pytest.fixture(autouse=True)
def _no_copies() -> None:
    revisions.forget()


def _write(folder: Path, text: str) -> Path:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "a.yaml").write_text(text, encoding="utf-8")
    return folder


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text + "+08:00")


def test_loading_twice_changes_nothing(tmp_path: Path) -> None:
    _write(tmp_path, FILE)
    first = load_city(tmp_path, now=NOW)
    assert (first.rules, first.parameters) == (1, 3)
    before = revisions.numbers()
    again = load_city(tmp_path, now=NOW)
    assert (again.rules, again.parameters, again.unchanged) == (0, 0, 4)
    assert str(again) == "rulebook: unchanged"
    assert revisions.numbers() == before


def test_a_successor_ends_its_predecessor_the_day_before(tmp_path: Path) -> None:
    load_city(_write(tmp_path, FILE), now=NOW)
    load_city(_write(tmp_path, FILE + SECOND % "2026-06-01"), now=NOW)
    rows = (
        RuleVersion.objects.filter(key="test.rule")
        .order_by("version")
        .values_list("version", "effective_to")
    )
    assert list(rows) == [(1, date(2026, 5, 31)), (2, None)]
    book = rulebook()
    assert book.rule("test.rule", _at("2026-05-31T23:59:59")).version == 1
    assert book.rule("test.rule", _at("2026-06-01T00:00:00")).version == 2
    assert book.version("test.rule", 1).label == "规则"


def test_a_published_version_is_not_rewritten_by_a_file(tmp_path: Path) -> None:
    load_city(_write(tmp_path, FILE), now=NOW)
    changed = FILE.replace("is: ge", "is: gt")
    with pytest.raises(RuleFileError, match=r"a\.yaml:12: test\.rule: .*已发布且内容不同"):
        load_city(_write(tmp_path, changed), now=NOW)
    with pytest.raises(RuleFileError, match="已发布"):
        load_city(
            _write(tmp_path, changed.replace("2026-01-01, when", "2025-01-01, when")), now=NOW
        )
    assert RuleVersion.objects.filter(key="test.rule").count() == 1


def test_the_longest_managed_path_and_the_day_decide(tmp_path: Path) -> None:
    load_city(_write(tmp_path, FILE), now=NOW)
    book = rulebook()
    cases = {
        ("2026-06-30T23:59:59", ""): "0.85",
        ("2026-07-01T00:00:00", ""): "0.9",
        ("2026-05-01T00:00:00", "4206/420606/420606007"): "0.85",
        ("2026-05-01T00:00:00", "4206/GX/420606070"): "0.5",
        ("2026-05-01T00:00:00", "4206/GX"): "0.5",
        ("2026-05-01T00:00:00", "4206/GX2"): "0.85",
        ("2026-08-01T00:00:00", "4206/GX/1"): "0.5",
    }
    for (moment, area), expected in cases.items():
        outcome = book.decide("test.rule", {"share": Decimal("0.6")}, _at(moment), area)
        assert outcome.params == {"least": Decimal(expected)}, (moment, area)
        rule = book.rule("test.rule", _at(moment), area)
        assert book.parameters(rule, _at(moment), area) == outcome.params
    with pytest.raises(RuleError, match="没有生效的版本"):
        book.rule("test.rule", _at("2025-12-31T23:59:59"))
    with pytest.raises(RuleError, match="第 9 版"):
        book.version("test.rule", 9)


def test_periods_of_one_key_and_area_never_overlap(tmp_path: Path) -> None:
    load_city(_write(tmp_path, FILE), now=NOW)
    row = RuleVersion.objects.get(key="test.rule")
    parameter = Parameter.objects.get(area="4206/GX")
    row.pk, row.version, row.effective_from = None, 2, date(2026, 3, 1)
    parameter.pk, parameter.effective_from = None, date(2027, 1, 1)
    for overlapping in (row, parameter):
        with pytest.raises(IntegrityError, match="no_overlap"), transaction.atomic():
            overlapping.save(force_insert=True)
    row.area = "4206/GX"
    row.save(force_insert=True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rulebook_ruleversion SET content = '{}'",
        "UPDATE rulebook_ruleversion SET effective_from = '2020-01-01'",
        "DELETE FROM rulebook_ruleversion",
        "UPDATE rulebook_parameter SET value = '\"9\"'",
        "DELETE FROM rulebook_parameter",
    ],
)
def test_the_database_refuses_to_change_what_is_published(tmp_path: Path, statement: str) -> None:
    load_city(_write(tmp_path, FILE), now=NOW)
    with (
        pytest.raises(IntegrityError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_deciding_costs_no_statement_once_the_book_is_there(
    tmp_path: Path, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    load_city(_write(tmp_path, FILE), now=NOW)
    book = rulebook()
    with django_assert_num_queries(1):
        assert rulebook() is book
    with django_assert_num_queries(0):
        book.decide("test.rule", {"share": Decimal(1)}, NOW, "4206/GX/1")
