"""A construction site for tests: registered with few words, moved by officers of every duty."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from yishi.foundation.access.actors import PUBLIC, Actor, ActorGrant
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.systems.construction.services.registering import Registered, register

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
