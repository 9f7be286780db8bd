"""Simulated theme cases for the demo (模拟): in all states, over ninety days, by plan and commit.

Names, numbers and addresses are made up; the same seed gives the same cases.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.access.tracking import tracking_hash
from yishi.foundation.approvals.catalogue.model import FieldSpec
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.families import Family, Link
from yishi.foundation.cases.load import reserve
from yishi.foundation.cases.models import Case, CaseEdge
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties.ids import time_uuid
from yishi.systems.life_events import applications, handling, submitting
from yishi.systems.life_events import states as s
from yishi.systems.life_events.applications import CONFIRMED, Owned, Sealed
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.handling import Looked
from yishi.systems.life_events.lifecycle import CITY_TIME, LIFECYCLE, day_of
from yishi.systems.life_events.made import Made, made_of
from yishi.systems.life_events.models import Application, CancellationNotice
from yishi.systems.life_events.notices import window
from yishi.systems.life_events.paperwork import DEFERRED
from yishi.systems.life_events.versions import Registers, registers

DAYS = 90
BLOCK = 25
#: How often each ending comes, per hundred.
ENDINGS = (
    ("submitted", 8),
    ("reviewing", 5),
    ("correcting", 6),
    ("accepted", 6),
    ("handling", 25),
    ("done", 34),
    ("partial", 7),
    ("withdrawn", 5),
    ("not_accepted", 4),
)
_SAMPLES = {
    "text": "模拟内容",
    "long_text": "模拟说明",
    "int": "6",
    "decimal": "86.5",
    "money": "100000.00",
    "date": "2026-05-01",
    "bool": "yes",
    "phone": "16000009999",
    "email": "demo@example.com",
    "id_number": "420606198805160016",
    "uscc": "91420606MNXY900126",
    "address": "襄阳市樊城区模拟路9号",
    "person_name": "陈模拟",
}


@dataclass
class Scene:
    """What all simulated cases share."""

    found: Registers
    now: datetime
    random: random.Random
    divisions: list[str]
    applications: list[Application] = field(default_factory=list)


def simulate(
    now: datetime, count: int, seed: str, tell: Callable[[str], None] = lambda line: None
) -> int:
    """Store *count* simulated cases unless there are any; returns how many."""
    if Case.objects.unscoped("the demo").filter(system=s.SYSTEM).exists():
        return 0
    found = registers()
    try:
        _, themes = found.themes(now)
    except LookupError:
        return 0
    chance = random.Random(seed)
    scene = Scene(found, now, chance, _divisions(found))
    keys = sorted(themes.themes)
    deep = [key for key in keys if themes.themes[key].deep]
    done = 0
    while done < count:
        size = min(BLOCK, count - done)
        changes: list[Change] = []
        scene.applications = []
        for _ in range(size):
            key = chance.choice(deep if chance.random() < 0.7 and deep else keys)
            changes += _one(scene, key)
        with transaction.atomic():
            commit(changes, quiet=True)
            Application.objects.bulk_create(scene.applications)
        done += size
    _notices(scene)
    tell(f"demo: {done} theme cases")
    return done


def _divisions(found: Registers) -> list[str]:
    county = found.register.picker_children(found.register.root)
    return [one.code for c in county[:4] for one in found.register.picker_children(c.code)[:4]]


def _one(scene: Scene, key: str) -> list[Change]:
    chance, found = scene.random, scene.found
    version, themes = found.themes(scene.now)
    items_version, book = found.book(scene.now)
    theme = themes.themes[key]
    answers = chance.choice(routes.paths(theme, book)).answers
    application = Application(
        id=_uuid(chance, scene.now),
        theme=key,
        catalogue_id=version,
        items_id=items_version,
        channel=chance.choice((applications.PORTAL, applications.PORTAL, applications.COUNTER)),
        answers=dict(answers),
        division=chance.choice(scene.divisions),
    )
    application.tracking_hash = tracking_hash(applications.code_of(application.id))
    made = made_of(theme, answers, book)
    _fill(application, made, chance)
    ending = chance.choices([name for name, _n in ENDINGS], [n for _name, n in ENDINGS])[0]
    back = 0.3 if ending in ("submitted", "reviewing", "correcting") else 1.0
    received = _office(scene.now - timedelta(days=chance.uniform(0.2, DAYS * back) * back), chance)
    received = min(received, scene.now - timedelta(minutes=30))
    if ending in ("submitted", "reviewing"):  # else deemed acceptance would take it up at once
        received = scene.now - timedelta(hours=chance.uniform(1, 20))
    try:
        changes = _story(scene, Looked(application, made, Owned(), found), ending, received)
    except ValueError:  # no body there
        return []
    application.created_at = application.updated_at = application.submitted_at = received
    application.case_id = changes[0].after.id
    scene.applications.append(application)
    return changes


def _uuid(chance: random.Random, now: datetime) -> uuid.UUID:
    return uuid.UUID(int=(time_uuid(now).int & ~((1 << 62) - 1)) | chance.getrandbits(62))


def _fill(application: Application, made: Made, chance: random.Random) -> None:
    content = Sealed()
    sources: dict[str, Any] = {}
    for one in made.form:
        content.values[one.key] = _sample(one.spec, application)
        if one.spec.source is not None and chance.random() < 0.6:
            sources[one.key] = {
                "from": one.spec.source.holder,
                "as_of": "2026-01-01",
                "stale": False,
                "said": CONFIRMED,
            }
    papers: dict[str, Any] = {}
    for paper in made.papers:
        late = paper.deferrable and chance.random() < 0.15
        papers[paper.key] = {"how": DEFERRED} if late else {"how": "upload", "files": []}
    application.papers, application.sources = papers, sources
    applications.seal(application, content)


def _sample(spec: FieldSpec, application: Application) -> str:
    if spec.type == "choice":
        return spec.choices[0][0]
    if spec.type == "division":
        return application.division
    return _SAMPLES.get(spec.type, "模拟内容")


def _office(at: datetime, chance: random.Random) -> datetime:
    day = at.astimezone(CITY_TIME)
    return day.replace(hour=chance.randint(8, 16), minute=chance.randint(0, 59), second=0)


def _story(scene: Scene, looked: Looked, ending: str, received: datetime) -> list[Change]:
    """Everything that happened to one case."""
    found, chance = scene.found, scene.random
    (case_id,) = reserve(1)
    case = submitting.new_case(looked.application, looked.made, found, case_id, received)
    facts = submitting.first_facts(looked.application, found, looked.made, received)
    context = found.new_case(looked.made.theme, looked.made.book)

    def moved(before: CaseState, move: str, at: datetime, **more: Any) -> Change:
        return plan(LIFECYCLE, before, move, SYSTEM, more, at, context, trusted=True)

    changes = [plan(LIFECYCLE, case, "submit", SYSTEM, facts, received, context, trusted=True)]
    at = min(received + timedelta(hours=chance.uniform(0.5, 6)), scene.now)
    if ending == "submitted":
        return changes
    changes.append(moved(changes[-1].after, "review", at))
    if ending == "reviewing":
        return changes
    if ending == "not_accepted":
        note = "申请事项不属于本机关职权范围（模拟）"
        return [*changes, moved(changes[-1].after, "refuse_acceptance", at, note=note)]
    if ending == "withdrawn":
        return [*changes, moved(changes[-1].after, "withdraw", at, note="申请人改变计划（模拟）")]
    if ending == "correcting":
        marks = _marks(looked, chance, at)
        told = {"fields": sorted(marks["fields"]), "papers": sorted(marks["papers"])}
        return [*changes, moved(changes[-1].after, "tell_gaps", at, marks=told)]
    ids = reserve(len(looked.made.route.items))
    began = handling.accepting(changes[-1].after, "accept", SYSTEM, looked, at, None, ids)
    return changes + began + _run(scene, began, ending, at)


def _marks(looked: Looked, chance: random.Random, at: datetime) -> dict[str, Any]:
    fields = chance.sample(looked.made.form, min(2, len(looked.made.form)))
    papers = chance.sample(looked.made.papers, min(1, len(looked.made.papers)))
    marks = {
        "fields": {one.key: "与证件不一致，请核对（模拟）" for one in fields},
        "papers": {one.key: "缺少签字盖章页（模拟）" for one in papers},
    }
    looked.application.marks = {**marks, "note": "", "at": at.isoformat(), "by": "system"}
    return marks


def _run(scene: Scene, began: list[Change], ending: str, at: datetime) -> list[Change]:
    """The items: decided in their turn until *ending* is reached."""
    chance = scene.random
    links = [
        Link(row["before_id"], row["after_id"], row["kind"])
        for change in began
        for model, row in change.rows
        if model is CaseEdge
    ]
    family = Family([change.after for change in began], links)
    refused = False
    if ending == "accepted":
        return []
    while True:
        ready = [m for m in family.members if not m.outcome and not m.waiting_for]
        if ending == "handling" and len(ready) == 1 and chance.random() < 0.6:
            break
        if not ready:
            break
        member = ready[0]
        at = min(at + timedelta(hours=chance.uniform(4, 30)), scene.now)
        if ending == "handling" and at >= scene.now - timedelta(hours=1):
            break
        if ending == "handling" and chance.random() < 0.3:
            break
        wanted = ending == "partial" and not refused
        result = "refused" if wanted and any(m.outcome for m in family.members) else "granted"
        refused = refused or result == "refused"
        _decide(family, member, result, at, chance)
        family.settle(at)
    return family.changes


def _decide(
    family: Family, member: CaseState, result: str, at: datetime, chance: random.Random
) -> None:
    for paper in list(member.data.get("deferred") or {}):
        family.move(member.id, "supply", SYSTEM, {"material": paper}, at, trusted=True)
    facts: dict[str, Any] = {"result": result}
    if result == "refused":
        facts["note"] = "经审查，不符合规定条件（模拟）"
    family.move(member.id, "decide", SYSTEM, facts, at, trusted=True)
    if chance.random() < 0.8:
        _if_it_may(family, member.id, "issue", {"licence_no": ""}, at)
        _if_it_may(family, member.id, "deliver", {"way": "electronic"}, at)


def _if_it_may(
    family: Family, case_id: int, move: str, facts: dict[str, Any], at: datetime
) -> None:
    """A step that not every result has."""
    try:
        family.move(case_id, move, SYSTEM, facts, at, trusted=True)
    except MoveRefused:
        return


def _notices(scene: Scene) -> None:
    """A few notices of simple cancellation in all their states."""
    rows = []
    for number, (days, name) in enumerate(((5, "甲"), (25, "乙"), (50, "丙"), (12, "丁"))):
        posted = day_of(scene.now) - timedelta(days=days)
        span = window(posted)
        row = CancellationNotice(
            name=f"襄阳模拟{name}商贸有限公司",
            uscc=("91420600MA48X2K128", "91350100M000100Y43")[number % 2],
            posted_on=posted,
            ends_on=span.ends_on,
            apply_until=span.apply_until,
            posted_by="system:demo",
            simulated=True,
        )
        if name == "丁":
            row.objected_on = posted + timedelta(days=3)
            row.objector, row.objection = "债权人", "尚有到期债务未清偿（模拟）"
        rows.append(row)
    CancellationNotice.objects.bulk_create(rows, ignore_conflicts=True)
