"""A changed rule replays past decisions before it goes live, and nothing is written by it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.conf import settings

from yishi.foundation import revisions
from yishi.foundation.rulebook.commands import rules as command
from yishi.foundation.rulebook.models import Decision, RuleVersion, decision_row
from yishi.foundation.rulebook.rehearsal import rehearse_file
from yishi.foundation.rulebook.seed import load_city
from yishi.foundation.rulebook.store import rulebook
from yishi.foundation.rulebook.tests.support import AT
from yishi.foundation.rulebook.tests.test_decisions_answer_for_themselves import GOOD, XIANGYANG

pytestmark = pytest.mark.django_db
FILE = Path(settings.BASE_DIR) / "cities/xiangyang/rules/city_events.yaml"


@pytest.fixture(autouse=True)
def _history() -> None:
    """Ten camera reports with confidences 0.80 … 0.98 and one by telephone."""
    revisions.forget()
    load_city(XIANGYANG, now=datetime(2026, 5, 8, tzinfo=UTC))
    book = rulebook()
    reports: list[dict[str, Any]] = [
        {"confidence": Decimal(80 + 2 * n) / 100, "channel": "camera"} for n in range(10)
    ]
    reports.append({"channel": "hotline", "confidence": None})
    for n, report in enumerate(reports):
        outcome = book.decide("city_events.auto_file", {**GOOD, **report}, AT)
        row = decision_row(outcome, "case", n, "system", AT)
        Decision.objects.create(**row.as_row())


def _changed(folder: Path, *pairs: tuple[str, str]) -> Path:
    text = FILE.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "changed.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_rule_in_force_changes_nothing() -> None:
    results = {placed.value.key: result for placed, result in rehearse_file(FILE)}
    filed = results["city_events.auto_file"]
    assert filed.total == 11
    assert filed.differing == 0
    assert dict(filed.counts) == {("true", "true"): 8, ("false", "false"): 3}


def test_a_higher_threshold_shows_who_would_come_out_differently(tmp_path: Path) -> None:
    before = list(Decision.objects.order_by("id").values()), RuleVersion.objects.count()
    path = _changed(tmp_path, ("value: 0.85", "value: 0.91"))
    placed, result = next(iter(rehearse_file(path)))
    assert placed.value.key == "city_events.auto_file"
    assert dict(result.counts) == {
        ("true", "true"): 5,
        ("true", "false"): 3,
        ("false", "false"): 3,
    }
    assert [one.decision.subject_id for one in result.changed] == [3, 4, 5]
    against = result.changed[0].after.against()
    assert against.endswith("且识别置信度 0.86 < 0.91"), against
    assert (list(Decision.objects.order_by("id").values()), RuleVersion.objects.count()) == before


def test_facts_that_history_never_asked_for_are_counted_apart(tmp_path: Path) -> None:
    path = _changed(
        tmp_path,
        ("facts:\n", "facts:\n  photos: {type: int, label: 照片张数}\n"),
        ("    when:\n", "    when:\n      - {fact: photos, is: ge, value: 1}\n"),
    )
    _, result = next(iter(rehearse_file(path)))
    assert (result.absent, dict(result.absent_facts)) == (8, {"photos": 8})
    assert dict(result.counts) == {("false", "false"): 3}


def test_what_cannot_be_replayed_is_reported(tmp_path: Path) -> None:
    path = _changed(
        tmp_path,
        ("type: text\n    label: 上报渠道", "type: set\n    label: 上报渠道"),
        ("is: not_in, value: [camera, sensor, ai]", "is: contains_any, value: [hotline]"),
    )
    _, result = next(iter(rehearse_file(path)))
    assert (result.total, result.unreadable, sum(result.counts.values())) == (11, 11, 0)


def test_the_command_line_checks_explains_and_rehearses(tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(command, list(arguments), obj=lambda: None)
        return result.exit_code, result.output

    assert run("check", str(FILE))[0] == 0
    broken = _changed(tmp_path, ("value: 0.85", "value: 2026-01-01"))
    code, text = run("check", str(broken))
    assert code == 1
    assert "parameters.auto_confidence" in text
    path = _changed(tmp_path, ("value: 0.85", "value: 0.91"))
    code, text = run("rehearse", str(path), "--show", "1")
    assert code == 0
    assert "11 decisions, 3 differ" in text
    assert text.count("case ") == 1
    code, text = run("explain", str(Decision.objects.earliest("id").pk))
    assert code == 0
    assert "识别置信度 0.8 < 0.85" in text
    assert run("explain", "0")[0] == 1
    assert run("load", str(XIANGYANG))[1] == "rulebook: unchanged\n"
