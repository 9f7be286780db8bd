"""What a reporter sees of the own case: steps, who has it, until when. Never names of persons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.tracking import tracking_hash
from yishi.foundation.cases.models import Case, Evaluation, Trace
from yishi.systems.city_events.lifecycle import MOVES, STAGES, STATES
from yishi.systems.city_events.models import Report

#: Moves that a reporter is told about; inner steps of the offices stay inside.
TOLD = frozenset(
    {
        "receive",
        "file",
        "request_check",
        "reject",
        "exclude",
        "withdraw",
        "dispatch",
        "sign",
        "finish",
        "confirm",
        "forward",
        "report_verification",
        "rework",
        "close",
        "reopen",
        "grant_extension",
        "ruling",
        "grant_suspension",
        "resume",
        "end_suspension",
        "grant_forced_close",
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the progress: when, what, and by which unit where it says so."""

    at: datetime
    label: str
    unit_id: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """A case as its reporter sees it."""

    actor: Actor
    report: Report
    case: Case
    state: str
    stage: str
    steps: list[Step]
    rated: bool

    @property
    def may_rate(self) -> bool:
        """Closed and not rated since."""
        return self.case.state == "closed" and not self.rated


def track(code: str) -> Progress | None:
    """The progress behind a tracking code, or ``None`` (3 statements)."""
    report = _reports().filter(tracking_hash=tracking_hash(code)).first()
    return None if report is None else progress_of(report)


def track_report(report_id: int) -> Progress | None:
    """The progress of a report whose code was shown before (the caller knows), or ``None``."""
    report = _reports().filter(pk=report_id).first()
    return None if report is None else progress_of(report)


def _reports() -> Any:
    reason = "the tracking code is the permission"
    return Report.objects.unscoped(reason).select_related("case", "case__unit")


def progress_of(report: Report) -> Progress:
    """What the reporter of *report* sees (2 statements)."""
    case = report.case
    actor = Actor(
        kind="reporter",
        ref=f"report:{report.pk}",
        name="上报人",
        own_cases=frozenset({case.pk}),
    )
    traces = Trace.objects.visible_to(actor).filter(case=case, move__in=TOLD).order_by("seq")
    rated = Evaluation.objects.visible_to(actor).filter(
        case=case, rater_ref=actor.ref, round=case.data.get("round", 1)
    )
    return Progress(
        actor=actor,
        report=report,
        case=case,
        state=STATES[case.state].label,
        stage=STAGES[case.stage],
        steps=[
            Step(row.at, MOVES[row.move].label, orjson.loads(bytes(row.body)).get("unit"))
            for row in traces
        ],
        rated=rated.exists(),
    )
