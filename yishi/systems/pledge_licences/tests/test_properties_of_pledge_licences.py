"""What must hold whatever is drawn: lots, texts, supervision, premises, days of bars."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.systems.pledge_licences.catalogue.model import (
    Level,
    Rule,
    Section,
    Supervision,
    Term,
    TextVersion,
)
from yishi.systems.pledge_licences.services import bars
from yishi.systems.pledge_licences.services.beginning import premises_key
from yishi.systems.pledge_licences.services.lottery import Ball, pick
from yishi.systems.pledge_licences.services.texts import fill

LEVELS = {
    "key": Level("key", "重点", 1.0, 4, 1),
    "normal": Level("normal", "一般", 0.2, 1, 3),
    "light": Level("light", "从简", 0.05, 1, 4),
}
_balls = st.lists(
    st.builds(
        Ball, st.integers(1, 10**6).map(lambda n: f"XYCN{n:08d}"), st.sampled_from(list(LEVELS))
    ),
    max_size=300,
    unique_by=lambda ball: ball.number,
)


@given(_balls, st.text(min_size=4, max_size=20), st.randoms())
def test_the_same_seed_draws_the_same_whoever_mixes_the_drum(
    balls: list[Ball], seed: str, rng: Any
) -> None:
    mixed = list(balls)
    rng.shuffle(mixed)
    assert sorted(pick(balls, LEVELS, seed), key=lambda b: b.number) == sorted(
        pick(mixed, LEVELS, seed), key=lambda b: b.number
    )


@given(_balls, st.text(min_size=4, max_size=20))
def test_a_level_gives_its_share_and_nobody_twice(balls: list[Ball], seed: str) -> None:
    drawn = pick(balls, LEVELS, seed)
    assert len({ball.number for ball in drawn}) == len(drawn)
    for key, level in LEVELS.items():
        size = sum(ball.level == key for ball in balls)
        count = sum(ball.level == key for ball in drawn)
        assert abs(count - size * level.share * level.times / 12) < 1


@given(st.integers(0, 9), st.integers(0, 9))
def test_another_seed_is_another_lot_and_all_are_drawn_in_time(first: int, second: int) -> None:
    balls = [Ball(f"XYCN{n:08d}", "normal") for n in range(600)]
    one, two = (pick(balls, LEVELS, f"seed{n}") for n in (first, second))
    assert (one == two) == (first == second)


_braces = st.text(alphabet="{}holderpremises 甲乙", max_size=30)


@given(_braces, _braces)
def test_values_are_never_read_as_placeholders_again(holder: str, premises: str) -> None:
    text = TextVersion(
        "notice",
        "notice",
        1,
        date(2026, 1, 1),
        "告知书",
        (Section("", "{holder}在{premises}", "conditions"),),
        "0" * 64,
    )
    shown = fill(text, {"holder": holder, "premises": premises}, {"conditions": [holder]})
    assert shown.parts[0].text == f"{holder}在{premises}"
    assert shown.parts[0].lines == (holder,)


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.integers(0, 5)), st.integers(0, 5))
def test_the_first_rule_that_holds_wins_and_unknown_facts_never_hold(
    facts: dict[str, int], least: int
) -> None:
    rules = (
        Rule("one", "key", "", (Term("a", "gte", str(least)),)),
        Rule("two", "normal", "", (Term("b", "is_true"),)),
    )
    book = Supervision({}, LEVELS, rules, Rule("default", "light", "", ()))
    got = book.decide(facts).key
    if facts.get("a") is not None and facts["a"] >= least:
        assert got == "one"
    elif facts.get("b"):
        assert got == "two"
    else:
        assert got == "default"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("示意路1号", "示意路１号", True),
        ("示意路 1 号", "示意路1号", True),
        ("示意路1号A座", "示意路1号a座", True),
        ("示意路1号（东）", "示意路1号(东)", True),
        ("示意路1号", "示意路11号", False),
    ],
)
def test_premises_written_alike_are_one(one: str, other: str, same: bool) -> None:
    assert (premises_key("420606007", one) == premises_key("420606007", other)) is same
    assert premises_key("420606007", one) != premises_key("420606008", one)


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_a_bar_of_three_years_ends_on_the_day_of_the_same_number(day: date) -> None:
    last = bars.last_day(day, bars.AFTER_GRANT)
    assert last.year == day.year + 3 and last.month == day.month
    assert last.day == day.day or (day.month, day.day) == (2, 29)
