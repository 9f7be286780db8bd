"""Simulated licences by pledge in all states for the demo (模拟): made by the verbs themselves."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.access.models import Grant, User
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties.models import Party
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences import due
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.catalogue.model import Book
from yishi.systems.pledge_licences.context import City, city
from yishi.systems.pledge_licences.models import Finding
from yishi.systems.pledge_licences.ports import credit
from yishi.systems.pledge_licences.services import (
    beginning,
    checking,
    leaving,
    lottery,
    screening,
    signing,
    texts,
)

ZONE = ZoneInfo("Asia/Shanghai")
COUNT = 240
#: What becomes of a simulated licence, with weights.
FATES = (
    ("waits", 20),
    ("received", 14),
    ("met", 38),
    ("rectified", 8),
    ("rectifying", 5),
    ("revoked", 3),
    ("false", 3),
    ("cancelled", 2),
    ("kept", 1),
    ("withdrawn", 3),
    ("ordinary", 3),
)
STREETS = ("长虹路", "人民路", "解放路", "檀溪路", "七里河路", "春园路", "中原路", "炮铺街")


@dataclass
class Scene:
    """What the simulation shares."""

    found: City
    book: Book
    rng: random.Random
    now: datetime
    #: Counties and functions of the demo's regulators: every third licence is one of theirs.
    homes: tuple[str, ...] = ()
    theirs: frozenset[str] = frozenset()
    officers: dict[int, tuple[Actor, Actor]] = field(default_factory=dict)

    def pair(self, unit: int) -> tuple[Actor, Actor]:
        """Two simulated officers of a unit that checks."""
        if unit not in self.officers:
            self.officers[unit] = (_officer(unit, 1), _officer(unit, 2))
        return self.officers[unit]


def _officer(unit: int, place: int) -> Actor:
    user, new = User.objects.get_or_create(
        username=f"pledge-check-{unit}-{place}",
        defaults={"display_name": f"模拟监管员{'甲乙'[place - 1]}"},
    )
    if new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        Grant.objects.create(
            user=user,
            role=s.REGULATOR,
            unit_id=unit,
            scope="",
            valid_from=datetime(2020, 1, 1, tzinfo=ZONE),
        )
    grants = (ActorGrant(s.REGULATOR, unit, ""),)
    return Actor("user", f"user:{user.pk}", user.display_name, grants, user_id=user.pk)


def make_up(
    now: datetime, seed: str, tell: Callable[[str], None] = lambda line: None, count: int = COUNT
) -> int:
    """Store simulated licences unless there are any; returns how many cases there are then."""
    have = Case.objects.unscoped("the demo looks whether it was loaded").filter(system=s.SYSTEM)
    holders = list(
        Party.objects.filter(simulated=True, state="active")
        .filter(legal_kind__in=("enterprise", "individual_business"))
        .order_by("id")
    )
    if have.exists() or not holders:
        return 0
    found = city()
    homes, theirs = _watched()
    rng = random.Random(f"pledge:{seed}")
    scene = Scene(found, found.list_at(now)[1], rng, now, homes, theirs)
    fates = [fate for fate, weight in FATES for _ in range(weight)]
    done = 0
    with credit.simulated_past():
        for _n in range(count):
            done += _life(scene, scene.rng.choice(holders), scene.rng.choice(fates))
    due.run_due(now)
    _lot(now, seed)
    tell(f"pledge_licences: {done} simulated applications")
    return done


def _watched() -> tuple[tuple[str, ...], frozenset[str]]:
    """Where the demo's regulators work, and what for: they are to find something in their list."""
    rows = Grant.objects.filter(role=s.REGULATOR, user__is_demo=True, unit__isnull=False)
    units = [row.unit for row in rows.select_related("unit__division") if row.unit is not None]
    homes = sorted({unit.division.code for unit in units})
    return tuple(homes), frozenset(name for unit in units for name in unit.functions)


def _lot(now: datetime, seed: str) -> None:
    try:
        lottery.draw(now.astimezone(ZONE).date(), f"模拟-{seed}", ITSELF, now)
    except FieldError:
        return  # this month's lot was drawn before


def _life(scene: Scene, holder: Party, fate: str) -> int:
    """One application and what became of it; what the rules refuse is left out."""
    begun = _moment(scene, scene.now - timedelta(days=scene.rng.randrange(2, 150)))
    fitting = [one for one in scene.book.licences.values() if holder.legal_kind in one.holders]
    items = scene.found.items(begun).items
    near = [one for one in fitting if (one.regulator or items[one.item].function) in scene.theirs]
    at_home = bool(near and scene.homes) and scene.rng.random() < 1 / 3
    licence = scene.rng.choice(near if at_home else fitting)
    county = scene.rng.choice(scene.homes) if at_home else ""
    try:
        with transaction.atomic():
            _live(scene, _apply(scene, holder, licence.key, begun, county), fate, begun)
    except (FieldError, MoveRefused):
        return 0
    return 1


def _apply(scene: Scene, holder: Party, licence: str, at: datetime, county: str = "") -> CaseState:
    places = scene.found.base.places
    county = county or scene.rng.choice(list(places.picker_children())).code
    towns = list(places.picker_children(county))
    street, house = scene.rng.choice(STREETS), scene.rng.randrange(1, 200)
    item = scene.found.items(at).items[scene.book.licences[licence].item]
    values = _chief(holder, at)
    if "premises_address" in item.fields:
        values["premises_address"] = f"{street}{house}号（模拟）"
    raw = {
        "licence": licence,
        "division": scene.rng.choice(towns).code,
        "channel": scene.rng.choice(("mobile", "mobile", "web")),
        "values": values,
    }
    actor = Actor("party", "account:0", "", party_id=holder.file_id)
    return beginning.begin(actor, raw, at)


def _chief(holder: Party, at: datetime) -> dict[str, str]:
    """A made-up representative where the file names none."""
    from yishi.foundation.parties.identifiers import resident_check_sign
    from yishi.foundation.parties.services import known_fields

    known = known_fields(holder, at.date())
    if "legal_representative_id" in known:
        return {}
    first = f"42060619{80 + holder.pk.int % 15:02d}0{1 + holder.pk.int % 9}150{holder.pk.int % 10}"
    return {
        "legal_representative": "模拟负责人",
        "legal_representative_id": first + "0" + resident_check_sign(first + "0"),
    }


def _live(scene: Scene, case: CaseState, fate: str, at: datetime) -> None:
    holder = Actor("party", "account:0", "", party_id=beginning.holder_id(case))
    case = screening.screen(holder, case.number, at + timedelta(minutes=1))
    if case.state == "not_eligible" or fate == "ordinary":
        leaving.to_ordinary(holder, case.number, at + timedelta(minutes=2))
        return
    if fate == "withdrawn":
        leaving.withdraw(holder, case.number, at + timedelta(minutes=2))
        return
    shown = texts.show(holder, case.number, at + timedelta(minutes=1))
    given = {"shown_hash": shown.hash, "agreed": [key for key, *_more in shown.conditions]}
    signed = at + timedelta(minutes=scene.rng.choice((2, 2, 3, 4)))
    case = signing.sign(holder, case.number, given, signed)
    if case.state != "pushed":
        leaving.to_ordinary(holder, case.number, signed)
        return
    checking.deliver(holder, case.number, signed)
    if fate != "waits":
        _check(scene, case, fate, signed)


def _check(scene: Scene, case: CaseState, fate: str, at: datetime) -> None:
    one, two = scene.pair(case.data["regulator"])
    received = _moment(scene, at + timedelta(days=scene.rng.randrange(1, 4)))
    if received >= scene.now:
        return
    checking.receipt(one, case.number, received)
    looked = _moment(scene, received + timedelta(days=scene.rng.randrange(3, 50)))
    if fate == "received" or looked >= scene.now:
        return
    _found(scene, case, fate, one, two, looked)


def _found(scene: Scene, case: CaseState, fate: str, one: Actor, two: Actor, at: datetime) -> None:
    if fate == "met":
        checking.record_finding(one, case.number, _finding(scene, case, two), at)
        return
    if fate == "kept":
        raw = _finding(scene, case, two, Finding.FALSE, note="撤销将使片区基本服务中断（模拟）")
        checking.ask_exception(one, case.number, raw, at)
        grants = (ActorGrant(s.HEAD, case.data["regulator"], ""),)
        head = Actor("user", "user:0", "模拟负责人", grants)
        checking.keep(head, case.number, "符合例外情形，依法不予撤销（模拟）", at)
        return
    if fate in ("false", "cancelled"):
        raw = _finding(scene, case, two, Finding.FALSE)
        checking.record_finding(one, case.number, raw, at)
        if fate == "cancelled":
            grants = (ActorGrant(s.APPROVER, case.data["body"], ""),)
            approver = Actor("user", "user:0", "模拟审批人", grants)
            checking.cancel(approver, case.number, at + timedelta(days=2))
        return
    until = (at + timedelta(days=14)).astimezone(ZONE).date()
    raw = _finding(scene, case, two, Finding.NOT_MET, rectify_by=until)
    checking.record_finding(one, case.number, raw, at)
    again = _moment(scene, at + timedelta(days=17))
    if fate == "rectifying" or again >= scene.now:
        return
    result = Finding.MET if fate == "rectified" else Finding.NOT_MET
    checking.record_finding(one, case.number, _finding(scene, case, two, result), again)


def _finding(
    scene: Scene, case: CaseState, second: Actor, result: str = Finding.MET, **more: Any
) -> dict[str, Any]:
    conditions = scene.found.for_case(case).catalogue.licences[case.type_key].conditions
    wrong = scene.rng.randrange(len(conditions)) if result != Finding.MET else -1
    raw: dict[str, Any] = {
        "result": result,
        "conditions": [
            {"key": one.key, "met": place != wrong} for place, one in enumerate(conditions)
        ],
        "second": second.user_id,
        "note": "模拟核查",
        **more,
    }
    if result == Finding.FALSE:
        raw["evidence"] = "提交的租赁合同系伪造（模拟）"
    return raw


def _moment(scene: Scene, day: datetime) -> datetime:
    """A moment of office hours on that day or the next working day."""
    at = day.astimezone(ZONE)
    found = scene.found.base.calendar.add_wd(at.date() - timedelta(days=1), 1).day
    hour, minute = scene.rng.choice((9, 10, 11, 14, 15, 16)), scene.rng.randrange(60)
    return datetime(found.year, found.month, found.day, hour, minute, tzinfo=ZONE)
