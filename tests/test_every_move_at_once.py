"""Every move of the table, made by two at the same moment: one wins, the other gets a 409 with the
state as the winner left it. Generated from the lifecycle: a new move is tried without being told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.reaching import Way, ways
from tests.test_two_at_once import all_is_well, at_once
from tests.world import HERE, RUBBISH, World
from yishi.foundation.access.actors import SYSTEM, Actor, ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.foundation.access.models import Grant, User
from yishi.foundation.cases import advance as moving
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.lifecycle import Facts
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events import moves
from yishi.systems.city_events.context import city as registers
from yishi.systems.city_events.lifecycle import LIFECYCLE, MOVES

pytestmark = pytest.mark.django_db(transaction=True)
#: Made by functions of their own and never by hand: see `moves._NOT_BY_HAND`.
ELSEWHERE = moves._NOT_BY_HAND
#: Moves to which planning as the system itself finds no way yet: they look at who acts, or wait for
#: time to pass. They are not contested here; one that is found must leave this list.
NO_WAY_YET = frozenset(
    {
        "add_co_unit",
        "appeal",
        "ask_forced_close",
        "co_answer",
        "co_sign",
        "contact_caller",
        "decide_appeal",
        "extend_ticket",
        "grant_extension",
        "grant_forced_close",
        "grant_suspension",
        "refuse_forced_close",
        "release_co_unit",
        "report_up",
        "resume",
        "review_appeal",
        "whistle",
    }
)


def fresh(world: World, start: str) -> CaseState:
    """A new case of a starting kind; some landmarks stand where a person has to decide first."""
    wanted = {"dispatched": "assigned", "reported": "reported"}[start]
    for _ in range(20):
        if start == "dispatched":
            receipt = world.report(HERE, RUBBISH, standard=_standard(world))
        else:
            receipt = world.report(HERE, "", description="这边有个问题")
        case = load_states(number=receipt.number)[0]
        if case.state == wanted and not receipt.merged:
            return case
    raise AssertionError(f"no report is {wanted}")


def _standard(world: World) -> str:
    _, catalogue = registers().catalogue(world.now)
    return str(catalogue.by_key[RUBBISH].standards[0].code)


def known_inputs(world: World, unit: int) -> dict[str, Any]:
    """A value for every kind of input that a move may ask for."""
    person = User.objects.create_user("handler-of-all", None, display_name="处置员")
    since = timezone.now() - timedelta(minutes=5)
    Grant.objects.create(user=person, role="handler", unit_id=unit, scope="", valid_from=since)
    return {
        "text": "按规定办理",
        "line": "按规定办理",
        "unit": unit,
        "person": person.pk,
        "type": RUBBISH,
        "standard": _standard(world),
        "flag": True,
        "referral": "police",  # of the first reason
        "member": unit,
        "date": str((world.now + timedelta(days=10)).date()),
        "moment": (world.now + timedelta(days=2)).isoformat(),
        "place": {"landmark": world.landmark(HERE, 0)},
    }


def reach(world: World, way: Way, now: Any) -> CaseState:
    """A case of its own on which the last step of *way* can be made."""
    case = fresh(world, way.start)
    for step in way.before:
        raw = dict(step.raw)
        case = moving.advance(
            SYSTEM,
            case.number,
            step.move,
            lambda locked, step=step, raw=raw: moves.check_facts(
                SYSTEM, step.move, raw, locked, registers()
            ),
            now,
            registers().for_case,
        )
    return case


def everybody(case: CaseState) -> Actor:
    """Whoever could make the next move: every role, every unit that has something to do."""
    units = {held.unit_id for held in case.assignments if held.open}
    grants = [ActorGrant(role, None, "4206") for role in _wide()]
    grants += [ActorGrant(role, unit, "") for unit in units for role in _narrow()]
    return Actor("user", "user:0", "测试", tuple(grants), None, frozenset({case.id}))


def _wide() -> list[str]:
    from yishi.foundation.access.actors import ROLES, Reach

    return [name for name, role in ROLES.items() if role.reach is Reach.SCOPE]


def _narrow() -> list[str]:
    from yishi.foundation.access.actors import ROLES, Reach

    return [name for name, role in ROLES.items() if role.reach is not Reach.SCOPE]


def test_of_two_equal_moves_one_wins_whatever_the_move(city: None) -> None:
    world, now = World(), timezone.now()
    starts = {name: fresh(world, name) for name in ("reported", "dispatched")}
    inputs = known_inputs(world, world.unit)
    known = registers()

    def check(move: str, raw: Mapping[str, Any], case: CaseState) -> Facts:
        return moves.check_facts(SYSTEM, move, raw, case, known)

    found = ways(LIFECYCLE, starts, inputs, known.for_case, check, now, ELSEWHERE)
    by_hand = {name for name, move in MOVES.items() if move.roles} - ELSEWHERE
    assert by_hand - found.keys() == NO_WAY_YET, sorted(by_hand - found.keys())
    by_hand -= NO_WAY_YET
    faults: list[str] = []
    for name in sorted(by_hand):
        case = reach(world, found[name], now)
        faults += contest(case, name, dict(found[name].last.raw))
    assert not faults, "\n".join(faults)
    all_is_well()
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert cursor.fetchone()[0] == 0


def contest(case: CaseState, move: str, raw: dict[str, Any]) -> list[str]:
    """What was wrong when two made *move* on *case* at once."""
    if MOVES[move].roles <= {"reporter"} or "reporter" in MOVES[move].roles:
        results = at_once(*[by_service(case, move, raw)] * 2)
        won = [r.state for r in results if isinstance(r, CaseState)]
        lost = [getattr(r, "state", None) for r in results if isinstance(r, MoveRefused)]
    else:
        results = at_once(*(by_http(case, move, raw) for _ in range(2)))
        won = [r.json()["state"] for r in results if getattr(r, "status_code", 0) == 200]
        lost = [r.json()["state"] for r in results if getattr(r, "status_code", 0) == 409]
    after = load_states([case.id])[0]
    if (len(won), len(lost)) != (1, 1) or won != lost or after.state != won[0]:
        told = [getattr(r, "content", r) for r in results]
        return [f"{move} on {case.state}: won {won}, lost {lost}, now {after.state}: {told}"]
    # What is filed or reopened may be dispatched in the same commit; then it is more than one step.
    if after.version <= case.version:
        return [f"{move}: version {case.version} became {after.version}"]
    return []


def by_service(case: CaseState, move: str, raw: dict[str, Any]) -> Callable[[], Any]:
    """The move as the resident's pages make it."""
    actor = replace(everybody(case), kind="reporter")
    return lambda: moves.advance(
        actor, case.number, move, raw, timezone.now(), expected_version=case.version
    )


def by_http(case: CaseState, move: str, raw: dict[str, Any]) -> Callable[[], Any]:
    """The move through the API, by a program that may do everything."""
    since = timezone.now() - timedelta(minutes=5)
    name = f"{case.number}-{move}-{next(_names)}"
    key = issue_key(name, "test", everybody(case).grants, since)
    client = Client(headers={"X-API-Key": key}, raise_request_exception=False)
    body = json.dumps({"version": case.version, "facts": raw})
    path = f"/api/v1/cases/{case.number}/moves/{move}"
    return lambda: client.post(path, body, content_type="application/json")


_names = iter(range(10**6))
