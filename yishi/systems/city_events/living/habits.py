"""Who lives in the simulated city, and what kind of day it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events.catalogue import EventType

#: Reports an hour, by the hour of the local day, as shares of the daily mean.
HOURS = (
    0.2, 0.2, 0.2, 0.2, 0.2, 0.3, 0.7, 1.2, 1.7, 1.7, 1.6, 1.4,
    1.0, 1.2, 1.6, 1.6, 1.6, 1.4, 1.2, 1.0, 0.9, 0.7, 0.5, 0.3,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Day:
    """A kind of day: how many more reports come, how much longer officers take, and which types
    (by words of their names) come up eight times as often."""

    label: str
    reports: float = 1.0
    slowness: float = 1.0
    words: tuple[str, ...] = ()
    #: Share of reports that somebody else soon repeats.
    echoes: float = 0.08
    #: Share of sensor events whose machine is not sure.
    doubt: float = 0.25


DAYS = {
    "ordinary": Day("平常日"),
    "storm": Day("暴雨日", 3.0, 1.6, ("积水", "排水", "雨水", "树", "井盖", "路灯", "塌"), 0.25),
    "heat": Day("高温日", 1.6, 1.2, ("供水", "供电", "垃圾", "烧烤", "噪声", "水管"), 0.12),
    "festival": Day("节假日", 1.4, 1.5, ("占道", "噪声", "烟花", "垃圾", "停车", "店外"), 0.1),
    "short": Day("人手不足", 1.0, 2.6),
    "sensors": Day("设备误报", 1.2, 1.0, (), 0.08, 0.8),
}


@dataclass(frozen=True, slots=True)
class Habit:
    """How somebody works: minutes are multiplied by *pace*; *absent* is the share of steps put off
    to the next hours."""

    pace: float
    absent: float


def habit_of(seed: int, who: str) -> Habit:
    """The same for the same *who* and *seed*: most are steady, some quick, a few slow."""
    rng = Random(f"{seed}/habit/{who}")
    kind = rng.random()
    if kind < 0.2:
        return Habit(rng.uniform(0.4, 0.7), 0.01)
    if kind < 0.85:
        return Habit(rng.uniform(0.8, 1.3), 0.04)
    return Habit(rng.uniform(1.6, 3.0), 0.15)


def who_acts(case: CaseState, role: str) -> str:
    """A name for the habit of whoever makes the next step: a unit, or a county's centre."""
    if role in ("unit_officer", "handler", "collector") and case.unit_id:
        return f"{role}/{case.unit_id}"
    return f"{role}/{'/'.join(case.managed_path.split('/')[:2])}"


def weights_of(types: Sequence[EventType], weights: Sequence[int], day: Day) -> tuple[int, ...]:
    """How often each type comes up on such a day."""
    return tuple(
        weight * (8 if any(word in kind.name for word in day.words) else 1)
        for kind, weight in zip(types, weights, strict=True)
    )


def until_next_report(rng: Random, now: datetime, per_hour: float, day: Day) -> timedelta:
    """The pause before the next report: exponential, by the hour of the day."""
    share = HOURS[now.astimezone(SHANGHAI).hour]
    return timedelta(hours=rng.expovariate(per_hour * share * day.reports))


def echo_of(rng: Random, raw: dict[str, Any]) -> dict[str, Any]:
    """The same thing, told by somebody else in other words."""
    words = rng.choice(("我也看到了：{}", "同一个地方，{}", "{}（再次反映）"))
    kept = {
        name: raw[name] for name in ("type", "standard", "landmark", "object_ref") if name in raw
    }
    return kept | {"description": words.format(raw.get("description", "现场情况同上"))}
