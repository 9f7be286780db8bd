"""Families as they go, planned by the real code in memory: handed in, accepted, item by item.

Nothing is asked of the database but the registers. What happens is drawn at random, in the order of
time, and ends at *now*: families of the last weeks are still under way.
"""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from yishi.foundation.access.actors import SYSTEM, Actor, ActorGrant
from yishi.foundation.approvals.services import withdraw_members
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.families import Contexts, EdgeKind, Family, Link
from yishi.foundation.cases.models import CaseEdge
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events import applications, handling, submitting
from yishi.systems.life_events import states as s
from yishi.systems.life_events.applications import Owned, Sealed
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.handling import Looked
from yishi.systems.life_events.lifecycle import LIFECYCLE
from yishi.systems.life_events.made import made_of
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.tests.making import sample
from yishi.systems.life_events.versions import Registers, registers

#: How many items a family has: four on average.
SIZES = (2, 3, 3, 4, 4, 4, 5, 5, 6)
#: Of so many families one began within the last days, the others in the year before.
RECENT, RECENT_DAYS, DAYS = 0.2, 12, 340
#: What a working day is on average in days.
WORKING = 1.45
REFUSED, PAUSED, TOLD, WITHDRAWN = 0.03, 0.04, 0.06, 0.02


@dataclass(slots=True)
class Planned:
    """A family: the changes that one commit stores, its application, and what its form holds."""

    changes: list[Change]
    application: Application
    content: Sealed
    root: int


@dataclass(slots=True)
class Ground:
    """What plans need, looked up once."""

    found: Registers
    now: datetime
    towns: list[str]
    by_size: dict[int, list[tuple[str, routes.Route]]] = field(default_factory=dict)


def ground_of(now: datetime) -> Ground:
    """Registers, places, and the ways through all themes by their number of items."""
    found = registers()
    _, themes = found.themes(now)
    _, book = found.book(now)
    counties = [node.code for node in found.register.children(found.register.root)]
    towns = [node.code for county in counties for node in found.register.children(county)]
    ground = Ground(found, now, towns)
    for theme in themes.themes.values():
        for way in routes.paths(theme, book):
            ground.by_size.setdefault(len(way.items), []).append((theme.key, way))
    return ground


def clerk() -> Actor:
    """An officer of the unified window."""
    return Actor("user", "user:0", "窗口", (ActorGrant(s.WINDOW, None, "4206"),))


def many(ground: Ground, count: int, stride: int, seed: int) -> Iterator[Planned]:
    """So many families in the order of their receipt; ids are *stride* apart."""
    rng = Random(seed)
    moments = sorted(_moment(rng, ground.now) for _ in range(count))
    last = 0
    for moment in moments:
        while True:
            theme, way = rng.choice(ground.by_size[rng.choice(SIZES)])
            town = rng.choice(ground.towns)
            try:
                one = _Course(ground, rng, theme, way, town, moment, last, stride).run()
            except (FieldError, PlaceError):  # no body handles it there: another one
                continue
            break
        last = max(change.after.id for change in one.changes)
        yield one


def _moment(rng: Random, now: datetime) -> datetime:
    """A moment of receipt in working hours, in the last days or in the year before."""
    recent = rng.random() < RECENT
    back = rng.uniform(0, RECENT_DAYS) if recent else rng.uniform(RECENT_DAYS, DAYS)
    at = now - timedelta(days=back)
    return min(at.replace(hour=rng.randrange(1, 9), minute=rng.randrange(60)), now)


class _Course:
    """One family: its steps in a queue by time."""

    def __init__(
        self,
        ground: Ground,
        rng: Random,
        theme: str,
        way: routes.Route,
        town: str,
        received: datetime,
        last: int,
        stride: int,
    ) -> None:
        self.ground, self.rng, self.stride = ground, rng, stride
        self.queue: list[tuple[datetime, int, int, str, dict[str, Any]]] = []
        self.steps = 0
        self.looked, self.content = self._look(theme, way, town, received)
        self.received, self.first = received, last + stride
        self.family: Family | None = None

    def _look(
        self, theme: str, way: routes.Route, town: str, received: datetime
    ) -> tuple[Looked, Sealed]:
        found = self.ground.found
        version, themes = found.themes(self.ground.now)
        items, book = found.book(self.ground.now)
        made = made_of(themes.themes[theme], way.answers, book)
        key = uuid.UUID(int=self.rng.getrandbits(128), version=4)
        application = Application(
            id=key,
            theme=theme,
            catalogue_id=version,
            items_id=items,
            channel=applications.PORTAL if self.rng.random() < 0.7 else applications.COUNTER,
            answers=dict(made.route.answers),
            papers={one.key: {"how": "upload", "files": []} for one in made.papers},
            division=town,
            created_at=received,
            updated_at=received,
            submitted_at=received,
        )
        values = {one.key: sample(one.spec) for one in made.form}
        return Looked(application, made, Owned(), found), Sealed(values=values)

    def run(self) -> Planned:
        """All that happened until now."""
        changes = [self._handed_in()]
        at = self.received + timedelta(hours=self.rng.uniform(0.5, 5))
        if at < self.ground.now:
            self._move(changes, "review", {}, at)
        if self.rng.random() < TOLD and (at := at + timedelta(hours=4)) < self.ground.now:
            marks = {"fields": [self.looked.made.form[0].key], "papers": []}
            self._move(changes, "tell_gaps", {"marks": marks}, at)
            at += timedelta(days=self.rng.uniform(0.5, 6))
            if at < self.ground.now:
                self._move(changes, "correct", {}, at)
        at += timedelta(hours=self.rng.uniform(0.5, 20))
        if at < self.ground.now:
            self._accepted(changes[-1].after, changes, at)
        if self.family is not None:
            self._items(self.family)
            changes += self.family.changes
        return Planned(changes, self.looked.application, self.content, self.first)

    def _handed_in(self) -> Change:
        found, made, application = self.ground.found, self.looked.made, self.looked.application
        case = submitting.new_case(application, made, found, self.first, self.received)
        facts = submitting.first_facts(application, found, made, self.received)
        context = found.new_case(made.theme, made.book)
        return plan(LIFECYCLE, case, "submit", SYSTEM, facts, self.received, context, trusted=True)

    def _move(self, changes: list[Change], move: str, facts: dict[str, Any], at: datetime) -> None:
        case = changes[-1].after
        context = self.ground.found.for_case(case)
        changes.append(plan(LIFECYCLE, case, move, clerk(), facts, at, context, trusted=True))

    def _accepted(self, root: CaseState, changes: list[Change], at: datetime) -> None:
        count = len(self.looked.made.route.items)
        ids = [self.first + self.stride * (n + 1) for n in range(count)]
        started = handling.accepting(root, "accept", clerk(), self.looked, at, None, ids)
        changes += started
        links = [
            Link(row["before_id"], row["after_id"], EdgeKind(row["kind"]))
            for change in started
            for model, row in change.rows
            if model is CaseEdge
        ]
        self.family = Family([change.after for change in started], links, Contexts())
        if self.rng.random() < WITHDRAWN:
            self._later(root.id, "withdraw", {"note": "不再办理"}, at, 0.5, 4)
        for member in self.family.members:
            self._plan_next(member, at)

    def _later(
        self, case: int, move: str, facts: dict[str, Any], at: datetime, low: float, high: float
    ) -> None:
        self.steps += 1
        when = at + timedelta(days=self.rng.uniform(low, high))
        heapq.heappush(self.queue, (when, self.steps, case, move, facts))

    def _plan_next(self, member: CaseState, at: datetime) -> None:
        """What the body does next with an item."""
        rng = self.rng
        if member.state == "reviewing" and not member.outcome:
            days = self.looked.made.book.items[member.type_key].promise_limit.amount * WORKING
            steps = set(self.looked.made.book.items[member.type_key].special)
            if steps and not member.data.get("pauses") and rng.random() < 4 * PAUSED:
                facts = {"kind": rng.choice(sorted(steps)), "notice": "示意字〔2026〕1号"}
                self._later(member.id, "pause", facts | {"planned_days": 10}, at, 0.2, 1)
                return
            refused = rng.random() < REFUSED
            facts = {"result": "refused" if refused else "granted", "note": "不符合条件"}
            self._later(member.id, "decide", facts, at, 0.2 * days, 1.02 * days)
        elif member.state == "suspended":
            self._later(member.id, "resume", {}, at, 4, 15)
        elif member.duty("certify") is not None:
            self._later(member.id, "issue", {"licence_no": ""}, at, 0.2, 2)
        elif member.duty("handout") is not None:
            self._later(member.id, "deliver", {"way": "electronic"}, at, 0.2, 6)

    def _items(self, family: Family) -> None:
        """Everything that the queue holds, until now."""
        while self.queue and self.queue[0][0] < self.ground.now:
            at, _, case, move, facts = heapq.heappop(self.queue)
            if family.states[case].closed_at is not None:
                continue
            before = {one.id: one.state for one in family.members}
            try:
                family.move(case, move, SYSTEM, facts, at, trusted=True)
            except (FieldError, MoveRefused):  # drawn, but not open here: a limit that never pauses
                self._plan_next(family.states[case], at)
                continue
            if move == "withdraw":
                withdraw_members(family, at)
            family.settle(at)
            for member in family.members:
                if member.state != before.get(member.id) or member.id == case:
                    self._plan_next(member, at)
