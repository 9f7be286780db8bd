"""What the steps share: the fields they ask for, who makes them, places, units and clocks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from yishi.foundation.cases.draft import LATE, ON_TIME
from yishi.foundation.cases.lifecycle import Facts, Need
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.values import Place
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.states import STATES

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft

NOTE = Need("note", "意见", "text")
REASON = Need("note", "理由", "text", required=True, hint="将写入案卷，相关单位可见")
PHOTOS = Need("photos", "照片", "photos")
TYPE = Need("type", "事部件类别", "type")
STANDARD = Need("standard", "立案条件", "standard")

LEADER = frozenset({"duty_leader"})
CENTRE = frozenset({"dispatcher"})
ACCEPTOR = frozenset({"acceptor"})
UNIT = frozenset({"unit_officer"})
OPEN = frozenset(name for name, state in STATES.items() if not state.final)

#: What holds where the city's rules set no parameter.
DEFAULTS: dict[str, Any] = {
    "dispute_after_returns": 2,
    "ruling_limit": "4工作时",
    "whistle_limit": "2工作时",
    "supervision_limit_1": "1工作日",
    "supervision_limit_2": "4工作时",
    "supervision_limit_3": "2工作时",
}

#: Stage limits (§S2.5): acceptance and dispatch 15 minutes, 核查 and 核实 30, all continuous.
QUARTER, HALF = "15分钟", "30分钟"
CONTINUOUS = "events"


def iso(moment: datetime) -> str:
    return moment.isoformat()


def place_of(case: Any) -> Place:
    """The case's place as the register's value (what a person set counts as certain)."""
    return Place(
        lon=case.lon,
        lat=case.lat,
        cell=case.data.get("cell"),
        division=case.division,
        managed_path=case.managed_path,
        certain=bool(case.data.get("place_certain")),
    )


#: Steps of a managed path down to each level.
DEPTH = {"city": 1, "county": 2, "township": 3, "community": 4}


def from_level(place: Place, level: str) -> Place:
    """*place* with its path cut at *level*: what counties handle is not sought in a community."""
    path = "/".join(place.managed_path.split("/")[: DEPTH[level]])
    return Place(place.lon, place.lat, place.cell, place.division, path, place.certain, place.note)


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
    """Give a duty to the operations centre that has the case; a centre whose level was named
    (上报、下派) keeps it from the work lists of those below."""
    case = draft.case
    level = case.data.get("level")
    path = "/".join(case.managed_path.split("/")[: DEPTH[level]]) if level else ""
    draft.assign(role, case.data["centre"], path=path)


def limit_in_force(draft: Draft) -> None:
    """Take the limit of the case's standard as it stands at this dispatch: a changed limit holds
    for later dispatches, and for them only (§S2.5). A standard that was given up keeps its own."""
    find, case = draft.context.standard_at, draft.case
    found = find(case.type_key, case.data["standard"], draft.now) if find else None
    if found is not None:
        case.data.update(limit=found.limit, urgent=found.urgent)


def start_handling(draft: Draft) -> None:
    """The handling clock of the case's standard; a seasonal one waits for its season to open."""
    case = draft.case
    kind = draft.context.catalogue.by_key[case.type_key]
    season = kind.standard(case.data["standard"]).season
    begin = season.clock_start(draft.now) if season is not None else draft.now
    draft.start_clock("handling", case.data["limit"], begin=begin)
    order = case.data.get("order") or {}
    if order.get("state") == "open":
        due = datetime.fromisoformat(order["due"])
        if due > draft.now:
            draft.cap_clock("handling", due)


def parameter(draft: Draft, name: str) -> Any:
    """A dated parameter of the city (``cities/*/rules``), or the default of this system."""
    book = draft.context.rulebook
    default = DEFAULTS[name]
    return book.value(name, draft.now, draft.case.managed_path, default) if book else default


def no_handling(case: CaseState) -> str | None:
    """Why nothing that moves the handling clock may happen now: an application waits."""
    if case.data.get("extension"):
        return "延期申请审批中，请先等待审批结果"
    waiting = case.data.get("suspension") or {}
    return "挂账申请审批中，请先等待审批结果" if waiting.get("state") == "asked" else None


def settle_timeliness(draft: Draft) -> None:
    """Stop the handling clock; its lateness becomes a fact that nothing takes back."""
    case = draft.case
    clock = draft.stop_clock("handling")
    if clock is not None:
        case.timeliness = LATE if clock.late or case.timeliness == LATE else ON_TIME


def note_handler(draft: Draft) -> None:
    """Who worked on the case, and in whose place, neither verifies nor closes it."""
    if draft.doers:
        handlers = draft.doers | set(draft.case.data.get("handlers", ()))
        draft.case.data["handlers"] = sorted(handlers)


def note_presence(draft: Draft, facts: Facts) -> None:
    """What the phone on site told of itself: how far away it was, and when this was written down.
    Nothing is refused for it (`onsite.presence`)."""
    if facts.get("on_site"):
        draft.tell(on_site=dict(facts["on_site"]))


def names(*words: str) -> frozenset[str]:
    """States or roles of a move."""
    return frozenset(words)
