"""Deadlines, explained day by day, for any program."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import ConfigDict

from yishi.foundation.calendars.presentation import explain_deadline
from yishi.foundation.ui.api_errors import Fault

router = Router()


class LimitOut(Schema):
    """A limit as it was read from official wording."""

    text: str
    amount: int
    unit: str
    unit_label: str
    profile: str
    count_mode: str


class CalendarOut(Schema):
    """The calendar in force, and the days that are officially published."""

    version: str
    official_from: date
    official_to: date


class DayOut(Schema):
    """One day: what kind it is, and what of it counts (seconds or days, see ``measure``)."""

    date: date
    weekday: str
    kind: str
    kind_label: str
    holiday: str
    provisional: bool
    counted: float
    total: float
    measure: Literal["days", "seconds"]
    counted_text: str
    total_text: str
    remarks: list[str]


class DeadlineOut(Schema):
    """A deadline with every day explained; no due time while a pause has no end."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "start": "2026-03-02T09:00:00+08:00",
                "limit": {
                    "text": "4工作时",
                    "amount": 4,
                    "unit": "working_hour",
                    "unit_label": "工作时",
                    "profile": "events",
                    "count_mode": "exclusive",
                },
                "due_at": "2026-03-02T15:00:00+08:00",
                "due_day": "2026-03-02",
                "due_text": "2026-03-02 15:00",
                "warn_at": "2026-03-02T14:12:00+08:00",
                "provisional": False,
                "paused": False,
                "earliest_due_at": "2026-03-02T15:00:00+08:00",
                "rolled_days": 0,
                "calendar": {
                    "version": "2026",
                    "official_from": "2026-01-01",
                    "official_to": "2026-12-31",
                },
                "lines": [
                    {
                        "date": "2026-03-02",
                        "weekday": "星期一",
                        "kind": "working",
                        "kind_label": "工作日",
                        "holiday": "",
                        "provisional": False,
                        "counted": 14400,
                        "total": 14400,
                        "measure": "seconds",
                        "counted_text": "4 小时",
                        "total_text": "4 小时",
                        "remarks": ["到期"],
                    }
                ],
            }
        }
    )

    start: datetime
    limit: LimitOut
    due_at: datetime | None
    due_day: date | None
    due_text: str
    warn_at: datetime | None
    provisional: bool
    paused: bool
    earliest_due_at: datetime
    rolled_days: int
    calendar: CalendarOut
    lines: list[DayOut]


@router.get(
    "",
    response={200: DeadlineOut, 422: Fault},
    operation_id="get_deadline",
    summary="计算并逐日说明期限",
)
def deadline(
    request: HttpRequest,
    start: str,
    limit: str,
    pause: list[str] = Query(default=[]),  # type: ignore[type-arg]  # noqa: B008
) -> dict[str, Any]:
    """When *limit* (official wording, 5工作日) from *start* (ISO time) ends, and why.

    Each *pause* is two ISO times or dates joined by ``..``.
    """
    return explain_deadline(start, limit, pause)
