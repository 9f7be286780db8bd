"""A construction site for tests: registered with few words, moved by officers of every duty."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from yishi.foundation.access.actors import PUBLIC, Actor, ActorGrant
from yishi.foundation.approvals import services as approvals
from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.systems.construction.lifecycle.counting import used_of
from yishi.systems.construction.owner_keys import owner_of
from yishi.systems.construction.rules.joint import Outcome
from yishi.systems.construction.services.accepting import conclude, give_opinion
from yishi.systems.construction.services.applying import ItemWish, apply
from yishi.systems.construction.services.moving import advance
from yishi.systems.construction.services.reading import Project, whole
from yishi.systems.construction.services.registering import Registered, register
from yishi.systems.construction.services.surveying import deliver, order

CITY_TIME = ZoneInfo("Asia/Shanghai")
_numbers = itertools.count(100_001)

UNITS = [
    {"code": "1#", "name": "1号生产厂房", "area": "12000", "use": "丙类厂房", "fire_class": "二级"},
    {"code": "2#", "name": "2号装配车间", "area": "8000", "use": "丁类厂房", "fire_class": "二级"},
    {"code": "3#", "name": "3号仓库", "area": "4500", "use": "丙类仓库", "fire_class": "二级"},
    {"code": "室外", "name": "室外工程（绿化、道路、管网）", "kind": "outdoor"},
]


def at(text: str) -> datetime:
    """A moment in the city's time: ``2026-03-10 09:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=CITY_TIME)


def raw(**fields: Any) -> dict[str, Any]:
    """What an industrial project with three units is registered with."""
    return {
        "name": "高端装备零部件生产项目（模拟）",
        "kind": "PRIVATE",
        "code": f"2601-420606-04-01-{next(_numbers)}",
        "industry": "C3489",
        "industrial": True,
        "investment": "26000",
        "floor_area": "24500",
        "division": "420606570",
        "site": "高新区深圳大道 18 号（模拟）",
        "owner_name": "襄阳模拟装备有限公司",
        "owner_uscc": "91420600MA49QK017J",
        "units": UNITS,
        "parcels": [{"number": "GX2026-018", "area": "33350", "use": "工业用地"}],
        **fields,
    }


def officer(*roles: str, scope: str = "4206", unit: int | None = None) -> Actor:
    """Somebody with *roles*; not an account."""
    return Actor("user", "user:0", "测试", tuple(ActorGrant(r, unit, scope) for r in roles))


def registered(when: str = "2026-01-26 09:00", **fields: Any) -> Registered:
    """A project of the owner's own registration."""
    return register(PUBLIC, raw(**fields), at(when))


def state(number: str) -> CaseState:
    """The case as stored."""
    return load_states(number=number)[0]


class Site:
    """A project moved to where a test begins; ``now`` is set by the test."""

    WINDOW = "window_clerk"

    def __init__(self, when: str = "2026-01-26 09:00", **fields: Any) -> None:
        self.now = at(when)
        found = registered(when, **fields)
        self.number, self.owner_code = found.case.number, found.owner_code

    @property
    def case(self) -> CaseState:
        return state(self.number)

    @property
    def project(self) -> Project:
        return whole(self.case)

    @property
    def owner(self) -> Actor:
        return owner_of(self.case.id)

    def clerk(self) -> Actor:
        return officer("window_clerk", "project_office")

    def approver(self, number: str) -> Actor:
        """An officer of the unit that decides the item."""
        return officer("approver", "stage_lead", unit=state(number).unit_id)

    def of_office(self, office: int) -> Actor:
        return officer("approver", "stage_lead", "surveyor", unit=office)

    def apply(self, *keys: str, when: str = "", **more: Any) -> list[str]:
        """Apply for items (``key`` or ``key@unit``); returns their numbers."""
        self.now = at(when) if when else self.now
        wishes = [
            ItemWish(key.partition("@")[0], unit=key.partition("@")[2], **more) for key in keys
        ]
        return [case.number for case in apply(self.owner, self.number, wishes, self.now)]

    def accept(self, number: str, when: str = "") -> None:
        approvals.accept(self.approver(number), number, at(when) if when else self.now)

    def grant(self, number: str, when: str = "", result: str = "granted") -> CaseState:
        return approvals.decide(
            self.approver(number),
            number,
            at(when) if when else self.now,
            result=result,
            reason="" if result == "granted" else "不符合规划条件",
        )

    def done(self, *keys: str, when: str = "") -> list[str]:
        """Apply for items, accept and grant them all at once."""
        numbers = self.apply(*keys, when=when)
        for number in numbers:
            if state(number).state == "waiting":
                continue
            self.accept(number)
            self.grant(number)
        for number in numbers:
            if not state(number).outcome:
                self.accept(number)
                self.grant(number)
        return numbers

    def built(self, when: str = "2026-06-01 10:00") -> None:
        """All stages up to the works: granted within one day, which uses up no days."""
        self.now = at(when)
        self.done("gc_filing", "gc_land_use_permit")
        self.done("gc_scheme_review")
        self.done("gc_planning_permit", "gc_civil_defence", "gc_greening")
        self.done("gc_drawing_review", "gc_quality_safety")
        self.done("gc_construction_permit")
        facts = {"started_on": self.now.date()}
        advance(self.owner, self.number, "report_start", facts, self.now)

    def measured(self, *units: str, when: str = "2026-09-01 10:00") -> None:
        """The units are measured by the city's institute."""
        self.now = at(when)
        made = order(
            self.owner,
            self.number,
            {
                "disciplines": ["planning_completion", "floor_area"],
                "units": list(units),
                "surveyor": "city_institute",
            },
            self.now,
        )
        areas = {unit["code"]: unit.get("area") for unit in UNITS}
        results = [
            {"discipline": discipline, "unit": unit, "area": areas[unit]}
            for discipline in ("planning_completion", "floor_area")
            for unit in units
        ]
        deliver(self.of_office(made.office_id), made.number, results, self.now)

    def opinions(self, item: str, when: str = "", **said: str) -> None:
        """Every open part of the round says pass, but those of *said* (by item key)."""
        self.now = at(when) if when else self.now
        one = self.project.open_round(state(item).id)
        assert one is not None
        for row in self.project.opinions_of(one):
            if row.opinion:
                continue
            raw: dict[str, Any] = {"part": row.item_key, "opinion": said.get(row.item_key, "pass")}
            later = ["补栽行道树"] if "later" in raw["opinion"] else []
            raw |= {"text": "见现场查验记录", "later": later}
            give_opinion(self.of_office(row.office_id), self.number, item, raw, self.now)

    def conclude(self, item: str, when: str = "", **raw: Any) -> Outcome:
        self.now = at(when) if when else self.now
        return conclude(self.approver(item), self.number, item, raw, self.now)


def day(moment: datetime) -> date:
    """The day of a moment in the city."""
    return moment.astimezone(SHANGHAI).date()


def used(site: Site, when: str) -> int:
    """The days that the project has used."""
    return used_of(site.case, active_calendar(), at(when))[0]
