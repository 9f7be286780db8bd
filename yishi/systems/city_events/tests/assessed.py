"""Cases as the metrics of §S2.6 see them, stored without a history."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.cases.models import Case, CatalogueVersion, Clock, Exemption
from yishi.systems.city_events.assessment.periods import MONTH, period_of
from yishi.systems.city_events.assessment.reading import (
    NOTHING,
    Count,
    Span,
    count_cases,
)

_ids = itertools.count(1)
MARCH = period_of(MONTH, date(2026, 3, 1))
LEADER = Actor("user", "user:0", "测试", (ActorGrant("duty_leader", None, "4206"),), 1)
HERE, THERE = "4206/420606/420606007", "4206/420602/420602001"


def span(period: Any = MARCH, actor: Actor = LEADER, **more: Any) -> Span:
    return Span(actor, period, **more)


@dataclass
class Made:
    """A case as a test wants it: days count from 1 March 2026, 00:00."""

    received: float = 0
    due: float | None = 5
    closed: float | None = None
    late: bool = False
    state: str = "handling"
    urgent: bool = False
    returns: int = 0
    rework: int = 0
    fake: int = 0
    round: int = 1
    extensions: int = 0
    channel: str = "portal"
    reason: str = ""
    exempt: bool = False
    path: str = HERE

    @property
    def stage(self) -> str:
        return {
            "reported": "collect",
            "filed": "file",
            "handling": "handle",
            "suspended": "suspend",
            "closed": "evaluate",
            "voided": "void",
        }[self.state]


def when(days: float) -> datetime:
    return MARCH.start + timedelta(days=days)


def store(made: Iterable[Made]) -> list[Case]:
    """The cases with their handling clocks, without going through the moves."""
    catalogue = CatalogueVersion.objects.order_by("id").last()
    rows, clocks, wanted = [], [], list(made)
    for one in wanted:
        n = next(_ids)
        done = one.state == "closed"
        data: dict[str, Any] = {"channel": one.channel, "urgent": one.urgent}
        data |= {"returns": one.returns, "rework": one.rework, "round": one.round}
        data |= {"fake": one.fake}
        if one.reason:
            data["reason_code"] = one.reason
        if one.due is not None:
            data["dispatched_at"] = when(one.received).isoformat()
        case = Case(
            number=f"T{n}", system="city_events", type_key="event/01/10", catalogue=catalogue,
            subject="测试", division="420606007", managed_path=one.path, state=one.state,
            stage=one.stage, timeliness=("late" if one.late else "on_time") if done else "",
            received_at=when(one.received), received_on=when(one.received).date(),
            closed_at=when(one.closed) if one.closed is not None else None,
            data=data, trace_length=1,
        )  # fmt: skip
        rows.append(case)
        if one.due is not None:
            clocks.append((case, one))
    Case.objects.bulk_create(rows)
    Clock.objects.bulk_create(
        Clock(
            case=case, kind="handling", limit_text="4工作时", profile="events",
            calendar_version="", started_at=when(one.received), due_at=when(one.due or 0),
            warn_at=when(one.due or 0), extensions=one.extensions,
            paused_at=when(one.received) if one.state == "suspended" else None,
            stopped_at=when(one.closed or 0) if one.state == "closed" else None,
            late=one.late if one.state == "closed" else None,
        )
        for case, one in clocks
    )  # fmt: skip
    Exemption.objects.bulk_create(
        Exemption(case=case, round=one.round, reason="nature", actor_ref="user:0", at=when(50))
        for case, one in zip(rows, wanted, strict=True)
        if one.exempt
    )
    return rows


def numbers(period: Any = MARCH, **more: Any) -> Count:
    return count_cases(span(period, **more)).get((0, ""), NOTHING)
