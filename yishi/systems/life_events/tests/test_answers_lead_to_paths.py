"""Every answer leads somewhere; paths are told apart by items and papers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.approvals.catalogue.conditions import Term
from yishi.foundation.rulebook.comparing import Operator
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.catalogue.model import Question, Theme, ThemeItem
from yishi.systems.life_events.tests.books import book, item, wanted

YES = Term("first", Operator.IS_TRUE)
BIG = Term("size", Operator.EQ, "big")
STOCK = book(
    item("always", papers=[wanted("plan", when=(BIG,)), wanted("paper")]), item("sometimes")
)


def theme(*questions: Question, items: tuple[ThemeItem, ...]) -> Theme:
    return Theme(
        "t", "主题", "person", "教育", "education", "county", "示意", tuple(questions), items
    )


FIRST = Question("first", "是吗？")
SIZE = Question("size", "多大？", {"small": "小", "big": "大"}, (YES,))
ONE = theme(FIRST, SIZE, items=(ThemeItem("always"), ThemeItem("sometimes", (BIG,))))


def test_a_question_is_asked_only_where_the_answers_lead_to_it() -> None:
    assert [q.key for q in routes.asked(ONE, {})] == ["first"]
    assert [q.key for q in routes.asked(ONE, {"first": True})] == ["first", "size"]
    assert [q.key for q in routes.asked(ONE, {"first": False, "size": "big"})] == ["first"]
    assert routes.settled(ONE, {"first": False, "size": "big"}) == {"first": False}


def test_an_answer_that_was_not_given_includes_nothing() -> None:
    assert routes.route(ONE, {"first": False}, STOCK).items == ("always",)


def test_papers_that_depend_on_answers_tell_paths_apart() -> None:
    assert len(list(routes.all_answers(ONE))) == 3
    found = routes.paths(ONE, STOCK)
    assert [(way.items, len(way.papers)) for way in found] == [
        (("always",), 1),
        (("always", "sometimes"), 2),
    ]
    assert [w.material for w in routes.undecided(STOCK.items["always"], {})] == ["plan"]


def test_too_many_answers_are_refused() -> None:
    many = [Question(f"q{n}", f"{n}？", {f"c{m}": str(m) for m in range(12)}) for n in range(5)]
    with pytest.raises(routes.TooMany):
        list(routes.all_answers(theme(*many, items=(ThemeItem("always"),))))


@given(st.integers(1, 4), st.integers(2, 5))
def test_all_answers_are_all_combinations(questions: int, options: int) -> None:
    asked = [
        Question(f"q{n}", f"{n}？", {f"c{m}": str(m) for m in range(options)})
        for n in range(questions)
    ]
    found = list(routes.all_answers(theme(*asked, items=(ThemeItem("always"),))))
    assert len(found) == options**questions
    assert len({tuple(sorted(one.items())) for one in found}) == len(found)


def test_items_that_wait_for_each_other_are_a_circle() -> None:
    with pytest.raises(routes.Circle, match="a → b → a"):
        routes.in_order({"a": ["b"], "b": ["a"]})
