"""A formula is refused where it could mislead, with the column; it runs no code, reads nothing."""

from __future__ import annotations

import random
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.foundation.rulebook.errors import RuleError
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.formulas import derived_from, parse
from yishi.foundation.rulebook.tests import corpus, support

REFUSED = {
    # unknown to become an amount
    "COALESCE(staff, 0)": "第 1 列",
    "IFNULL(staff, 0)": "第 1 列",
    "NVL(staff, 0)": "第 1 列",
    "NULLIF(staff, 0)": "第 1 列",
    "staff IS NULL": "第 1 列",
    "known IS TRUE": "第 1 列",
    "NULL": "NULL",
    "staff <=> 1": "第 1 列",
    "CASE WHEN known THEN 1 END": "ELSE",
    "CASE staff WHEN 1 THEN 2 ELSE 3 END": "CASE",
    # division that could be by zero, or round unsaid
    "staff / 2": "div",
    "staff % 2": "div",
    "staff DIV 2": "语法",
    "div(staff, 0, 2)": "第 12 列：除数为零",
    "div(staff, 2)": "3 个参数",
    "div(staff, 2, staff)": "小数位",
    "div(paid, 2, 2)": "金额以分计",
    "div(staff, paid, 2)": "金额",
    "paid * 0.5": "fen",
    # types
    "since > 5": "日期",
    "since = paid": "日期",
    "paid + staff": "金额",
    "paid < staff": "金额",
    "share + staff": "小数",
    "paid * paid": "金额不能乘金额",
    "channel > 'a'": "文字",
    "channel + 1": "文字",
    "known + 1": "是否",
    "known = TRUE": "是否",
    "tags = 'ai'": "集合",
    "NOT staff": "是否",
    "staff AND known": "是否",
    "CASE WHEN known THEN paid ELSE since END": "金额",
    "LEAST(paid, since)": "金额",
    "staff::text": "类型转换",
    "CAST(staff AS DECIMAL)": "cast",
    "DATE '2026-02-30'": "有效的日期",
    "share * share * share * share * share * share * share": "位小数",
    "99999999999999999999": "数字",
    "1e5": "数字",
    # names
    "nobody": "没有名为 nobody",
    "staff.nobody": "点",
    "f(staff)": "没有函数 f",
    "__import__('os').system('id')": "",
    "read_csv('/etc/passwd')": "没有函数",
    "pg_read_file('/etc/passwd')": "没有函数",
    "http_get('http://example.org')": "没有函数",
    "getattr(staff, 'x')": "没有函数",
    "eval('1')": "没有函数",
    # statements
    "(SELECT 1)": "",
    "SELECT 1": "",
    "EXISTS(SELECT 1)": "",
    "staff IN (SELECT 1)": "IN",
    "staff; DROP TABLE facts": "",
    "1; 2": "",
    "staff[0]": "",
    "lambda x: x": "",
    "@x": "",
    "?": "",
    ":x": "",
    "": "公式为空",
    "staff +": "语法",
    "'unfinished": "语法",
    "*": "",
    "x -> x": "",
    "INTERVAL '1' DAY": "",
    "staff AS x": "",
}


@pytest.mark.parametrize("text", REFUSED)
def test_it_is_refused_with_its_reason(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text, corpus.FACTS, corpus.PARAMETERS)
    assert caught.value.field == "formula"
    assert REFUSED[text] in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "(" * 400 + "1" + ")" * 400,
        "NOT " * 400 + "known",
        "-" * 900 + "staff",
        " + ".join(["1"] * 400),
        "1" * 5000,
    ],
)
def test_depth_and_length_end_in_a_refusal(text: str) -> None:
    with pytest.raises(RuleError):
        parse(text, corpus.FACTS, corpus.PARAMETERS)


def test_a_long_chain_is_read() -> None:
    formula = parse(" + ".join(["staff"] * 180), corpus.FACTS, {})
    assert formula.one({"staff": 2}, {}, support.AT) == 360


_WORDS = """
    staff paid share since known tags channel 1 0 2.5 'x' DATE NULL ( ) , + - * / % = <> < CASE WHEN
    THEN ELSE END AND OR NOT IN BETWEEN IS div fen LEAST COALESCE SELECT FROM ; :: . [ ] { } @ ? ->
    || CAST AS INTERVAL EXISTS DISTINCT over partition
"""
_PIECES = st.sampled_from(_WORDS.split())


@given(st.one_of(st.lists(_PIECES, max_size=20).map(" ".join), st.text(max_size=40)))
@settings(max_examples=300)
def test_any_text_is_read_or_refused_and_nothing_else_happens(text: str) -> None:
    try:
        formula = parse(text, corpus.FACTS, corpus.PARAMETERS)
    except RuleError as error:
        assert error.field == "formula"
        return
    for seed in range(3):
        rng = random.Random(seed)
        formula.one(support.row(rng), corpus.params(rng), support.AT)


def test_reading_and_running_touch_no_file_no_network_and_no_code() -> None:
    rng = random.Random(5)
    for kind in ("int", "bool", "text", "date"):  # whatever is imported once has been by now
        corpus.formula(rng, kind).one(support.row(rng), {}, support.AT)
    seen: list[str] = []
    watching = True

    def audit(event: str, arguments: Any) -> None:
        if watching and event.split(".", maxsplit=1)[0] in _ACTIONS:
            seen.append(f"{event} {arguments!r:.80}")

    sys.addaudithook(audit)
    for text in REFUSED:
        try:
            parse(text, corpus.FACTS, corpus.PARAMETERS)
        except RuleError:
            continue
    for _ in range(60):
        made = corpus.formula(rng, rng.choice(["int", "money", "bool", "text", "date"]))
        made.one(support.row(rng), corpus.params(rng), support.AT)
    watching = False
    assert seen == []


_ACTIONS = {"open", "socket", "subprocess", "os", "exec", "compile", "import", "ctypes", "shutil"}


def test_a_derived_fact_has_the_type_and_places_it_declares() -> None:
    facts = corpus.FACTS
    share = Fact("own", FactType.DECIMAL, "占比", scale=2)
    assert derived_from(share, "div(staff, 3, 1)", facts, {}).formula.scale == 2
    with pytest.raises(RuleError, match="位小数"):
        derived_from(share, "div(staff, 3, 4)", facts, {})
    with pytest.raises(RuleError, match="事实为金额"):
        derived_from(Fact("own", FactType.MONEY, "金额"), "staff", facts, {})
    with pytest.raises(RuleError, match="没有名为 own"):
        derived_from(Fact("own", FactType.INT, "自己"), "own + 1", facts, {})
    with pytest.raises(RuleError, match="既是事实又是参数"):
        parse("quota", {**facts, "quota": Fact("quota", FactType.MONEY, "额")}, corpus.PARAMETERS)


def test_derived_facts_in_a_circle_are_refused() -> None:
    from yishi.foundation.rulebook.comparing import Operator
    from yishi.foundation.rulebook.engine import Book, Item
    from yishi.foundation.rulebook.rules import Condition, Rule

    a, b = Fact("a", FactType.INT, "甲"), Fact("b", FactType.INT, "乙")
    known = {**corpus.FACTS, "a": a, "b": b}
    made = [derived_from(a, "b + 1", known, {}), derived_from(b, "a + 1", known, {})]
    rule = Rule("test.circle", (Condition("a", a, Operator.GE, 1),), "循环")
    with pytest.raises(RuleError, match="循环"):
        Book([Item("x", rule)], made)
