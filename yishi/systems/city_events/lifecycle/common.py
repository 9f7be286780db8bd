"""What the steps share: the fields they ask for, who makes them, places, units and clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from yishi.foundation.cases.lifecycle import Need
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.states import STATES

if TYPE_CHECKING:
    from yishi.foundation.cases.plan import Draft
    from yishi.foundation.places.values import Place

NOTE = Need("note", "意见", "text")
REASON = Need("note", "理由", "text", required=True, hint="将写入案卷，相关单位可见")
PHOTOS = Need("photos", "照片", "photos")
TYPE = Need("type", "事部件类别", "type")
STANDARD = Need("standard", "立案条件", "standard")

CENTRE = frozenset({"dispatcher"})
ACCEPTOR = frozenset({"acceptor"})
UNIT = frozenset({"unit_officer"})
OPEN = frozenset(name for name, state in STATES.items() if not state.final)

#: Stage limits (§S2.5): acceptance and dispatch 15 minutes, 核查 and 核实 30, all continuous.
QUARTER, HALF = "15分钟", "30分钟"
CONTINUOUS = "events"


def iso(moment: datetime) -> str:
    return moment.isoformat()


def place_of(case: Any) -> Place:
    """The case's place as the register's value (what a person set counts as certain)."""
    from yishi.foundation.places.values import Place

    return Place(
        lon=case.lon,
        lat=case.lat,
        cell=case.data.get("cell"),
        division=case.division,
        managed_path=case.managed_path,
        certain=bool(case.data.get("place_certain")),
    )


#: Steps of a managed path down to each level.
_DEPTH = {"city": 1, "county": 2, "township": 3, "community": 4}


def from_level(place: Place, level: str) -> Place:
    """*place* with its path cut at *level*: what counties handle is not sought in a community."""
    steps = place.managed_path.split("/")[: _DEPTH[level]]
    return replace(place, managed_path="/".join(steps))


def unit_for(draft: Draft, function: str, level: str) -> int:
    """The unit with *function* at the case's place, sought from *level* upwards.

    Raises:
        FieldError: when nobody has the function; a city without such a unit is set up wrongly.
    """
    place = from_level(place_of(draft.case), level)
    at = draft.now.date()
    found = draft.context.register.responsible(function, place, order="territory", at=at)
    if found is None:
        raise FieldError("place", f"该地点没有承担“{function}”职能的单位", "no_unit")
    return int(found.unit_id)


def to_centre(draft: Draft, role: str) -> None:
    draft.assign(role, draft.case.data["centre"])


def start_handling(draft: Draft) -> None:
    """The handling clock of the case's standard; a seasonal one waits for its season to open."""
    case = draft.case
    kind = draft.context.catalogue.by_key[case.type_key]
    season = kind.standard(case.data["standard"]).season
    begin = season.clock_start(draft.now) if season is not None else draft.now
    draft.start_clock("handling", case.data["limit"], begin=begin)


def names(*words: str) -> frozenset[str]:
    """States or roles of a move."""
    return frozenset(words)
