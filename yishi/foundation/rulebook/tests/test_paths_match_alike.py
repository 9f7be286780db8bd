"""The conformance corpus: one row, bit sets, stored bit sets, streams and Polars give every pair
the same answer, the same reasons and the same fen."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.foundation.rulebook.engine import (
    Book,
    ItemOutcome,
    Match,
    book_content,
    book_from_content,
    match,
    match_one,
    match_rows,
    polars_path,
    preview,
    stream,
)
from yishi.foundation.rulebook.engine.arrow import columns_of
from yishi.foundation.rulebook.engine.carried import params_content, params_from
from yishi.foundation.rulebook.engine.previewing import take
from yishi.foundation.rulebook.outcome import Truth
from yishi.foundation.rulebook.tests import corpus, support

RANKS = {Truth.FALSE: 0, Truth.UNKNOWN: 1, Truth.TRUE: 2}
#: A seed draws the whole corpus: fast, and the same again for the same number.
drawn = st.integers(0, 2**32).map(random.Random)


def walked(made: corpus.Corpus) -> list[list[ItemOutcome]]:
    return [match_one(made.book, row, made.params, support.AT) for row in made.rows]


def columns(made: corpus.Corpus) -> Match:
    table = made.table()
    return match(
        made.book, columns_of(table, made.book.facts), made.params, support.AT, rows=table.num_rows
    )


def pairs(found: Match) -> Iterator[tuple[str, int, Truth, int | None]]:
    for row in range(found.rows):
        for key, truth, fen in found.of_row(row):
            yield key, row, truth, fen


def check(found: Match, expected: list[list[ItemOutcome]], *, reasons: bool = True) -> None:
    assert found.rows == len(expected)
    for row, outcomes in enumerate(expected):
        for one in outcomes:
            assert found.state(one.key, row) is one.truth, (one.key, row)
            assert found.amount(one.key, row) == one.amount, (one.key, row)
            if reasons:
                states = [c.truth for c in one.outcome]
                keys = [c.condition.key for c in one.outcome]
                if one.truth is not one.outcome.truth:
                    states, keys = [*states, Truth.UNKNOWN], [*keys, "amount"]
                assert found.why(one.key, row) == list(zip(keys, states, strict=True))


@given(rng=drawn)
@settings(max_examples=40)
def test_one_row_and_bit_sets_agree_on_every_pair_and_every_condition(rng: random.Random) -> None:
    made = corpus.corpus(rng, items=6, rows=70)
    check(columns(made), walked(made))


@given(rng=drawn)
@settings(max_examples=25)
def test_polars_agrees_on_every_pair_and_every_fen(rng: random.Random) -> None:
    made = corpus.corpus(rng, items=6, rows=40)
    expected = walked(made)
    frame = pl.DataFrame(pl.from_arrow(made.table()))
    found = polars_path.match(made.book, frame, made.params, support.AT)
    for n, key in enumerate(made.book.keys):
        outcomes = [row[n] for row in expected]
        assert found.ranks(key).tolist() == [RANKS[one.truth] for one in outcomes], key
        rows, fen = found.awards(key)
        true = [(i, one.amount or 0) for i, one in enumerate(outcomes) if one.truth is Truth.TRUE]
        assert list(zip(rows.tolist(), fen.tolist(), strict=True)) == true, key


@given(rng=drawn)
@settings(max_examples=15)
def test_a_stored_match_opens_as_it_was(rng: random.Random) -> None:
    made = corpus.corpus(rng, items=4, rows=66)
    with TemporaryDirectory() as folder:
        columns(made).save(Path(folder) / "run")
        check(Match.open(Path(folder) / "run"), walked(made))


@given(rng=drawn)
@settings(max_examples=10)
def test_a_stream_gives_what_the_whole_gives(rng: random.Random) -> None:
    made = corpus.corpus(rng, items=4, rows=70)
    batches = made.table().to_batches(max_chunksize=17)
    expected, start = walked(made), 0
    for parties, found in stream(made.book, batches, made.params, support.AT):
        assert parties.to_pylist() == made.parties[start : start + found.rows]
        check(found, expected[start : start + found.rows], reasons=False)
        start += found.rows
    assert start == 70


@given(rng=drawn)
@settings(max_examples=15)
def test_the_order_of_items_and_of_conditions_does_not_matter(rng: random.Random) -> None:
    made = corpus.corpus(rng, items=5, rows=40)
    shuffled = list(made.book.items)
    rng.shuffle(shuffled)
    other = corpus.Corpus(Book(shuffled, made.book.derived), made.rows, made.params)
    assert sorted(pairs(columns(made)), key=str) == sorted(pairs(columns(other)), key=str)


@given(rng=drawn)
@settings(max_examples=15)
def test_amounts_are_never_negative_and_parts_add_up(rng: random.Random) -> None:
    made = corpus.corpus(rng, items=5, rows=64)
    whole = columns(made)
    halves = [
        columns(corpus.Corpus(made.book, part, made.params))
        for part in (made.rows[:30], made.rows[30:])
    ]
    for key in made.book.keys:
        rows, fen = whole.awards(key)
        assert (fen >= 0).all()
        assert len(rows) == whole.true(key)
        assert whole.total(key) == sum(int(one) for one in fen)
        assert whole.total(key) == sum(half.total(key) for half in halves)
        counts = whole.true(key), whole.unknown(key), whole.false(key)
        assert sum(counts) == 64
        for n, of in enumerate((Match.true, Match.unknown, Match.false)):
            assert counts[n] == sum(of(half, key) for half in halves)
    assert whole.counts() == {
        name: sum(of(whole, key) for key in made.book.keys)
        for name, of in (("true", Match.true), ("false", Match.false), ("unknown", Match.unknown))
    }


@given(rng=drawn)
@settings(max_examples=15)
def test_a_book_travels_as_json(rng: random.Random) -> None:
    made = corpus.corpus(rng, items=4, rows=20)
    again = book_from_content(book_content(made.book))
    assert again.hash == made.book.hash
    values = params_from(again, params_content(made.book, made.params))
    other = columns(corpus.Corpus(again, made.rows, values))
    assert list(pairs(other)) == list(pairs(columns(made)))


@given(rng=drawn)
@settings(max_examples=15)
def test_changed_rows_are_told_and_no_others(rng: random.Random) -> None:
    made = corpus.corpus(rng, items=4, rows=70)
    before = columns(made)
    rows = sorted(rng.sample(range(70), 9))
    after = list(made.rows)
    for row in rows:
        after[row] = support.row(rng)
    changed = corpus.Corpus(made.book, after, made.params)
    whole = columns_of(changed.table(), made.book.facts)
    numbers = np.array(rows)
    told = match_rows(before, numbers, made.book, take(whole, numbers), made.params, support.AT)
    expected = [
        (key, row, old, new, fen_old, fen_new)
        for (key, row, old, fen_old), (_, _, new, fen_new) in zip(
            pairs(before), pairs(columns(changed)), strict=True
        )
        if (old, fen_old) != (new, fen_new)
    ]
    got = [(c.key, c.row, c.before, c.after, c.fen_before, c.fen_after) for c in told.changed]
    assert sorted(got, key=str) == sorted(expected, key=str)


@given(rng=drawn)
@settings(max_examples=15)
def test_a_preview_counts_and_finds_who_misses_by_one_condition(rng: random.Random) -> None:
    made = corpus.corpus(rng, items=3, rows=70)
    expected = walked(made)
    table = columns_of(made.table(), made.book.facts)
    for n, item in enumerate(made.book.items):
        found = preview(item, table, made.params, support.AT, derived=made.book.derived)
        outcomes = [row[n] for row in expected]
        truths = [one.truth for one in outcomes]
        assert found.true == truths.count(Truth.TRUE)
        assert found.unknown == truths.count(Truth.UNKNOWN)
        assert found.false == truths.count(Truth.FALSE)
        assert found.total_fen == sum(one.amount or 0 for one in outcomes)
        near: dict[int, list[int]] = {}
        for row, one in enumerate(outcomes):
            parts = one.outcome.item_truths()
            misses = [i for i, truth in enumerate(parts) if truth is not Truth.TRUE]
            if len(misses) == 1 and parts[misses[0]] is Truth.FALSE:
                near.setdefault(misses[0], []).append(row)
        assert {missed.item: missed.rows.tolist() for missed in found.near} == near
        for missed in found.near:
            assert missed.gap is None or (missed.gap > 0).all()
