"""What the tests of city events share: a certain report, officers for every duty, and a clock."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from yishi.foundation.access.actors import PUBLIC, Actor, ActorGrant
from yishi.foundation.access.models import Grant, User
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events import moves
from yishi.systems.city_events.context import city as city_registers
from yishi.systems.city_events.intake import Receipt, report

CITY = Path(settings.BASE_DIR) / "cities" / "xiangyang"
CITY_TIME = ZoneInfo("Asia/Shanghai")
_ids = itertools.count(1)


@pytest.fixture(scope="session")
def few_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city folder with three of the catalogue's files: what a version or a file does is the same
    as with all."""
    folder = tmp_path_factory.mktemp("few")
    (folder / "events").mkdir()
    names = ("component-01-public-utilities", "event-01-city-environment", "event-02-advertising")
    for name in ("functions", "units", *(f"events/{name}" for name in (*names, "seasons"))):
        (folder / f"{name}.yaml").write_bytes((CITY / f"{name}.yaml").read_bytes())
    return folder


def at(text: str) -> datetime:
    """A moment in the city's time: ``2026-03-10 09:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=CITY_TIME)


class Town:
    """Reports and moves with few words; ``now`` is set by the test."""

    #: 暴露生活垃圾, four working hours.
    RUBBISH = "event/01/10"
    SPOT = {"lon": 112.1420, "lat": 32.0500}

    def __init__(self) -> None:
        self.now = at("2026-03-10 09:00")

    def report(self, **fields: Any) -> Receipt:
        """A report with certain type and place unless said otherwise."""
        raw = {
            "type": self.RUBBISH,
            "description": "生活垃圾堆在路边没人清运",
            "external_id": f"test-{next(_ids)}",
            **self.SPOT,
            **fields,
        }
        channel = str(raw.pop("channel", "portal"))
        given = {name: value for name, value in raw.items() if value is not None}
        return report(PUBLIC, given, channel, self.now)

    def state(self, number: str) -> CaseState:
        """The case as stored."""
        return load_states(number=number)[0]

    def officer(self, *roles: str, scope: str = "4206", unit: int | None = None) -> Actor:
        """Somebody with *roles*; not an account."""
        grants = tuple(ActorGrant(role, unit, scope) for role in roles)
        return Actor("user", "user:0", "测试", grants, None)

    def holder(self, number: str) -> Actor:
        """Whoever may make the next moves: centre roles, and the units that hold the case."""
        state = self.state(number)
        centre = ("acceptor", "dispatcher", "duty_leader")
        grants = [ActorGrant(role, None, "4206") for role in centre]
        for assignment in state.assignments:
            if assignment.role in ("main", "co"):
                grants.append(ActorGrant("unit_officer", assignment.unit_id, ""))
            elif assignment.open and assignment.role in ("check", "verify"):
                grants.append(ActorGrant("collector", assignment.unit_id, ""))
        return Actor("user", "user:0", "测试", tuple(grants), None)

    def move(self, number: str, name: str, when: str | timedelta = "", **raw: Any) -> CaseState:
        """Make a move as its holder, at a moment or some time later."""
        if isinstance(when, timedelta):
            self.now += when
        elif when:
            self.now = at(when)
        holder = self.holder(number)
        if name.startswith("grant_"):  # who asked does not grant
            holder = replace(holder, ref="user:1")
        return moves.advance(holder, number, name, raw, self.now)

    def act(
        self,
        role: str,
        number: str,
        name: str,
        when: str | timedelta = "",
        *,
        by: int | None = None,
        scope: str = "4206",
        **raw: Any,
    ) -> CaseState:
        """Make a move as one officer of *role*: each role is another person. Units act *by* the
        unit named, or by the one that has or handled the case."""
        if isinstance(when, timedelta):
            self.now += when
        elif when:
            self.now = at(when)
        state = self.state(number)
        unit = by or state.unit_id or state.data.get("handled_unit")
        of_unit = role == "unit_officer"
        grant = ActorGrant(role, unit if of_unit else None, "" if of_unit else scope)
        actor = Actor("user", f"user:{role}-{by or ''}", "测试", (grant,), None)
        return moves.advance(actor, number, name, raw, self.now)

    def officer_unit_other_than(self, unit_id: int | None) -> int:
        """Another unit that a case may be dispatched to."""
        units = city_registers().register.units("4206/420606", "urban_enforcement")
        return next(unit.id for unit in units if unit.id != unit_id)

    def with_grant(self, actor: Actor, role: str, unit: int | None) -> Actor:
        """The same officer with one more role."""
        return replace(actor, grants=(*actor.grants, ActorGrant(role, unit, "")))

    def account(self, name: str, role: str, unit: int | None) -> User:
        """A stored officer."""
        user = User.objects.create_user(name, display_name=name)
        Grant.objects.create(user=user, role=role, unit_id=unit, scope="", valid_from=self.now)
        return user

    def key_of(self, name: str) -> str:
        """The key of a type by its name."""
        _, catalogue = city_registers().catalogue(self.now)
        return next(kind.key for kind in catalogue.types if kind.name == name)

    def handled(self, number: str) -> CaseState:
        """Sign, finish on site, confirm, verify by another, ready to be closed."""
        for name, raw in (
            ("sign", {}),
            ("finish", {"note": "已清运，夜间无法拍照"}),
            ("confirm", {}),
            ("forward", {}),
            ("report_verification", {"result": "pass"}),
        ):
            state = self.move(number, name, timedelta(minutes=5), **raw)
        return state


@pytest.fixture
def town(city: None) -> Town:
    """The demo city with its registers loaded."""
    return Town()
