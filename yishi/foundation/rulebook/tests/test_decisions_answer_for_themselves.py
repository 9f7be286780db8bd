"""A stored decision re-evaluates to its outcome and its reasons, and a forged one does not."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation import revisions
from yishi.foundation.rulebook.content import content_of, rule_from_content
from yishi.foundation.rulebook.decisions import explain, reconstruct, verify
from yishi.foundation.rulebook.models import Decision, DecisionRow, decision_row
from yishi.foundation.rulebook.rules import evaluate
from yishi.foundation.rulebook.seed import load_city
from yishi.foundation.rulebook.store import rulebook
from yishi.foundation.rulebook.tests import support

XIANGYANG = Path(settings.BASE_DIR) / "cities" / "xiangyang"
GOOD: dict[str, Any] = {
    "type_known": True,
    "type_auto": True,
    "standard_known": True,
    "place_certain": True,
    "place_in_city": True,
    "description_conflicts": False,
    "channel": "camera",
    "confidence": Decimal("0.93"),
    "type_by_text": False,
}


def _stored(row: DecisionRow) -> DecisionRow:
    """The row as it comes back from JSON columns."""
    return replace(
        row,
        facts=json.loads(json.dumps(row.facts)),
        parameters=json.loads(json.dumps(row.parameters)),
        conditions=json.loads(json.dumps(row.conditions)),
    )


@given(st.integers(0, 2**32))
def test_stored_facts_give_the_same_outcome_and_reasons(seed: int) -> None:
    rng = random.Random(seed)
    rule, params = support.rule(rng, "test.rule")
    outcome = evaluate(rule, support.row(rng), params, support.AT)
    stored = _stored(decision_row(outcome, "case", 1, "system", support.AT))
    later = rule_from_content(json.loads(json.dumps(content_of(rule))))
    assert verify(stored, later) == []
    assert reconstruct(stored, later).reasons() == outcome.reasons()
    assert reconstruct(stored, later).reasons("en") == outcome.reasons("en")


@given(st.integers(0, 2**32))
def test_a_forged_decision_does_not_verify(seed: int) -> None:
    rng = random.Random(seed)
    rule, params = support.rule(rng, "test.rule")
    outcome = evaluate(rule, support.row(rng), params, support.AT)
    row = _stored(decision_row(outcome, "case", 1, "system", support.AT))
    other = {"true": "false", "false": "unknown", "unknown": "true"}
    assert verify(replace(row, outcome=other[row.outcome]), rule)
    key = rng.choice(sorted(row.conditions))
    flipped = "true" if row.conditions[key] != "true" else "false"
    assert verify(replace(row, conditions={**row.conditions, key: flipped}), rule)
    assert verify(replace(row, conditions={**row.conditions, "made_up": "true"}), rule)
    assert verify(replace(row, rule_hash="sha256:0"), rule)


def test_a_decision_is_not_stored_with_another_moment() -> None:
    rule, params = support.rule(random.Random(1), "test.rule")
    outcome = evaluate(rule, {}, params, support.AT)
    with pytest.raises(ValueError, match="moment"):
        decision_row(outcome, "case", 1, "system", support.AT + timedelta(seconds=1))


def test_only_the_facts_that_the_rule_names_are_kept() -> None:
    rule, params = support.rule(random.Random(1), "test.rule")
    outcome = evaluate(rule, {"phone": "13800000000"}, params, support.AT)
    row = decision_row(outcome, "case", 1, "system", support.AT)
    assert set(row.facts) == set(rule.facts)
    assert set(row.facts.values()) == {None}
    assert tuple(row.as_row()) == DecisionRow.columns


@pytest.mark.django_db
class TestCityEvents:
    """The rules that file and dispatch city events by themselves."""

    @pytest.fixture(autouse=True)
    def _loaded(self) -> None:
        revisions.forget()
        load_city(XIANGYANG, now=datetime(2026, 5, 8, tzinfo=UTC))

    def _decide(self, **changes: Any) -> Decision:
        outcome = rulebook().decide("city_events.auto_file", {**GOOD, **changes}, support.AT)
        row = decision_row(outcome, "case", 42, "system", support.AT)
        Decision.objects.create(**row.as_row())
        return Decision.objects.latest("id")

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, "true"),
            ({"confidence": Decimal("0.85")}, "true"),
            ({"confidence": Decimal("0.8499")}, "false"),
            ({"confidence": None}, "unknown"),
            ({"confidence": None, "channel": "hotline"}, "true"),
            ({"confidence": None, "place_certain": False}, "false"),
            ({"place_certain": None}, "unknown"),
            ({"description_conflicts": True}, "false"),
            ({"type_by_text": True, "text_confidence": Decimal("0.7")}, "true"),
            ({"type_by_text": True, "text_confidence": Decimal("0.6999")}, "false"),
            ({"type_by_text": True}, "unknown"),
            ({"channel": None, "confidence": None}, "unknown"),
        ],
    )
    def test_automatic_filing(self, changes: dict[str, Any], expected: str) -> None:
        decision = self._decide(**changes)
        assert decision.outcome == expected
        assert verify(decision) == []

    def test_why_is_told_from_what_was_stored(self) -> None:
        lines = [str(line) for line in explain(self._decide(confidence=Decimal("0.8")))]
        assert lines[0].startswith("✗ 自动立案（示意） city_events.auto_file 第 1 版：不成立")
        place = lines.index("    ✗ 识别置信度 0.8 < 0.85  [第五条]")
        assert lines[place - 1] == (
            "    ✗ 上报渠道 视频识别 属于（智能识别、视频识别、物联感知）  [第五条]"
        )
        assert "illustrative" in str(explain(self._decide(), "en")[0])

    def test_a_stored_decision_cannot_be_changed(self) -> None:
        self._decide()
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.update(outcome="false")
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.all().delete()
