"""What the progress page shows: the seven steps, who has it, until when, why, what was done.

Names of persons and the offices' own notes never appear; photos are the reporter's own, and those
of the result once the case is closed.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from yishi.foundation.cases.guide import GuideStage, stage_guide
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.cases.policy import why_not
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.snapshot import Register
from yishi.foundation.ui.parts import Event, Light, Picture, light
from yishi.systems.city_events import roles
from yishi.systems.city_events.context import City
from yishi.systems.city_events.hotline import referrals
from yishi.systems.city_events.lifecycle import LIFECYCLE, MOVES, REJECT_REASONS, STAGES
from yishi.systems.city_events.portal.drafts import Draft
from yishi.systems.city_events.supplementing import supplements_of
from yishi.systems.city_events.tracking_view import TOLD, Progress

#: The moves that a reporter may make himself.
OWN_MOVES = ("withdraw", "reopen")
_TONES = {
    "close": "good",
    "reject": "warn",
    "exclude": "warn",
    "withdraw": "warn",
    "rework": "warn",
    "reopen": "warn",
}

#: Steps that the unit in charge makes or gets; of the others it only stands in the trace.
BY_THE_UNIT = frozenset({"dispatch", "sign", "finish", "confirm", "rework"})


@dataclass(frozen=True, slots=True)
class StepShown:
    """One of the seven steps: ``state`` is done, now or todo."""

    label: str
    state: str
    said: str


@dataclass(frozen=True, slots=True)
class Added:
    """What the reporter added since: when, and in which words."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the progress page draws."""

    steps: list[StepShown]
    guide: list[GuideStage]
    holder: str
    light: Light | None
    reasons: list[str]
    ending: str
    events: list[Event]
    before: list[Picture]
    after: list[Picture]
    moves: list[str]


def shown(progress: Progress, registers: City, now: datetime) -> Shown:
    """The page of *progress* (3 statements)."""
    (state,) = load_states([progress.case.pk])
    before, after = _pictures(progress)
    return Shown(
        steps=_steps(state, progress.rated),
        guide=stage_guide(LIFECYCLE, _way(), TOLD - {"grant_forced_close"})
        if state.stage not in _ENDED
        else [],
        holder=_holder(progress, state, registers.register),
        light=_light(state, now),
        reasons=list(state.data.get("dispatch_reason") or ()),
        ending=_ending(state),
        events=_events(progress, registers.register),
        before=before,
        after=after,
        moves=[name for name in OWN_MOVES if _possible(name, progress, state, now)],
    )


def added(progress: Progress) -> list[Added]:
    """What the reporter added, oldest first (1 statement)."""
    return [Added(row.received_at, row.text) for row in supplements_of(progress.report)]


def title(progress: Progress, register: Register) -> str:
    """What the reporter's case is called. Who joined another's report does not see that one's
    address in words, which may name a person."""
    case = progress.case
    if not progress.report.merged:
        return str(case.subject)
    kind = case.data.get("type_name") or _("待识别事项")
    return f"{kind} · {register.label(case.managed_path)}"


#: Stages that are no step of the way: refused, or ended without being settled.
_ENDED = ("void", "forced")


def _way() -> list[str]:
    """The seven steps in their order."""
    return [name for name in STAGES if name not in (*_ENDED, "suspend")]


def _steps(state: CaseState, rated: bool) -> list[StepShown]:
    if state.stage in _ENDED:
        return []
    names = _way()
    stage = "handle" if state.stage == "suspend" else state.stage
    here = names.index(stage) + (1 if rated and state.state == "closed" else 0)
    found: list[StepShown] = []
    for place, name in enumerate(names):
        what = "done" if place < here else "now" if place == here else "todo"
        said = {"done": _("已完成"), "now": _("进行中"), "todo": _("未开始")}[what]
        if what == "now" and state.stage == "suspend":
            said = _("挂账中")
        if what == "now" and name == "evaluate":
            said = _("等您评价")
        found.append(StepShown(_(STAGES[name]), what, said))
    return found


#: Duties of the seven steps; what runs beside them is no holder of the case.
_MAIN_LINE = (
    roles.ACCEPT,
    roles.CHECK,
    roles.DISPATCH,
    roles.RULE,
    roles.VERIFY,
    roles.CLOSE,
)


def _holder(progress: Progress, state: CaseState, register: Register) -> str:
    if state.closed_at is not None:
        return progress.case.unit.name if progress.case.unit else ""
    line = [duty for duty in state.assignments if duty.open and duty.role in _MAIN_LINE]
    holding = state.duty(roles.MAIN) or (line[-1] if line else None)
    unit_id = holding.unit_id if holding else state.unit_id
    return register.unit_name(unit_id)


def _light(state: CaseState, now: datetime) -> Light | None:
    clock = state.last_clock("handling")
    if clock is None or state.stage in _ENDED:
        return None
    return light(
        clock.due_at,
        now,
        warn_at=clock.warn_at,
        paused=clock.paused_at is not None,
        done_at=clock.stopped_at,
        provisional=clock.provisional,
    )


def _ending(state: CaseState) -> str:
    """Why there are no steps any more."""
    if state.outcome == "forced":
        return _("因客观原因暂时无法解决，已按规定终结办理。您可以申请重新办理。")
    if state.outcome == "withdrawn":
        return _("您已撤回这次上报。")
    if state.outcome in ("rejected", "excluded"):
        reason = dict(REJECT_REASONS).get(state.data.get("reason_code", ""), "")
        text = _("没有立案，原因：%(reason)s。") % {"reason": _(reason) if reason else "—"}
        return f"{text} {_channel(state)}".rstrip()
    return ""


def _channel(state: CaseState) -> str:
    """The channel that the reporter is told, with its telephone number (1 statement if any)."""
    key, at = state.data.get("referral"), state.closed_at
    found = referrals.chosen(key, at) if key and at else None
    if found is None:
        return ""
    number = found.phone and _("电话：%(phone)s") % {"phone": found.phone}
    return " ".join(filter(None, (referrals.words_of(found), number)))


def _events(progress: Progress, register: Register) -> list[Event]:
    """What happened, newest first."""
    labels = {MOVES[name].label: name for name in MOVES}
    return [
        Event(
            step.at,
            _(step.label),
            actor=register.unit_name(step.unit_id) if name in BY_THE_UNIT else "",
            tone=_TONES.get(name, "neutral"),
        )
        for step in reversed(progress.steps)
        for name in [labels.get(step.label, "")]
    ]


def owner_of(progress: Progress) -> str:
    """Who uploaded the photos of this report, and uploads those that are added to it."""
    return Draft(uuid.UUID(int=0), progress.report.external_id).owner


def own_photos(progress: Progress) -> dict[uuid.UUID, str]:
    """The photos that the reporter may see, with the step they document (1 statement)."""
    owner = owner_of(progress)
    papers = CasePaper.objects.visible_to(progress.actor).filter(case=progress.case)
    found: dict[uuid.UUID, str] = {}
    for paper in papers.select_related("attachment").order_by("id"):
        mine = paper.step == "before" and paper.attachment.uploaded_by == owner
        done = paper.step == "after" and progress.case.state == "closed"
        if (mine or done) and paper.attachment.kind == "photo":
            found[paper.attachment_id] = paper.step
    return found


def _pictures(progress: Progress) -> tuple[list[Picture], list[Picture]]:
    before: list[Picture] = []
    after: list[Picture] = []
    for photo, step in own_photos(progress).items():
        url = reverse("events:photo", args=[progress.case.number, photo])
        group = before if step == "before" else after
        name = _("您的照片 %(n)d") if step == "before" else _("处置后照片 %(n)d")
        name = name % {"n": len(group) + 1}
        group.append(Picture(url, name, url + "?small=1"))
    return before, after


def _possible(move: str, progress: Progress, state: CaseState, now: datetime) -> bool:
    return why_not(LIFECYCLE, MOVES[move], progress.actor, state, {}, now) is None
