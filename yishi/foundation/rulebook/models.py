"""Dated, immutable rule versions; dated parameters; and every automatic decision with its facts.

``area`` is the prefix of managed paths where a row is in force, '' everywhere; the longest prefix
wins. ``effective_to`` is the last day in force (inclusive, Asia/Shanghai), null is open. The
database keeps periods of one key (or name) and area from overlapping, and refuses to change or
delete a published version: only its end may be set.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

from yishi.foundation.rulebook.facts import facts_to_json, to_json
from yishi.foundation.rulebook.outcome import STATE_NAMES, Outcome


def _days() -> Func:
    return Func(
        "effective_from",
        "effective_to",
        models.Value("[]"),
        function="daterange",
    )


class RuleVersion(models.Model):
    """One published version of a rule; ``content`` as `content.content_of`, hashed canonically."""

    key = models.CharField(_("规则"), max_length=120)
    version = models.PositiveIntegerField(_("版本"))
    content = models.JSONField(_("内容"))
    hash = models.CharField(max_length=80)
    effective_from = models.DateField(_("生效日期"))
    effective_to = models.DateField(_("失效日期"), null=True)
    area = models.CharField(_("适用范围"), max_length=200, blank=True)
    document = models.CharField(_("发文依据"), max_length=300, blank=True)
    illustrative = models.BooleanField(_("示意"), default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["key", "version"], name="rule_version_once"),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=models.F("effective_from")),
                name="rule_version_period",
            ),
            ExclusionConstraint(
                name="rule_version_no_overlap",
                expressions=[
                    ("key", RangeOperators.EQUAL),
                    ("area", RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"


class Parameter(models.Model):
    """The value of a parameter in a period; ``value`` in the stored form of its ``type``."""

    name = models.CharField(_("参数"), max_length=64)
    declaration = models.JSONField(_("声明"))
    value = models.JSONField(_("值"))
    effective_from = models.DateField(_("生效日期"))
    effective_to = models.DateField(_("失效日期"), null=True)
    area = models.CharField(_("适用范围"), max_length=200, blank=True)
    document = models.CharField(_("发文依据"), max_length=300, blank=True)
    illustrative = models.BooleanField(_("示意"), default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=models.F("effective_from")),
                name="parameter_period",
            ),
            ExclusionConstraint(
                name="parameter_no_overlap",
                expressions=[
                    ("name", RangeOperators.EQUAL),
                    ("area", RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.effective_from}"


class Decision(models.Model):
    """One automatic decision: which rule, what it saw, how each condition came out.

    ``facts`` holds exactly the facts the rule names (null: missing; {"value", "as_of"}: dated),
    ``parameters`` the parameter values in force, ``conditions`` the state of each condition by key
    (true, false, or why unknown: missing, stale, undated, nan, no_parameter).
    """

    rule_key = models.CharField(max_length=120)
    rule_version = models.PositiveIntegerField()
    rule_hash = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    at = models.DateTimeField()
    facts = models.JSONField()
    parameters = models.JSONField()
    conditions = models.JSONField()
    outcome = models.CharField(max_length=7)
    actor_ref = models.CharField(max_length=80)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(outcome__in=["true", "false", "unknown"]),
                name="decision_outcome",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject_kind", "subject_id"], name="decision_subject"),
            models.Index(fields=["rule_key", "at"], name="decision_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_key} v{self.rule_version}: {self.outcome}"


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision as plain values, for whoever writes it together with what it decided."""

    rule_key: str
    rule_version: int
    rule_hash: str
    subject_kind: str
    subject_id: int
    at: datetime
    facts: dict[str, Any]
    parameters: dict[str, Any]
    conditions: dict[str, str]
    outcome: str
    actor_ref: str

    #: The columns of `Decision` that a writer names, in the order of `as_row`.
    columns: ClassVar[tuple[str, ...]] = (
        "rule_key",
        "rule_version",
        "rule_hash",
        "subject_kind",
        "subject_id",
        "at",
        "facts",
        "parameters",
        "conditions",
        "outcome",
        "actor_ref",
    )

    def as_row(self) -> dict[str, Any]:
        """Values by column; JSON columns are plain JSON values."""
        return {name: getattr(self, name) for name in self.columns}


def decision_row(
    outcome: Outcome, subject_kind: str, subject_id: int, actor_ref: str, at: datetime
) -> DecisionRow:
    """*outcome* as the row to store. *at* must be the moment it was evaluated at.

    Raises:
        ValueError: when *at* is another moment: the stored facts would not re-evaluate.
    """
    if at != outcome.at:
        raise ValueError("a decision is stored with the moment it was evaluated at")
    rule = outcome.rule
    return DecisionRow(
        rule_key=rule.key,
        rule_version=rule.version,
        rule_hash=rule.hash,
        subject_kind=subject_kind,
        subject_id=subject_id,
        at=at,
        facts=facts_to_json(outcome.facts, rule.facts.values()),
        parameters=parameters_to_json(outcome),
        conditions={
            condition.key: STATE_NAMES[state]
            for (_, condition), state in zip(rule.flat, outcome.states, strict=True)
        },
        outcome=outcome.truth.value,
        actor_ref=actor_ref,
    )


def parameters_to_json(outcome: Outcome) -> dict[str, Any]:
    """The stored form of the parameter values that *outcome*'s rule names (null: none in force)."""
    return {name: to_json(outcome.params.get(name)) for name in outcome.rule.parameters}
