"""Made-up days of a city (模拟): reports, and officers who move them, through the real plans.

Nothing here decides anything that the system decides: a simulated report is read, filed, routed
and moved by the same functions as a real one; only who acts when is drawn at random.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from yishi.foundation.access.actors import PUBLIC, Actor, within
from yishi.foundation.access.tracking import tracking_code
from yishi.foundation.cases.change import Change, joined
from yishi.foundation.cases.draft import LATE, MoveRefused
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.messages.models import Message
from yishi.foundation.places.values import LandmarkInfo
from yishi.systems.city_events.catalogue import EventType
from yishi.systems.city_events.context import City
from yishi.systems.city_events.filing import opened, responsible_unit
from yishi.systems.city_events.intake import Receipt, report_rows
from yishi.systems.city_events.lifecycle import LIFECYCLE
from yishi.systems.city_events.reports import ReportInput, read_report
from yishi.systems.city_events.simulate_beside import (
    ACCEPTOR,
    COLLECTOR,
    DISPATCHER,
    Step,
    closed_step,
    late_step,
    minutes,
    new_step,
    returned_step,
    ruling,
    suspended_step,
    unit_officer,
    waiting_step,
)

#: Work of the last day or so sometimes waits for somebody: every work list has something in it.
BACKLOG = timedelta(hours=30)
WAITING = 0.07
#: Messages of older moves are not kept: nobody would read them.
KEEP_MESSAGES = timedelta(days=3)
#: Channels, and the sums of their shares in per cent.
_CHANNELS, _SHARES = ("portal", "hotline", "collector", "camera"), (38, 65, 90, 100)
_SAYINGS = (
    "{place}附近发现{thing}，请尽快处理",
    "{thing}，在{place}门口，好几天了",
    "路过{place}看到{thing}，影响通行",
    "{place}旁边{thing}，居民意见很大",
    "请问{place}这里{thing}归谁管",
)
_UNCLEAR = ("{place}这边有个问题想反映一下", "{place}旁边看着不太安全，麻烦来看看")


@dataclass(frozen=True, slots=True)
class Scene:
    """What is drawn from: the registers, types with weights, landmarks, and demo photos."""

    registers: City
    types: tuple[EventType, ...]
    weights: tuple[int, ...]
    landmarks: tuple[LandmarkInfo, ...]
    busy: tuple[LandmarkInfo, ...]
    photos: tuple[Any, ...]
    until: datetime
    #: Of the weights, as a draw needs them.
    sums: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sums", tuple(accumulate(self.weights)))


def scene_of(registers: City, photos: tuple[Any, ...], until: datetime, busy: str = "") -> Scene:
    """The scene of the city as loaded; everyday types come up more often than rare ones, and a
    third of all reports from below the managed path *busy*."""
    _, catalogue = registers.catalogue(until)
    types = tuple(catalogue.types)
    weights = tuple(1 + 11 * (i % 7 == 0) + 4 * kind.public for i, kind in enumerate(types))
    marks = tuple(mark for mark in registers.register.landmarks if mark.cell)
    focus = tuple(mark for mark in marks if within(mark.managed_path, busy)) if busy else marks
    registers = replace(registers, tell_since=until - KEEP_MESSAGES)
    return Scene(registers, types, weights, marks, focus or marks, photos, until)


def raw_report(scene: Scene, rng: Random, number: int) -> tuple[dict[str, Any], str]:
    """A made-up report and its channel. Addresses end in example.com: nobody's."""
    channel = rng.choices(_CHANNELS, cum_weights=_SHARES)[0]
    kind = rng.choices(scene.types, cum_weights=scene.sums)[0]
    mark = rng.choice(scene.busy if rng.random() < 0.33 else scene.landmarks)
    raw: dict[str, Any] = {"external_id": f"demo-{number}", "landmark": mark.id}
    if channel == "camera":
        raw["confidence"] = round(rng.uniform(0.6, 0.99), 2)
    elif rng.random() < 0.06:
        raw["description"] = rng.choice(_UNCLEAR).format(place=mark.name)
        return raw, channel
    raw["type"] = kind.key
    standard = kind.standards[0] if rng.random() < 0.6 else rng.choice(kind.standards)
    if rng.random() < 0.9:
        raw["standard"] = standard.code
    thing = rng.choice(kind.keywords)
    raw["description"] = rng.choice(_SAYINGS).format(place=mark.name, thing=thing)
    if channel in ("portal", "hotline") and rng.random() < 0.2:
        # No operator was given the numbers that begin with 160.
        phone = f"160{number % 100_000_000:08d}"
        raw.update(name="模拟上报人", email=f"reporter{number}@example.com", phone=phone)
        raw["secret"] = rng.random() < 0.1
    if channel == "hotline":
        raw["appeal"] = rng.choices(("help", "complaint", "tipoff", "advice"), (60, 30, 5, 5))[0]
    return raw, channel


@dataclass(frozen=True, slots=True)
class History:
    """A report that came in, and every step that was made of it, in order."""

    raw: dict[str, Any]
    data: ReportInput
    received_at: datetime
    steps: tuple[Change, ...]
    #: Photos of before and after, where there are any.
    photos: tuple[Any, ...]

    def until(self, moment: datetime) -> int:
        """How many steps were made up to *moment* (the first one always)."""
        return 1 + sum(step.traces[-1].at <= moment for step in self.steps[1:])


def simulated(scene: Scene, case_id: int, number: int, now: datetime, seed: str) -> Change:
    """A report received at *now* with everything that happened to it until the scene's end."""
    return whole(scene, history(scene, case_id, number, now, seed), scene.until)


def history(
    scene: Scene, case_id: int, number: int, now: datetime, seed: str, key: str = ""
) -> History:
    """A report received at *now*, under a *key* of its own or one that is made from *number*, and
    what is done about it until the scene's end."""
    rng = Random(f"{seed}/{number}")
    raw, channel = raw_report(scene, rng, number)
    if key:
        raw["external_id"] = key
    data = read_report(raw, channel, scene.registers.register, now)
    steps = [opened(case_id, data, PUBLIC, scene.registers, now)]
    steps += _walk(scene, steps[0].after, now, rng)
    shown = scene.photos and rng.random() < 0.05
    photos = tuple(rng.sample(scene.photos, 2)) if shown else ()
    return History(raw, data, now, tuple(steps), photos)


def whole(scene: Scene, found: History, until: datetime) -> Change:
    """The steps of a history up to *until* as one change, with the rows beside the case."""
    first, steps = found.steps[0], found.steps[: found.until(until)]
    change = replace(joined(list(steps)), rows=[row for step in steps for row in step.rows])
    now = found.received_at
    change.rows += report_rows(first, found.data, _receipt(first, found.data), now)
    if found.photos:
        change.rows += _photo_rows(found.photos, change.after, now)
    change.rows += _evidence(scene, change)
    _quieten(change, until)
    return change


def _receipt(change: Change, data: ReportInput) -> Receipt:
    code = tracking_code(data.channel, data.external_id)
    return Receipt(change.after.number, code, change.after.state, None, None, False, [])


def _photo_rows(
    photos: tuple[Any, ...], case: CaseState, now: datetime
) -> list[tuple[Any, dict[str, Any]]]:
    before, after = photos
    rows = [(CasePaper, {"case_id": case.id, "attachment_id": before, "step": "before", "at": now})]
    if case.data.get("result") or case.state == "closed":
        row = {"case_id": case.id, "attachment_id": after, "step": "after", "at": now}
        rows.append((CasePaper, row))
    return rows


def _evidence(scene: Scene, change: Change) -> list[tuple[Any, dict[str, Any]]]:
    """A photo that no other step used, for an application to close by force."""
    asked = next((t for t in change.traces if t.move == "ask_forced_close"), None)
    if asked is None:
        return []
    used = {row["attachment_id"] for model, row in change.rows if model is CasePaper}
    free = [photo for photo in scene.photos if photo not in used]
    if not free:
        return []
    row = {"case_id": change.after.id, "attachment_id": free[0], "step": "forced", "at": asked.at}
    return [(CasePaper, row)]


def _quieten(change: Change, until: datetime) -> None:
    """Messages to addresses count as sent (the demo writes to nobody); no warning is due."""
    for model, row in change.rows:
        if model is Message and row["state"] == "queued":
            row.update(state="sent", sent_at=row["created_at"])
    for clock in change.after.clocks:
        if clock.live:
            clock.warned = 2 if clock.due_at < until else 0


def _walk(scene: Scene, case: CaseState, now: datetime, rng: Random) -> Iterator[Change]:
    context = scene.registers.for_case(case)
    while True:
        step = next_step(scene, case, now, rng)
        if step is None:
            return
        name, facts, wait, who = step
        if now > scene.until - BACKLOG and rng.random() < WAITING:
            return
        now += wait
        if now > scene.until:
            return
        try:
            change = plan(LIFECYCLE, case, name, who, facts, now, context, trusted=True)
        except MoveRefused:
            continue
        yield change
        case = change.after


def next_step(scene: Scene, case: CaseState, now: datetime, rng: Random) -> Step | None:
    """What is done next with a case: the move, what it is given, after which time, by whom."""
    draw = rng.random()
    match case.state:
        case "reported":
            return _accept(scene, case, rng, draw)
        case "checking":
            result = "true" if draw < 0.9 else "false"
            return "report_check", {"result": result}, minutes(rng, 8, 32), COLLECTOR
        case "filed" | "returned" | "disputed" | "suspended" | "closed":
            return _aside(scene, case, now, rng)
        case "assigned":
            if draw < 0.02 and not case.data.get("returns"):
                facts = {"reason": "duty", "note": "不属于本部门职责范围"}
                return "give_back", facts, minutes(rng, 10, 120), _unit(scene, case)
            return "sign", {}, minutes(rng, 1, _some(case, now, 0.12, 90)), _unit(scene, case)
        case "handling":
            return _handle(scene, case, now, rng, draw)
        case "on_site_done":
            waiting = waiting_step(scene.registers, case, rng)
            confirm = minutes(rng, 1, _some(case, now, 0.5, 40))
            return waiting or ("confirm", {}, confirm, _unit(scene, case))
        case "fed_back":
            return "forward", {}, minutes(rng, 2, 17), DISPATCHER
        case "verifying":
            result = "pass" if draw < 0.96 else "fail"
            return "report_verification", {"result": result}, minutes(rng, 6, 34), COLLECTOR
        case "verified":
            if case.data["verification"]["result"] == "fail":
                return "rework", {"note": "现场仍未恢复"}, minutes(rng, 2, 14), ACCEPTOR
            return "close", {}, minutes(rng, 2, 16), ACCEPTOR
    return None


def _aside(scene: Scene, case: CaseState, now: datetime, rng: Random) -> Step | None:
    """Where a case goes beside the main line, or back to it."""
    match case.state:
        case "disputed":
            return ruling(scene.registers, case, now, rng)
        case "suspended":
            return suspended_step(scene.registers, case, now, rng)
        case "closed":
            return closed_step(scene.registers, case, rng)
        case "returned":
            return returned_step(case, rng) or _send(scene, case, now, rng)
    return _send(scene, case, now, rng)


def _some(case: CaseState, now: datetime, share: float, most: float) -> float:
    """Minutes: a share of what the handling clock has left, at most *most* and at least two."""
    clock = case.clock("handling")
    left = (clock.due_at - now).total_seconds() / 60 if clock else most
    return max(2.0, min(most, share * left))


def _unit(scene: Scene, case: CaseState) -> Actor:
    return unit_officer(scene.registers, case.unit_id)


def _accept(scene: Scene, case: CaseState, rng: Random, draw: float) -> Step:
    if not case.data.get("check") and draw < 0.15:
        return "request_check", {}, minutes(rng, 3, 12), ACCEPTOR
    if draw < 0.25 or case.data.get("check", {}).get("result") == "false":
        reason = rng.choice(["3", "5", "7", "8"])
        facts = {"reason": reason, "note": "经核对，不符合立案条件"}
        return "reject", facts, minutes(rng, 3, 14), ACCEPTOR
    kind = scene.types[int(draw * 1000) % len(scene.types)]
    if case.type_key:
        kind = scene.registers.for_case(case).catalogue.by_key[case.type_key]
    facts = {"type": kind.key, "standard": kind.standards[0].code}
    return "file", facts, minutes(rng, 3, 18), ACCEPTOR


def _send(scene: Scene, case: CaseState, now: datetime, rng: Random) -> Step:
    unit, reason = responsible_unit(case, scene.registers, now)
    facts = {"unit": unit or case.data["centre"], "reason": reason}
    return "dispatch", facts, minutes(rng, 2, 20), DISPATCHER


def _handle(scene: Scene, case: CaseState, now: datetime, rng: Random, draw: float) -> Step:
    clock = case.clock("handling")
    assert clock is not None  # the state guarantees it
    if case.data.get("extension"):
        return "grant_extension", {}, minutes(rng, 5, 40), DISPATCHER
    waiting = waiting_step(scene.registers, case, rng)
    if waiting is not None:
        return waiting
    late = now > clock.due_at
    begun = None if late else new_step(scene.registers, case, now, rng, scene.photos)
    if begun is not None:
        return begun
    left = max(clock.due_at - now, timedelta(minutes=10))
    if case.data.get("ticket") and not case.data.get("contacted_at") and rng.random() < 0.9:
        return "contact_caller", {}, 0.1 * left, _unit(scene, case)
    if draw < 0.03 and clock.extensions == 0 and case.timeliness != LATE:
        return "ask_extension", {"note": "需要调配材料"}, 0.3 * left, _unit(scene, case)
    pressed = late_step(case, rng) if draw >= 0.92 and not late else None
    if pressed is not None:  # nobody comes in time, and a leader notices
        name, facts, _, who = pressed
        return name, facts, left * rng.uniform(1.01, 1.2), who
    share = rng.uniform(0.15, 0.85) if draw < 0.92 or late else rng.uniform(1.02, 1.6)
    facts = {"note": "已按要求处置完毕（模拟）"}
    return (
        "finish",
        facts,
        timedelta(seconds=round(share * left.total_seconds())),
        _unit(scene, case),
    )
