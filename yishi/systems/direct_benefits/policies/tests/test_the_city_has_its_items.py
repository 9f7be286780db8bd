"""What the demo city's folder must hold: many distinct items, each with examples that come true."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date

from yishi.foundation.rulebook import amounts
from yishi.foundation.rulebook.engine import missing
from yishi.foundation.rulebook.outcome import Truth
from yishi.systems.direct_benefits.policies.examples import outcome_of
from yishi.systems.direct_benefits.policies.folder import book_of, read_folder
from yishi.systems.direct_benefits.policies.model import BenefitItem, Example
from yishi.systems.direct_benefits.policies.tests.support import POLICIES, city


def _item(key: str) -> BenefitItem:
    return next(item for item in city().items if item.key == key)


def _example(key: str, wanted: str) -> Example:
    return next(one for one in _item(key).examples if wanted in one.why)


def test_there_are_305_items_in_18_files_and_more() -> None:
    items = city().items
    assert len(items) >= 305
    assert len(city().files) >= 18
    assert len(city().items_on(date(2026, 11, 29))) >= 305
    assert len({item.key for item in items}) == len(items)
    assert all(policy.illustrative for policy in city().policies)


def test_no_item_is_another_with_a_new_name() -> None:
    """Conditions and amount together tell each item from every other."""
    seen: dict[object, str] = {}
    for item in city().items:
        amount = None if item.amount is None else str(amounts.content_of(item.amount))
        same = (str(item.rule.items), item.region, amount, item.right)
        assert same not in seen, f"{item.key} = {seen[same]}"
        seen[same] = item.key


def test_every_mode_kind_level_and_bearer_is_there() -> None:
    items = city().items
    assert {item.mode for item in items} == {"direct", "quick", "promise"}
    assert {item.kind for item in items} == {"award", "reduction", "right", "qualification"}
    assert {item.period for item in items} >= {"year", "quarter", "once"}
    assert min(Counter(item.fiscal for item in items).values()) >= 30
    assert {item.stack.rule for item in items if item.stack} == {
        "highest_less_paid",
        "exclusive",
        "sum",
    }
    counties = {item.region for item in items if item.region != "4206"}
    assert len(counties) >= 10
    assert {item.amount.kind for item in items if item.amount} == {
        "fixed",
        "rate",
        "tiers",
        "per_unit",
    }


def test_every_example_has_an_outcome_and_some_are_unknown() -> None:
    truths = Counter(one.expect for item in city().items for one in item.examples)
    assert truths[Truth.TRUE] >= 305
    assert truths[Truth.FALSE] >= 305
    assert truths[Truth.UNKNOWN] >= 30


def test_every_declared_fact_is_used() -> None:
    used: set[str] = set()
    for item in city().items:
        used |= set(item.rule.facts) | set(item.amount.facts if item.amount else ())
        used |= {name for one in item.derived for name in one.formula.facts}
    words = city().declared
    assert set(words.facts) - used == set()
    assert set(words.derived) - used == set()
    assert len({fact.source for fact in words.facts.values()}) >= 14


def test_all_of_it_is_read_and_tried_in_three_seconds() -> None:
    city()  # imports and first uses are not the folder's
    began = time.process_time()
    read_folder(POLICIES)
    assert time.process_time() - began < 3


def test_s9_a1_to_a8_refunds_to_the_fen() -> None:
    wanted = {
        "15%，30人以下": 720000,
        "5%，不高于": 4080000,
        "方法二为25%": 720000,
        "人数增加": 900000,
    }
    for why, fen in wanted.items():
        assert _example("hr.job_refund_sme", why).amount == fen
    amounts_ = [one.amount for one in _item("hr.job_refund_sme").examples]
    assert 807407 in amounts_
    assert 592593 in amounts_
    assert _example("hr.job_refund_large", "5%").amount == 2040000
    assert _example("hr.job_refund_sme", "30人仍在").expect is Truth.TRUE
    assert _example("hr.job_refund_sme", "31人按").expect is Truth.FALSE
    short = _example("hr.job_refund_sme", "只缴了8个月")
    book = book_of([_item("hr.job_refund_sme")])
    outcome = outcome_of(book, short, city().declared).outcome
    assert outcome.truth is Truth.FALSE
    assert "8 个月 < 12 个月" in outcome.against()


def test_s9_a8b_no_rule_in_force_when_the_parameters_end() -> None:
    day = date(2026, 1, 1)
    without = missing(city().book_on(day), city().params_on(day))
    assert "refund_rate_sme" in without["hr.job_refund_sme"]
    assert set(without) == {"hr.job_refund_sme", "hr.job_refund_large", "hr.job_refund_dispatch"}
    assert missing(city().book_on(date(2025, 12, 31)), city().params_on(date(2025, 12, 31))) == {}


def test_s9_a14_interest_by_days_over_365() -> None:
    assert _item("science.tech_loan").examples[0].amount == 2005479


def test_s9_a16_a_stale_head_count_is_unknown() -> None:
    stale = _example("hr.job_refund_sme", "超过31天")
    book = book_of([_item("hr.job_refund_sme")])
    assert outcome_of(book, stale, city().declared).truth is Truth.UNKNOWN
