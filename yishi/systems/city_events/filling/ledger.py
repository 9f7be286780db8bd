"""What a filling that is under way has to know when it is gone on with after a kill.

The tables are there as long as the work is; their rows are stored with what they speak of.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from yishi.foundation.cases.bulk import Aside

_RUN, _BLOCKS = "city_events_filling", "city_events_fillingblock"
_MAKE = f"""
CREATE TABLE {_RUN} (one boolean PRIMARY KEY DEFAULT true CHECK (one), plan text NOT NULL,
                     aside text NOT NULL);
CREATE TABLE {_BLOCKS} (week integer, part integer, cases integer NOT NULL,
                        PRIMARY KEY (week, part));
"""
WEEKS = 52
#: Copies are made of what came in during this week; those after it are used to let it end.
BASE_WEEK = WEEKS - 14
#: Cases of that week that are planned; more of a week are copies of the same.
BASE = 24_000


@dataclass(frozen=True, slots=True)
class Plan:
    """Which events there are to be: *base* cases of one week, each *times* times in every week
    before the last, whose cases are all planned. *first*: the lowest id."""

    events: int
    seed: str
    now: datetime
    first: int
    base: int
    times: int
    photos: tuple[str, ...]

    @property
    def per_week(self) -> int:
        """Events in each week but the first, which may have less."""
        return self.base * self.times

    def id_of(self, week: int, place: int) -> int | None:
        """The id of the case at a *place* of a *week*, in the order of receipt, if there is one."""
        number = week * self.per_week + place - (WEEKS * self.per_week - self.events)
        return self.first + number if number >= 0 else None


def planned(events: int, seed: str, now: datetime, first: int, photos: tuple[str, ...]) -> Plan:
    """The plan for so many events."""
    week = -(-events // WEEKS)
    times = -(-week // BASE)
    return Plan(events, seed, now, first, -(-week // times), times, photos)


def unfinished() -> Plan | None:
    """The plan that was not finished, if there is one (1 or 2 statements)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [_RUN])
        if cursor.fetchone()[0] is None:
            return None
        cursor.execute(f"SELECT plan FROM {_RUN}")
        stored: dict[str, Any] = orjson.loads(cursor.fetchone()[0])
    stored["now"] = datetime.fromisoformat(stored["now"])
    return Plan(**stored | {"photos": tuple(stored["photos"])})


def begin(plan: Plan, aside: list[Aside]) -> None:
    """Remember the plan and what is taken away meanwhile, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_MAKE)
        cursor.execute(
            f"INSERT INTO {_RUN} (plan, aside) VALUES (%s, %s)",
            [orjson.dumps(asdict(plan)).decode(), orjson.dumps(aside).decode()],
        )


def aside() -> list[Aside]:
    """What was taken away."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT aside FROM {_RUN}")
        return [Aside(**one) for one in orjson.loads(cursor.fetchone()[0])]


def done() -> set[tuple[int, int]]:
    """The blocks that are stored, as (week, part)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT week, part FROM {_BLOCKS}")
        return set(cursor.fetchall())


def stored() -> int:
    """How many cases are stored."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(sum(cases), 0) FROM {_BLOCKS}")
        return int(cursor.fetchone()[0])


def claim(week: int, part: int, cases: int) -> bool:
    """Take a block, in the transaction that stores it; false when it is stored already."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_BLOCKS} VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [week, part, cases],
        )
        return bool(cursor.rowcount == 1)


def end() -> None:
    """Forget the plan: its work is done."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {_RUN}, {_BLOCKS}")
