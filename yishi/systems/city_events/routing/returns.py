"""错派分析: what units returned as not theirs, to whom it went in the end, which row would help.

Every return with the reason 不属于本单位职责 is one mis-dispatch, found in the trace of its case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import Assignment, Trace
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError
from yishi.systems.city_events import roles
from yishi.systems.city_events.catalogue.types import Catalogue
from yishi.systems.city_events.lifecycle import SYSTEM
from yishi.systems.city_events.routing.reading import written

#: A row is suggested from so many returns on, when so large a share went to the same unit.
LEAST, SHARE = 3, 0.6


@dataclass(frozen=True, slots=True)
class Return:
    """One return: of a case, by a unit; ``final`` is who has it or had it in the end, 0 nobody."""

    case_id: int
    number: str
    subject: str
    type_key: str
    path: str
    unit: int
    final: int
    row: str
    at: datetime


@dataclass(slots=True)
class Misdispatch:
    """Returns of one type in one county by one unit."""

    type_key: str
    county: str
    unit: int
    returns: list[Return] = field(default_factory=list)

    @property
    def finals(self) -> list[tuple[int, int]]:
        """To whom they went in the end, and how often; the most frequent first."""
        return Counter(one.final for one in self.returns if one.final).most_common()

    @property
    def likely(self) -> int | None:
        """The unit that a row should name: most of several went there, and it is another one."""
        if len(self.returns) < LEAST or not self.finals:
            return None
        unit, count = self.finals[0]
        enough = count >= LEAST and count / len(self.returns) >= SHARE
        return unit if enough and unit != self.unit else None


def returns(actor: Actor, since: datetime) -> list[Return]:
    """The returns for lack of duty since a moment, of cases that *actor* sees, newest first (3
    statements)."""
    steps = (
        Trace.objects.visible_to(actor)
        .filter(move="give_back", at__gte=since, case__system=SYSTEM)
        .order_by("-at", "-id")
        .values_list("case_id", "at", "body")
    )
    found = [
        (case_id, at)
        for case_id, at, body in steps
        if orjson.loads(bytes(body)).get("reason") == "duty"
    ]
    ids = sorted({case_id for case_id, _ in found})
    given = (
        Assignment.objects.visible_to(actor)
        .filter(case_id__in=ids, role=roles.MAIN, ended_at__isnull=False)
        .values_list("case_id", "ended_at", "unit_id")
    )
    by = {(case_id, ended): unit for case_id, ended, unit in given}
    return [
        _return(cases[case_id], by[case_id, at], at)
        for cases in (_cases(actor, ids),)
        for case_id, at in found
        if (case_id, at) in by and case_id in cases
    ]


def _cases(actor: Actor, ids: Sequence[int]) -> Mapping[int, Any]:
    from yishi.foundation.cases.models import Case

    rows = Case.objects.visible_to(actor).filter(pk__in=ids)
    return {
        row["id"]: row
        for row in rows.values(
            "id", "number", "subject", "type_key", "managed_path", "unit_id", "data"
        )
    }


def _return(case: Mapping[str, Any], unit: int, at: datetime) -> Return:
    data = case["data"]
    return Return(
        case["id"],
        case["number"],
        case["subject"],
        case["type_key"],
        case["managed_path"],
        unit,
        int(data.get("handled_unit") or case["unit_id"] or 0),
        str((data.get("routed") or {}).get("row") or ""),
        at,
    )


def grouped(found: Sequence[Return]) -> list[Misdispatch]:
    """Returns by type, county and unit, the most frequent first."""
    groups: dict[tuple[str, str, int], Misdispatch] = {}
    for one in found:
        county = "/".join(one.path.split("/")[:2])
        key = one.type_key, county, one.unit
        groups.setdefault(key, Misdispatch(*key)).returns.append(one)
    return sorted(groups.values(), key=lambda g: (-len(g.returns), g.type_key, g.county, g.unit))


def suggested_row(
    group: Misdispatch, register: Register, catalogue: Catalogue, days: int, today: datetime
) -> str:
    """A row for ``routing.yaml`` that would have sent them where they went; empty for too few."""
    unit_id = group.likely
    kind = catalogue.by_key.get(group.type_key)
    if unit_id is None or kind is None:
        return ""
    try:
        unit = register.unit(unit_id)
    except PlaceError:
        return ""
    row: dict[str, Any] = {
        "key": f"RT-{group.type_key.replace('/', '-')}-{group.county.rpartition('/')[2]}",
        "from": f"{today:%Y-%m-%d}",
        "area": group.county,
        "type": group.type_key,
    }
    if len(unit.functions) == 1:
        row |= {"function": unit.functions[0], "level": unit.level}
    else:
        row |= {"unit": unit.code}
    count = group.finals[0][1]
    row |= {
        "reason": f"近{days}天退单{len(group.returns)}次，其中{count}次最终由{unit.name}承办",
        "source": "错派分析",
    }
    return written({"rows": [row]}).partition("\n")[2]
