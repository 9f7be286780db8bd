"""The automatic decisions about a case, told from what they stored: rule, facts, conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, gettext

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.decisions import Line, explain
from yishi.foundation.rulebook.models import Decision
from yishi.systems.city_events.context import city

TONES = {"true": "good", "false": "warn", "unknown": "neutral"}


@dataclass(frozen=True, slots=True)
class Told:
    """One decision in words. ``tone`` is that of its outcome."""

    at: datetime
    rule: str
    outcome: str
    tone: str
    lines: list[Line]


def decisions(case_id: int, numbers: Mapping[str, int]) -> list[Told]:
    """What rules decided about the case, newest first (1 statement)."""
    rows = Decision.objects.filter(subject_kind="case", subject_id=case_id).order_by("-id")
    return [_told(row, numbers) for row in rows]


def _told(row: Decision, numbers: Mapping[str, int]) -> Told:
    words = {
        "true": gettext("符合"),
        "false": gettext("不符合，转人工"),
        "unknown": gettext("信息不足，转人工"),
    }
    language = "en" if (get_language() or "zh").startswith("en") else "zh"
    name = f"{row.rule_key} v{row.rule_version}"
    try:
        lines = explain(
            row, language, city(numbers).rulebook.version(row.rule_key, row.rule_version)
        )
    except FieldError:  # the version is gone: the page still shows that a rule decided
        lines = []
    head = lines[0].text if lines else f"{name}：{words[row.outcome]}"
    head = head.replace(f" {row.rule_key}", "", 1)  # the page names the rule's key below
    return Told(row.at, name, head, TONES[row.outcome], lines[1:])
