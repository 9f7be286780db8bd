"""Who builds what in the demo (模拟), and the acceptances that a few of the projects have behind
them. All names are invented."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.cases import families
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Case
from yishi.foundation.parties.services import PartyInput, find_or_create
from yishi.foundation.places.snapshot import Register
from yishi.systems.construction.owner_keys import ALPHABET, LENGTH, owner_of
from yishi.systems.construction.services import accepting, applying, surveying
from yishi.systems.construction.services.applying import ItemWish
from yishi.systems.construction.services.reading import Project, whole
from yishi.systems.construction.states import SYSTEM

OWNERS = (
    ("襄阳模拟装备有限公司", "91420600MA49QK017J"),
    ("襄阳模拟汽车零部件有限公司", "91420600MA49QK025D"),
    ("湖北模拟新能源有限公司", "91420600MA49QK0338"),
    ("襄阳模拟纺织股份有限公司", "91420600MA49QK0413"),
    ("襄阳模拟安居置业有限公司", "91420602MNXY900207"),
    ("襄阳模拟城建投资集团有限公司", "91420600MA49QK068T"),
    ("襄阳模拟医药科技有限公司", "91420600MA49QK076M"),
    ("襄阳模拟冷链物流有限公司", "91420600MA49QK084G"),
    ("襄阳模拟文旅发展有限公司", "91420600MA49QK092B"),
)
WHAT = {
    "GOV": ("中学迁建工程", "社区卫生服务中心新建工程", "污水处理厂提标改造", "市民文体中心工程",
            "城市道路改造工程", "产业园公共实训基地"),
    "PRIVATE": ("零部件智能制造项目", "电池材料生产基地", "高端纺织扩能项目", "冷链物流园",
                "制药车间技改项目", "商务酒店项目", "住宅小区项目"),
    "LAND_WITH_PLAN": ("标准地厂房一期", "标准地厂房二期", "精密模具车间", "食品加工厂房"),
}  # fmt: skip
TOWNS = ("420606570", "420606571", "420606070", "420606007", "420602001", "420607111")
CODE = "demo-owner"
TRAITS = ("special_construction", "environment_report", "water_soil")


@dataclass(frozen=True, slots=True)
class Plot:
    """A project to be lived through: begun *days* ago, at *pace* (1: as promised), through at most
    *until* stages."""

    raw: dict[str, Any]
    days: int
    pace: float
    until: int


def plots(register: Register, rng: random.Random, now: datetime, count: int = 48) -> list[Plot]:
    """The projects of the demo."""
    towns = [code for code in TOWNS if code in register.tree.nodes]
    found = []
    for number in range(count):
        kind = rng.choice(("GOV", "PRIVATE", "PRIVATE", "LAND_WITH_PLAN"))
        what = rng.choice(WHAT[kind])
        home = "住宅" in what or "酒店" in what
        owner = OWNERS[number % len(OWNERS)]
        area = rng.randrange(60, 260) * 100
        days = rng.choice((12, 30, 55, 90, 140, 200, 260, 330))
        given = now - timedelta(days=days + 20)
        region = rng.choice(("420600", "420606"))
        raw = {
            "name": f"{owner[0][2:6]}{what}（模拟{number + 1:02d}）",
            "kind": kind,
            "code": f"{given:%y%m}-{region}-04-01-{200_000 + number * 37:06d}",
            "industry": "E4700" if home or kind == "GOV" else "C3489",
            "industrial": not home and kind != "GOV",
            "real_estate": "住宅" in what,
            "investment": str(rng.randrange(20, 400) * 100),
            "floor_area": str(area),
            "division": rng.choice(towns),
            "site": f"模拟大道 {rng.randrange(1, 300)} 号",
            "owner_name": owner[0],
            "owner_uscc": owner[1],
            "traits": [trait for trait in TRAITS if rng.random() < 0.3],
            "units": _units(rng, area),
            "parcels": [{"number": f"XY2026-{number + 1:03d}", "area": str(area * 2)}],
        }
        pace = rng.choice((0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.8, 4.0))
        found.append(Plot(raw, days, pace, rng.choice((1, 2, 3, 4, 4, 4))))
    return found


def _units(rng: random.Random, area: int) -> list[dict[str, str]]:
    count = rng.randrange(1, 5)
    share = area // count
    sizes = [share] * (count - 1) + [area - share * (count - 1)]
    return [
        *(
            {
                "code": f"{n}#",
                "name": f"{n}号楼",
                "area": str(size),
                "use": "厂房",
                "fire_class": "二级",
            }
            for n, size in enumerate(sizes, 1)
        ),
        {"code": "室外", "name": "室外工程（绿化、道路、管网）", "kind": "outdoor"},
    ]


def owners(stories: Iterable[Any], now: datetime) -> dict[str, Any]:
    """The owners' files by their codes."""
    found: dict[str, Any] = {}
    for story in stories:
        name, uscc = story.owner
        if uscc not in found:
            asked = PartyInput(name, uscc, "uscc", simulated=True)
            party, _new = find_or_create(asked, actor=ITSELF, purpose="演示数据", now=now)
            found[uscc] = party.pk
    return found


def demo_code(case_id: int) -> str:
    """A query code that follows from the case's id: the demo's projects hold no secrets."""
    bits = int.from_bytes(hashlib.sha256(f"{CODE}:{case_id}".encode()).digest()[:13])
    return "".join(ALPHABET[(bits >> (5 * n)) & 31] for n in range(LENGTH))


def accept_some(now: datetime, tell: Callable[[str], None], most: int = 9) -> None:
    """Some projects whose works began long ago are measured, accepted early or as a whole."""
    rows = Case.objects.unscoped("the demo makes them").filter(
        system=SYSTEM, state__in=("stage_3", "stage_4"), data__works__started__isnull=False
    )
    rows = rows.filter(data__works__started__lte=(now - timedelta(days=45)).date().isoformat())
    for place, number in enumerate(rows.order_by("id").values_list("number", flat=True)[:most]):
        begin = now - timedelta(days=30 - place)
        project = whole(load_states(number=number)[0])
        _measure(project, begin)
        if place % 3 == 0 and project.case.data.get("industrial"):
            _early(number, begin + timedelta(days=4))
        elif place % 3 == 1:
            _joint(number, begin + timedelta(days=3), rectify=True)
        else:
            _joint(number, begin + timedelta(days=3), rectify=False)


def _measure(project: Project, at: datetime) -> None:
    codes = [unit.code for unit in project.buildings]
    owner = owner_of(project.case.id)
    raw = {
        "disciplines": ["planning_completion", "floor_area", "land_check"],
        "units": codes,
        "surveyor": "city_institute",
    }
    made = surveying.order(owner, project.case.number, raw, at - timedelta(days=9))
    areas = {unit.code: str(unit.area) for unit in project.buildings}
    results = [
        {"discipline": key, "unit": code, "area": areas[code], "accuracy": "一级"}
        for key in raw["disciplines"]
        for code in codes
    ]
    surveying.deliver(ITSELF, made.number, results, at)


def _apply(number: str, wish: ItemWish, at: datetime) -> str:
    case = load_states(number=number)[0]
    made = applying.apply(owner_of(case.id), number, [wish], at)
    _move(made[0].number, "accept", {}, at + timedelta(minutes=30))
    return made[0].number


def _move(number: str, move: str, facts: dict[str, Any], at: datetime) -> None:
    family = families.locked(number)
    family.move(family.by_number(number).id, move, ITSELF, facts, at, trusted=True)
    family.settle(at)
    commit(family.changes, quiet=True)


def _early(number: str, at: datetime) -> None:
    project = whole(load_states(number=number)[0])
    unit = project.buildings[-1].code
    item = _apply(number, ItemWish("gc_planning_check", unit=unit), at)
    _move(item, "decide", {"result": "granted"}, at + timedelta(days=2))
    declared = frozenset({"independent", "fire_separated", "utilities"})
    wish = ItemWish("gc_unit_acceptance", unit=unit, declared=declared)
    item = _apply(number, wish, at + timedelta(days=3))
    _opinions(number, item, at + timedelta(days=8), rectify=False)
    accepting.conclude(ITSELF, number, item, {"note": "同意"}, at + timedelta(days=9))


def _joint(number: str, at: datetime, *, rectify: bool) -> None:
    item = _apply(number, ItemWish("gc_joint_acceptance"), at)
    _opinions(number, item, at + timedelta(days=5), rectify=rectify)
    raw = {"notice": f"襄建验整〔2026〕{int(item[-3:]) % 90 + 1}号", "planned_days": "10"}
    accepting.conclude(ITSELF, number, item, raw, at + timedelta(days=6))


def _opinions(number: str, item: str, at: datetime, *, rectify: bool) -> None:
    project = whole(load_states(number=number)[0])
    one = project.open_round()
    if one is None:
        return
    for place, row in enumerate(project.opinions_of(one)):
        bad = rectify and row.item_key.startswith("gc_fire")
        raw = {
            "part": row.item_key,
            "opinion": "rectify" if bad else "pass",
            "text": "二层疏散走道防火门未安装闭门器" if bad else "现场查验符合要求",
        }
        accepting.give_opinion(ITSELF, number, item, raw, at + timedelta(minutes=place))
