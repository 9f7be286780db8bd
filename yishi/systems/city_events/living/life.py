"""The simulated city as a queue of what happens next, worked off through the real services.

Residents and sensors report through :func:`intake.report`, officers move cases through
:func:`moves.advance`, reporters rate through :func:`moves.evaluate`: what a person at the desk is
refused is refused here too. Cases that somebody moved in the meantime are looked at anew, so people
in training and the simulation can work side by side.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from yishi.foundation.access.actors import (
    PUBLIC,
    ROLES,
    Actor,
    ActorGrant,
    Reach,
    within,
)
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import moves, roles
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.intake import Receipt, report
from yishi.systems.city_events.lifecycle import MOVES, STATES
from yishi.systems.city_events.living import habits
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.simulate import Scene, next_step, raw_report, scene_of

#: Between two tries at a step that was refused or put off.
LATER = timedelta(minutes=20)
#: Shares: closed cases that are rated; rated badly and asked to be done again; repeated sensor
#: events of the same thing.
RATED, ASKED_AGAIN, SENSED_AGAIN = 0.3, 0.25, 0.3


@dataclass(frozen=True, slots=True)
class Plan:
    """How the city is to live. *speed* divides every pause; *per_hour* are reports on an ordinary
    hour before it; *left_to* are grants whose steps are left to people."""

    seed: int = 1
    speed: float = 1.0
    per_hour: float = 12.0
    day: str = "ordinary"
    left_to: tuple[ActorGrant, ...] = ()


@dataclass(slots=True)
class Life:
    """A running simulation. ``begin`` once, then ``act`` whenever :attr:`next_at` has come."""

    plan: Plan
    scene: Scene
    registers: City
    run: str
    tally: Counter[str] = field(default_factory=Counter)
    _queue: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)
    _reports: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _rng: Random = field(default_factory=Random)

    @property
    def next_at(self) -> datetime:
        """When something happens next."""
        return self._queue[0][0]

    @property
    def day(self) -> habits.Day:
        """The kind of day."""
        return habits.DAYS[self.plan.day]

    def begin(self, now: datetime, open_cases: Iterable[int]) -> None:
        """Take over the *open_cases* and wait for the first report."""
        for case_id in open_cases:
            wait = timedelta(minutes=self._rng.uniform(0, 240)) / self.plan.speed
            self._at(now + wait, partial(self._work, case_id))
        self._await_report(now)

    def act(self, now: datetime) -> None:
        """Do what is next, at *now* (never before :attr:`next_at`)."""
        _, _, happening = heapq.heappop(self._queue)
        happening(now)

    def _at(self, when: datetime, what: Callable[[datetime], None]) -> None:
        heapq.heappush(self._queue, (when, next(self._order), what))

    def _after(self, now: datetime, wait: timedelta, what: Callable[[datetime], None]) -> None:
        self._at(now + wait / self.plan.speed, what)

    # --- Residents and sensors -------------------------------------------------------------------

    def _await_report(self, now: datetime) -> None:
        wait = habits.until_next_report(self._rng, now, self.plan.per_hour, self.day)
        self._after(now, wait, self._somebody_reports)

    def _somebody_reports(self, now: datetime) -> None:
        rng = Random(f"{self.plan.seed}/{self.run}/{next(self._reports)}")
        raw, channel = raw_report(self.scene, rng, rng.getrandbits(62))
        if channel == "camera":
            raw["object_ref"] = f"sim-{raw['landmark']}"
            low = 0.4 if rng.random() < self.day.doubt else 0.86
            raw["confidence"] = round(rng.uniform(low, 0.99), 2)
        self._report(raw, channel, now)
        if channel == "camera" and rng.random() < SENSED_AGAIN:
            again = raw | {"external_id": f"sim-{rng.getrandbits(62)}"}
            self._after(now, timedelta(minutes=rng.uniform(1, 9)), self._again(again, channel))
        elif rng.random() < self.day.echoes:
            for _ in range(rng.randint(1, 3)):
                echo = habits.echo_of(rng, raw) | {"external_id": f"sim-{rng.getrandbits(62)}"}
                wait = timedelta(minutes=rng.uniform(3, 90))
                self._after(now, wait, self._again(echo, "portal"))
        self._await_report(now)

    def _again(self, raw: dict[str, Any], channel: str) -> Callable[[datetime], None]:
        return lambda at: self._report(raw, channel, at)

    def _report(self, raw: dict[str, Any], channel: str, now: datetime) -> None:
        receipt: Receipt = report(PUBLIC, raw, channel, now)
        self.tally["并入" if receipt.merged else "上报"] += 1
        if not receipt.merged:
            self._work(load_states(number=receipt.number)[0].id, now)

    # --- Officers --------------------------------------------------------------------------------

    def _work(self, case_id: int, now: datetime) -> None:
        """Draw what is done next with the case, by whom and when; then wait for it."""
        found = load_states([case_id])
        case = found[0] if found else None
        if case is None or STATES[case.state].final:
            return
        rng = Random(f"{self.plan.seed}/{case.number}/{case.version}")
        step = next_step(self.scene, case, now, rng)
        if step is None:
            return
        name, facts, wait, _ = step
        if not MOVES[name].roles:  # what the worker does when its time has come
            self._after(now, max(wait, LATER), partial(self._work, case_id))
            return
        actor = officer_for(case, name, self.registers.register.root)
        if self._left_to_people(actor, case):
            self._after(now, LATER, partial(self._work, case_id))
            return
        habit = habits.habit_of(self.plan.seed, habits.who_acts(case, actor.grants[0].role))
        wait *= habit.pace * self.day.slowness
        if rng.random() < habit.absent:
            wait += timedelta(hours=rng.uniform(1, 6))
        version = case.version
        self._after(now, wait, lambda at: self._move(actor, case.number, version, name, facts, at))

    def _left_to_people(self, actor: Actor, case: CaseState) -> bool:
        grant = actor.grants[0]
        return any(
            kept.role == grant.role
            and (kept.unit_id is None or kept.unit_id == grant.unit_id)
            and within(case.managed_path, kept.scope)
            for kept in self.plan.left_to
        )

    def _move(
        self,
        actor: Actor,
        number: str,
        version: int,
        name: str,
        facts: dict[str, Any],
        at: datetime,
    ) -> None:
        asked = {need.name for need in MOVES[name].needs}
        raw = {key: value for key, value in facts.items() if key in asked}
        try:
            case = moves.advance(actor, number, name, raw, at, expected_version=version)
        except MoveRefused as refused:
            # Somebody was quicker: their move is looked at soon. Otherwise it is tried later.
            self.tally["让步" if refused.code == "version" else "不允许"] += 1
            case_id = load_states(number=number)[0].id
            self._after(at, LATER, partial(self._work, case_id))
            return
        except (CaseNotFound, FieldError):
            self.tally["出错"] += 1
            return
        self.tally[MOVES[name].label] += 1
        if case.state == "closed":
            self._await_rating(case, at)
        else:
            self._work(case.id, at)

    # --- Reporters, afterwards -------------------------------------------------------------------

    def _await_rating(self, case: CaseState, now: datetime) -> None:
        rng = Random(f"{self.plan.seed}/rating/{case.number}/{case.version}")
        if rng.random() < RATED:
            wait = timedelta(hours=rng.uniform(0.5, 30))
            self._after(now, wait, lambda at: self._rate(case, rng, at))

    def _rate(self, case: CaseState, rng: Random, at: datetime) -> None:
        report_id = (
            Report.objects.unscoped("the simulated reporter looks for the own report")
            .filter(case_id=case.id, channel__in=("portal", "hotline"))
            .values_list("id", flat=True)
            .first()
        )
        if report_id is None:
            return
        reporter = Actor(
            "reporter", f"report:{report_id}", "模拟上报人", own_cases=frozenset({case.id})
        )
        late = case.timeliness == "late"
        score = rng.choices((1, 2, 3, 4, 5), (20, 30, 20, 18, 12) if late else (45, 35, 12, 5, 3))[
            0
        ]
        try:
            moves.evaluate(reporter, case.id, score, "yes" if score < 4 else "no", "", at)
            self.tally["评价"] += 1
            if score >= 4 and rng.random() < ASKED_AGAIN:
                note = {"note": "问题没有解决，请再来看看（模拟）"}
                moves.advance(reporter, case.number, "reopen", note, at)
                self.tally[MOVES["reopen"].label] += 1
                self._work(case.id, at)
        except (FieldError, MoveRefused, CaseNotFound):
            self.tally["让步"] += 1


def officer_for(case: CaseState, move: str, root: str) -> Actor:
    """A simulated officer who may make *move* on *case*: named as one, in the role and unit that
    its duty belongs to."""
    step = MOVES[move]
    role = sorted(step.roles - {"reporter"})[0]
    if "unit_officer" in step.roles:
        role = "unit_officer"
    duty = case.duty(step.duty) if step.duty else case.duty(roles.MAIN)
    unit = duty.unit_id if duty is not None else case.unit_id
    known = ROLES[role]
    grant = ActorGrant(role, None if known.reach is Reach.SCOPE else unit, root)
    return Actor("user", f"simulator:{role}", f"模拟{known.label}", (grant,))


def start(plan: Plan, now: datetime, run: str) -> Life:
    """A life that goes on with the installation's open cases. *run* names it: the same run, seed
    and database bring the same reports."""
    from yishi.foundation.cases.models import Case

    registers = city()
    scene = scene_of(registers, (), now)
    weights = habits.weights_of(scene.types, scene.weights, habits.DAYS[plan.day])
    life = Life(plan, replace(scene, weights=weights), registers, run)
    life._rng.seed(f"{plan.seed}/{run}")
    final = [name for name, state in STATES.items() if state.final]
    cases = Case.objects.unscoped("the simulated officers go on with every open case")
    rows = cases.exclude(state__in=final).order_by("id").values_list("id", flat=True)
    life.begin(now, list(rows))
    return life
