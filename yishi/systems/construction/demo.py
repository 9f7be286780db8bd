"""Simulated projects in all stages for the demo (模拟): planned in memory, stored in blocks."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.approvals.context import Registers, registers
from yishi.foundation.approvals.starting import Wish, prepare
from yishi.foundation.cases import families
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.families import Edge, Family
from yishi.foundation.cases.families.contexts import Contexts
from yishi.foundation.cases.load import reserve
from yishi.foundation.cases.models import CaseParty
from yishi.foundation.cases.models.parties import APPLICANT
from yishi.foundation.cases.plan import plan
from yishi.foundation.places.values import Place
from yishi.systems.construction import made_up
from yishi.systems.construction.catalogue import Book
from yishi.systems.construction.catalogue.types import ProjectItem
from yishi.systems.construction.context import City, city
from yishi.systems.construction.lifecycle import LIFECYCLE
from yishi.systems.construction.owner_keys import key_row
from yishi.systems.construction.rules.codes import StubVerifier
from yishi.systems.construction.services import registering
from yishi.systems.construction.services.inputs import read_project
from yishi.systems.construction.states import stage_number

ZONE = ZoneInfo("Asia/Shanghai")
BLOCK = 20


@dataclass
class Scene:
    """What the simulation may know."""

    city: City
    items: Registers
    book: Book
    version: int
    now: datetime
    rng: random.Random
    contexts: Contexts = field(default_factory=Contexts)

    def later(self, moment: datetime, days: int, hour: int | None = None) -> datetime:
        """*days* working days after *moment*."""
        day = self.city.calendar.add_wd(moment.astimezone(ZONE).date(), max(0, days)).day
        chosen = self.rng.choice((9, 10, 11, 14, 15, 16)) if hour is None else hour
        found = datetime(day.year, day.month, day.day, chosen, self.rng.randrange(60), tzinfo=ZONE)
        return max(found, moment + timedelta(minutes=1))


class Story:
    """One project lived through in memory."""

    def __init__(self, scene: Scene, raw: dict[str, Any], begin: datetime, case_id: int) -> None:
        self.scene, self.at = scene, begin
        wanted = read_project(raw, scene.book, scene.city.register, begin.date())
        case = registering._new_case(case_id, scene.version, wanted, scene.city, begin)
        verdict = StubVerifier().verify(wanted.code) if wanted.code else None
        changes = registering._planned(case, wanted, verdict, ITSELF, scene.city, begin)
        self.family = Family([], [])
        self.family.contexts = scene.contexts
        for change in changes:
            self.family.keep(change)
        self.rows = registering._rows(case_id, wanted, verdict, begin)
        self.owner = (wanted.owner_name, wanted.owner_uscc)
        self.over = False

    @property
    def root(self) -> Any:
        """The project as it stands."""
        return self.family.root

    def batch(self, keys: Iterable[str], ids: list[int], pace: float) -> bool:
        """Apply for *keys* and let their offices work; False when the present was reached."""
        scene, root = self.scene, self.root
        traits = root.data.get("traits") or ()
        items = [i for key in keys if (i := scene.book.item[key]).fits(root.type_key, traits)]
        if self.at >= scene.now:
            return False
        members = self._start([item.key for item in items], ids)
        ends: dict[str, datetime] = {}
        events: list[tuple[datetime, Callable[[datetime], None]]] = []
        for item in items:
            before = [
                ends[one.key]
                for one in scene.book.before(item, root.type_key, traits)
                if one.key in ends
            ]
            begin = scene.later(max([self.at, *before]), scene.rng.choice((0, 0, 1)))
            days = max(1, round(item.promise * pace * scene.rng.uniform(0.5, 1.1)))
            course, ends[item.key] = self._course(members[item.key], item, begin, days)
            events += course
        self._play(events)
        self.at = max(ends.values(), default=self.at)
        return self.at < scene.now

    def _course(
        self, case_id: int, item: ProjectItem, begin: datetime, days: int
    ) -> tuple[list[tuple[datetime, Callable[[datetime], None]]], datetime]:
        """Accepted at *begin*, decided after *days*; a design is shown to the public meanwhile."""

        def act(move: str, facts: dict[str, Any]) -> Callable[[datetime], None]:
            return lambda at: self._move(case_id, move, facts, at)

        found = [(begin, act("accept", {}))]
        end = self.scene.later(begin, days)
        if item.key == "gc_scheme_review":
            notice = {
                "kind": "public_notice",
                "notice": f"规公告〔2026〕{case_id % 97 + 1}号",
                "planned_days": 7,
                "note": "方案批前公示",
            }
            away = self.scene.later(begin, 1)
            back = self.scene.later(away, 7)
            found += [(away, act("pause", notice)), (back, act("resume", {}))]
            end = self.scene.later(back, max(1, days - 1))
        return [*found, (end, act("decide", {"result": "granted"}))], end

    def _play(self, events: list[tuple[datetime, Callable[[datetime], None]]]) -> None:
        for at, action in sorted(events, key=lambda event: event[0]):
            if at >= self.scene.now:
                self.over = True
                return
            action(at)

    def _move(self, case_id: int, move: str, facts: dict[str, Any], at: datetime) -> None:
        from yishi.foundation.cases.draft import MoveRefused

        try:
            self.family.move(case_id, move, ITSELF, facts, at, trusted=True)
        except MoveRefused:
            return  # it still waits for another: the officers come back to it
        self.family.settle(at)

    def _start(self, keys: list[str], ids: list[int]) -> dict[str, int]:
        scene, root = self.scene, self.root
        place = Place(root.lon, root.lat, None, root.division, root.managed_path, True)
        traits = root.data.get("traits") or ()
        there = {m.type_key: m for m in self.family.members}
        members = []
        for key in keys:
            item = scene.book.item[key]
            edges = tuple(
                Edge(one.key)
                for one in scene.book.before(item, root.type_key, traits)
                if one.key in keys or (one.key in there and not there[one.key].outcome)
            )
            wish = Wish(item=key, channel="web", subject=f"{item.name}｜{root.subject}")
            member = prepare(scene.items, ids.pop(), wish, place, self.at, after=edges)
            member.case.data["project"] = root.number
            members.append(member)
        offices = [
            {"number": m.case.number, "key": m.key, "mode": "normal", "office": m.facts["unit"]}
            for m in members
        ]
        context = scene.contexts(root)
        change = plan(LIFECYCLE, root, "apply", ITSELF, {"items": offices}, self.at, context,
                      trusted=True)  # fmt: skip
        self.family.keep(change)
        stage = max(scene.book.item[key].stage for key in keys)
        if stage > stage_number(root.state):
            opened = plan(LIFECYCLE, self.root, f"open_stage_{stage}", ITSELF, {}, self.at, context,
                          trusted=True)  # fmt: skip
            self.family.keep(opened)
        made = families.start(self.family.changes[-1], members, actor=ITSELF, now=self.at,
                              existing=there, contexts=scene.contexts)  # fmt: skip
        for one in made[1:]:
            self.family.keep(one, "receive")
        self._link(made[1:])
        return {member.key: member.case.id for member in members}

    def _link(self, changes: Iterable[Any]) -> None:
        from yishi.foundation.cases.families import EdgeKind, Link
        from yishi.foundation.cases.models import CaseEdge

        for change in changes:
            for model, row in change.rows:
                if model is CaseEdge:
                    kind = EdgeKind(row["kind"])
                    self.family.links.append(Link(row["before_id"], row["after_id"], kind))

    def works(self) -> None:
        """Works begin some days after the permit."""
        begin = self.scene.later(self.at, 5)
        if begin >= self.scene.now or "works" not in self.root.data:
            return
        facts = {"started_on": begin.date()}
        self.family.move(self.root.id, "report_start", ITSELF, facts, begin, trusted=True)
        self.at = begin


BATCHES = (
    ("gc_proposal", "gc_site_opinion", "gc_feasibility", "gc_filing", "gc_mineral_check",
     "gc_scenic_review", "gc_land_use_permit"),
    ("gc_scheme_review", "gc_civil_defence", "gc_greening", "gc_preliminary_design",
     "gc_environment", "gc_water_soil", "gc_heritage", "gc_planning_permit"),
    ("gc_drawing_review", "gc_fire_design", "gc_seismic", "gc_quality_safety",
     "gc_construction_permit"),
    ("gc_water_access", "gc_power_access"),
)  # fmt: skip


def live(scene: Scene, raw: dict[str, Any], begin: datetime, ids: list[int], pace: float,
         until: int) -> Story:  # fmt: skip
    """A project from *begin* to the present, or to the end of stage *until*."""
    story = Story(scene, raw, begin, ids.pop())
    if story.root.state == "code_pending":
        return story
    for number, keys in enumerate(BATCHES[:until], start=1):
        story.at = scene.later(story.at, scene.rng.randrange(3, 25) if number > 1 else 1)
        if not story.batch(keys, ids, pace) or story.over:
            break
        if number == 3:
            story.works()
    return story


def make_up(now: datetime, seed: str, tell: Callable[[str], None] = lambda line: None) -> int:
    """Some dozens of projects in all stages; returns how many."""
    found = city()
    version, book = found.catalogue(now)
    rng = random.Random(f"{seed}:construction")
    scene = Scene(found, registers(), book, version, now, rng)
    plots = made_up.plots(found.register, rng, now)
    stories = [
        live(scene, plot.raw, _begin(scene, plot.days), sorted(reserve(40), reverse=True),
             plot.pace, plot.until)
        for plot in plots
    ]  # fmt: skip
    parties = made_up.owners(stories, now)
    for at in range(0, len(stories), BLOCK):
        with transaction.atomic():
            for story in stories[at : at + BLOCK]:
                rows = [*story.rows, (CaseParty, _party(story, parties, now))]
                code = made_up.demo_code(story.root.id)
                rows.append(key_row(story.root.id, code, now))
                commit(story.family.changes, rows, quiet=True)
    made_up.accept_some(scene.now, tell)
    tell(f"demo: {len(stories)} construction projects")
    return len(stories)


def _begin(scene: Scene, days: int) -> datetime:
    first = (scene.now - timedelta(days=days)).astimezone(ZONE).date()
    at = datetime(first.year, first.month, first.day, 9, 0, tzinfo=ZONE)
    return scene.later(at, 1)


def _party(story: Story, parties: dict[str, Any], now: datetime) -> dict[str, Any]:
    party = parties[story.owner[1]]
    return {"case_id": story.root.id, "party_id": party, "role": APPLICANT, "at": now}
