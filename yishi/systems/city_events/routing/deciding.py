"""Who gets a case, and why: by a row of the routing table, else by the function of its type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import Away, Place, Responsibility
from yishi.systems.city_events.catalogue.types import CHINA, EventType
from yishi.systems.city_events.lifecycle.common import from_level
from yishi.systems.city_events.routing.table import Question, Row, Table


@dataclass(frozen=True, slots=True)
class Routed:
    """The unit (None: nobody), the steps of the reason, and the key of the row that decided."""

    unit_id: int | None
    reason: list[str] = field(default_factory=list)
    row: str = ""


def route(
    question: Question,
    kind: EventType,
    place: Place,
    owner: str | None,
    table: Table,
    register: Register,
    calendar: Calendar,
    away: Mapping[int, Away],
) -> Routed:
    """Components go to their owner first, events to the territory (部件先属主后属地、事件先属地后属
    主), unless a row says otherwise; a row whose unit or function nobody stands for says nothing.
    """
    day = question.at.astimezone(CHINA).date()
    row = table.pick(question, calendar)
    told: list[str] = []
    if row is not None:
        told.append(f"派单规则 {row.key}：{row.reason.rstrip('。')}（依据：{row.source}）。")
        found, steps = _by_row(row, kind, place, owner, register, day, away)
        if found is not None:
            return Routed(found.unit_id, told + steps, row.key)
        told += [*steps, "规则指定的单位目前无法承办，改按类别的职能查找。"]
    by_type = register.responsible(
        kind.function,
        from_level(place, kind.level),
        order=kind.order,
        owner=owner,
        at=day,
        away=away,
    )
    if by_type is None:
        return Routed(None, told)
    return Routed(by_type.unit_id, told + by_type.reason)


def _by_row(
    row: Row,
    kind: EventType,
    place: Place,
    owner: str | None,
    register: Register,
    day: date,
    away: Mapping[int, Away],
) -> tuple[Responsibility | None, list[str]]:
    if row.unit:
        return register.named(row.unit, at=day, away=away)
    if row.function not in register.functions:
        return None, [f"职能 {row.function} 已不在职能表中。"]
    found = register.responsible(
        row.function,
        from_level(place, row.level),
        order=kind.order,
        owner=owner,
        at=day,
        away=away,
    )
    return found, (found.reason if found else [])
