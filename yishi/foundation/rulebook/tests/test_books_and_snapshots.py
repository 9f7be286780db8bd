"""Books are compiled once and strictly; snapshots are read by their types; edges of size."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from yishi.foundation.rulebook.amounts import Fixed, PerUnit
from yishi.foundation.rulebook.columns import BLOCK, Column
from yishi.foundation.rulebook.comparing import Operator
from yishi.foundation.rulebook.engine import (
    Book,
    Item,
    Match,
    match,
    match_rows,
    preview,
    stream,
)
from yishi.foundation.rulebook.engine.arrow import batches, columns_of, schema_of, table_of
from yishi.foundation.rulebook.errors import FactError, RuleError
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.rules import Condition, Rule
from yishi.foundation.rulebook.tests import corpus, support

STAFF = Fact("staff", FactType.INT, "人数")


def item(key: str, fact: Fact = STAFF, least: Any = 3, amount: Any = None) -> Item:
    rule = Rule(f"test.{key}", (Condition("own", fact, Operator.GE, least),), "规则")
    return Item(key, rule, amount)


def test_equal_conditions_of_different_items_are_one() -> None:
    book = Book([item("a"), item("b"), item("c", least=4)])
    assert len(book.conditions) == 2
    assert book.plans == [[[0]], [[0]], [[1]]]


def test_items_of_one_key_or_facts_of_two_declarations_are_refused() -> None:
    with pytest.raises(RuleError, match="重复"):
        Book([item("a"), item("a")])
    other = Fact("staff", FactType.DATE, "人数")
    with pytest.raises(RuleError, match="声明不同"):
        Book([item("a"), item("b", other, date(2026, 1, 1))])


def test_the_hash_of_a_book_is_of_what_decides() -> None:
    assert Book([item("a")]).hash == Book([item("a")]).hash
    assert Book([item("a")]).hash != Book([item("a", least=4)]).hash
    assert Book([item("a")]).hash != Book([item("a", amount=Fixed(5))]).hash


def test_blocks_join_without_a_seam_and_threads_change_nothing() -> None:
    rows = 3 * BLOCK + 77
    values = np.arange(rows, dtype=np.int64) % 50
    valid = np.arange(rows) % 7 != 0
    columns = {"staff": Column(values, valid)}
    book = Book([item("a", amount=PerUnit(STAFF, 7)), item("b", least=25, amount=Fixed(9))])
    one, two = (match(book, columns, {}, support.AT, threads=n) for n in (1, 4))
    for found in (one, two):
        wanted = np.flatnonzero(valid & (values >= 3))
        chosen, fen = found.awards("a")
        assert np.array_equal(chosen, wanted)
        assert np.array_equal(fen, values[wanted] * 7)
        assert found.total("a") == int((values[wanted] * 7).sum())
        assert found.unknown("a") == int((~valid).sum())
        assert found.total("b") == 9 * found.true("b")
        assert found.amount("a", int(wanted[-1])) == int(values[wanted[-1]]) * 7
    assert np.array_equal(one.sure, two.sure)
    assert np.array_equal(one.possible, two.possible)


@pytest.mark.parametrize("share", [0.001, 0.05, 0.09, 0.4, 1.0])
def test_survivors_are_found_at_every_density(share: float) -> None:
    rng = np.random.default_rng(3)
    values = np.where(rng.random(BLOCK + 500) < share, 10, 0)
    book = Book([item("a", amount=PerUnit(STAFF, 2))])
    rows, fen = match(book, {"staff": Column(values)}, {}, support.AT).awards("a")
    assert np.array_equal(rows, np.flatnonzero(values == 10))
    assert (fen == 20).all()


def test_a_snapshot_of_nobody_gives_nothing(tmp_path: Path) -> None:
    made = corpus.corpus(random.Random(2), items=3, rows=0)
    table = made.table()
    found = match(made.book, columns_of(table, made.book.facts), made.params, support.AT, rows=0)
    assert found.counts() == {"true": 0, "false": 0, "unknown": 0}
    found.save(tmp_path / "none")
    assert Match.open(tmp_path / "none").counts()["true"] == 0
    empty = columns_of(schema_of(support.FACTS).empty_table(), made.book.facts)
    one = preview(made.book.items[0], empty, made.params, support.AT, derived=made.book.derived)
    assert (one.true, one.unknown, one.false, one.near) == (0, 0, 0, [])
    assert list(stream(made.book, [], made.params, support.AT)) == []


def test_without_any_column_everybody_is_unknown() -> None:
    found = match(Book([item("a", amount=Fixed(5))]), {}, {}, support.AT, rows=70)
    assert (found.true("a"), found.unknown("a"), found.false("a")) == (0, 70, 0)
    assert found.total("a") == 0


def test_a_run_that_kept_no_conditions_says_so() -> None:
    columns = {"staff": Column(np.arange(9))}
    found = match(Book([item("a")]), columns, {}, support.AT, conditions=False)
    assert found.true("a") == 6
    with pytest.raises(LookupError):
        found.why("a", 1)


def test_changed_rows_must_be_rows_of_the_match() -> None:
    book, columns = Book([item("a")]), {"staff": Column(np.arange(9))}
    before = match(book, columns, {}, support.AT)
    some = {"staff": Column(np.arange(2))}
    for rows in ([1], [1, 9], [-1, 2]):
        with pytest.raises(RuleError, match="行"):
            match_rows(before, np.array(rows), book, some, {}, support.AT)
    with pytest.raises(RuleError, match="没有事项"):
        match_rows(before, np.array([1, 2]), Book([item("new")]), some, {}, support.AT)


def test_a_column_of_another_type_is_refused_naming_the_fact() -> None:
    for name, values in (
        ("staff", pa.array(["3"])),
        ("since", pa.array([5])),
        ("known", pa.array([1])),
        ("channel", pa.array([1])),
        ("paid", pa.array([1.5])),
    ):
        with pytest.raises(FactError) as caught:
            columns_of(pa.table({name: values}), corpus.FACTS)
        assert caught.value.field == name


def test_a_snapshot_is_read_from_parquet_as_it_was_written(tmp_path: Path) -> None:
    rng = random.Random(4)
    rows = [support.row(rng) for _ in range(90)]
    table = table_of([f"P{n}" for n in range(90)], rows, support.FACTS)
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=40)
    first = columns_of(table, corpus.FACTS)
    again = columns_of(pq.read_table(tmp_path / "a.parquet"), corpus.FACTS)
    parts = list(batches(tmp_path / "a.parquet", ["staff", "paid"], 40))
    assert [part.num_rows for part in parts] == [40, 40, 10]
    assert set(parts[0].schema.names) == {"party", "staff", "paid", "paid__as_of"}
    for name, column in first.items():
        other = again[name]
        assert column.categories == other.categories
        assert np.array_equal(column.values, other.values)
        for mine, theirs in ((column.valid, other.valid), (column.as_of, other.as_of)):
            if mine is None or theirs is None:
                assert mine is theirs
            else:
                assert np.array_equal(mine, theirs)


def test_a_set_with_the_joint_in_a_word_is_refused() -> None:
    with pytest.raises(FactError, match="tags"):
        table_of(["P1"], [{"tags": frozenset({"a|b"})}], support.FACTS)
