"""Unified acceptance: one change of the parent, and one for each item, in order or side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.starting import item_case
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.calendars.limits import parse_limit
from yishi.foundation.cases import families
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.families import Edge, EdgeKind, Member, Step, plan_dates
from yishi.foundation.cases.load import reserve
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.values import PlaceError, Responsibility
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events import applications, paperwork, submitting
from yishi.systems.life_events import states as s
from yishi.systems.life_events.applications import Owned
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.lifecycle import LIFECYCLE, day_of
from yishi.systems.life_events.made import Made, rest_of
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.paperwork import DEFERRED
from yishi.systems.life_events.versions import Registers, registers

#: Within which a deferred paper is handed in, unless the window says otherwise.
DEFERRED_LIMIT = "10工作日"


@dataclass(frozen=True)
class Looked:
    """An application with its case, and what it comes to."""

    application: Application
    made: Made
    having: Owned
    found: Registers


def application_of(case_id: int) -> Application:
    """The application of a case that was found in scope."""
    rows = Application.objects.unscoped("the case was found in scope")
    application: Application = rows.select_related("party__file").get(case_id=case_id)
    return application


def look(case: CaseState, now: datetime) -> Looked:
    """All that handling a case needs (4 statements)."""
    application = application_of(case.id)
    # As of the receipt: a licence that ran out since does not undo what was on file then.
    having = applications.owned(application, case.received_at)
    return Looked(application, applications.made(application, having), having, registers())


def accepting(
    case: CaseState,
    move: str,
    actor: Actor,
    looked: Looked,
    now: datetime,
    deferred_until: date | None,
    ids: Sequence[int] = (),
) -> list[Change]:
    """The changes of an acceptance: the parent's, and one for each item. *ids*: reserved before."""
    made, found = looked.made, looked.found
    begin = _begin(case, now)
    bodies = submitting.bodies(looked.application, made, found, day_of(now))
    deferred = _deferred(looked, found, now, deferred_until)
    members = _members(case, looked, bodies, deferred, begin, now, ids)
    licences = [key for key in made.to_do if made.book.items[key].licence]
    facts = {
        "begin": begin,
        "deemed": begin != now,
        "expected": expected_end(made, found.calendar, begin),
        "deferred": {key: day.isoformat() for key, day in deferred.items()},
        "licences": bool(licences),
        "lead": _lead(case, looked, now),
        "bodies": [unit.unit_id for unit in bodies.values()],
    }
    parent = plan(LIFECYCLE, case, move, actor, facts, now, found.for_case(case))
    return families.start(parent, members, actor=actor, now=now)


def _begin(case: CaseState, now: datetime) -> datetime:
    """Since when it is accepted: now, or since the receipt (or the correction) where five working
    days went by in silence, whoever comes first afterwards."""
    clock = case.clock(s.TELLING)
    return now if clock is None or now <= clock.due_at else clock.started_at


def expected_end(made: Made, calendar: Calendar, begin: datetime) -> date:
    """The day by which all should be done: the longest path of promises, the theme's own promise
    where it is shorter; licences never after the joint cap."""
    route = rest_of(made)
    before = routes.before(route)
    items = made.book.items
    steps = [
        Step(key, items[key].promise_limit, tuple(before[key]), items[key].licence)
        for key in route.items
    ]
    planned = plan_dates(steps, calendar, begin, parse_limit(s.JOINT_LIMIT, s.PROFILE))
    end = planned.end
    if made.theme.promise:
        end = min(end, calendar.due(begin, parse_limit(made.theme.promise, s.PROFILE)).at)
    return day_of(end)


def _deferred(
    looked: Looked, found: Registers, now: datetime, until: date | None
) -> dict[str, date]:
    """The papers that come later, with their last day.

    Raises:
        FieldError: for a day that is not to come.
    """
    states = paperwork.paper_states(looked.application, looked.made, looked.having)
    keys = [key for key, state in states.items() if state.get("how") == DEFERRED]
    if not keys:
        return {}
    if until is None:
        until = found.calendar.due(now, parse_limit(DEFERRED_LIMIT, s.PROFILE)).day
    if until <= day_of(now):
        raise FieldError("deferred_until", "补交期限应在今天之后", "past")
    return dict.fromkeys(keys, until)


def _lead(case: CaseState, looked: Looked, now: datetime) -> int | None:
    """The lead body of the theme at the place, if there is one."""
    found, theme = looked.found, looked.made.theme
    place = found.register.place_of_division(case.division)
    try:
        unit = found.register.responsible(theme.lead, place, at=day_of(now))
    except PlaceError:
        return None
    return unit.unit_id if unit is not None else None


def _members(
    case: CaseState,
    looked: Looked,
    bodies: Mapping[str, Responsibility],
    deferred: Mapping[str, date],
    begin: datetime,
    now: datetime,
    ids: Sequence[int],
) -> list[Member]:
    """One case for each item; who waits for a licence or for data, and what is held already."""
    made, found = looked.made, looked.found
    missing = [made.book.items[key].name for key in made.to_do if key not in bodies]
    if missing:
        raise FieldError("division", f"没有承办单位：{'、'.join(missing)}", "no_unit")
    keys = [key for key in made.route.items if key in bodies]
    numbers = iter(ids or reserve(len(keys)))
    joint = sum(made.book.items[key].licence for key in made.to_do) > 1
    members = []
    for key in keys:
        item, unit = made.book.items[key], bodies[key]
        state = item_case(
            next(numbers),
            item,
            looked.application.items_id,
            found.register.number_prefix,
            (case.division, case.managed_path),
            now,
            received_at=begin,
        )
        facts = _member_facts(case, looked, unit, begin) | {"joint": joint and item.licence}
        if key in made.exempt:
            held = made.book.materials.get(made.exempt[key])
            facts["exempt"] = f"已持有{held.name if held else made.exempt[key]}"
            members.append(Member(key, state, facts))
            continue
        late = [one for one in made.papers if one.key in deferred and key in one.items]
        if late:
            facts["deferred"] = {one.material: deferred[one.key].isoformat() for one in late}
        members.append(Member(key, state, facts, _edges(key, made, bodies)))
    return members


def _member_facts(
    case: CaseState, looked: Looked, unit: Responsibility, begin: datetime
) -> dict[str, Any]:
    portal = looked.application.channel == applications.PORTAL
    return {
        "unit": unit.unit_id,
        "window_unit": case.unit_id,
        "dispatch_reason": list(unit.reason),
        "channel": "web" if portal else "window",
        "unified": True,
        "accepted_at": begin,
    }


def _edges(key: str, made: Made, bodies: Mapping[str, Responsibility]) -> tuple[Edge, ...]:
    """What an item waits for: not for what is held already, nor for what nobody does."""
    return tuple(
        Edge(one.item, EdgeKind(one.gives))
        for one in made.route.after.get(key, ())
        if one.item in bodies and one.item not in made.exempt
    )
