"""A case's trace as a timeline: what was done, by whom, with which note, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from django.utils.translation import gettext

from yishi.foundation.cases.draft import FIXED
from yishi.foundation.cases.lifecycle import Move, lifecycle_of
from yishi.foundation.cases.models import Trace
from yishi.foundation.parties.masking import mask_numbers
from yishi.foundation.places.values import PlaceError
from yishi.foundation.ui.desk import CaseView, DeskSystem, Look
from yishi.foundation.ui.parts import Event
from yishi.foundation.ui.timetext import moment_text


def events(
    system: DeskSystem, look: Look, view: CaseView, people: Mapping[int, str]
) -> list[Event]:
    """The history, newest first (1 statement)."""
    moves = lifecycle_of(system.system).moves
    rows = Trace.objects.visible_to(look.actor).filter(case_id=look.case.id).order_by("-seq")
    found = []
    for row in rows:
        body = orjson.loads(bytes(row.body))
        move = moves.get(row.move)
        note = row.note if view.open_numbers else mask_numbers(row.note)
        lines = [note, *system.told(look, body), *_assigned(body, look, people)]
        lines += _clocks(body, system, look.now)
        found.append(
            Event(
                at=row.at,
                title=gettext(move.label) if move else row.move,
                actor=_actor(row.actor_ref, body),
                text="\n".join(filter(None, lines)),
                tone=_tone(move),
                reasons=tuple(view.reasons.get(row.seq, ())),
            )
        )
    return found


def answered(system: DeskSystem, look: Look, move: str) -> list[Event]:
    """What *move* answers: the newest of each step that it names, oldest first (1 statement, or
    none)."""
    names = system.answers.get(move, ())
    if not names:
        return []
    moves = lifecycle_of(system.system).moves
    rows = Trace.objects.visible_to(look.actor).filter(case_id=look.case.id, move__in=names)
    newest = {row.move: row for row in rows.order_by("seq")}
    found = []
    for row in sorted(newest.values(), key=lambda row: row.seq):
        body = orjson.loads(bytes(row.body))
        lines = [mask_numbers(row.note), *system.told(look, body)]
        found.append(
            Event(
                at=row.at,
                title=gettext(moves[row.move].label),
                actor=_actor(row.actor_ref, body),
                text="\n".join(filter(None, lines)),
                tone=_tone(moves[row.move]),
            )
        )
    return found


def _actor(ref: str, body: Mapping[str, Any]) -> str:
    if ref == "system":
        return gettext("系统（按规则自动办理）")
    if ref.startswith("report:") or ref == "public":
        return gettext("上报人")
    who = str(body.get("by") or ref)
    if body.get("for_name"):
        names = {"deputy": who, "officer": body["for_name"]}
        return gettext("%(deputy)s（代 %(officer)s 办理）") % names
    return who


def _tone(move: Move | None) -> str:
    if move is None:
        return "neutral"
    return "warn" if move.danger else "active" if move.primary else "neutral"


def _assigned(body: Mapping[str, Any], look: Look, people: Mapping[int, str]) -> list[str]:
    """Whom the step gave the case to."""
    labels = lifecycle_of(look.case.system).duty_labels
    lines = []
    for role, unit, person in body.get("assign", ()):
        try:
            name = look.register.unit(unit).name
        except PlaceError:
            continue
        who = f"{name} · {people[person]}" if person in people else name
        lines.append(
            gettext("%(duty)s：交由%(unit)s")
            % {"duty": gettext(labels.get(role, role)), "unit": who}
        )
    return lines


def _clocks(body: Mapping[str, Any], system: DeskSystem, now: datetime) -> list[str]:
    """What the step did to clocks."""
    texts = {
        "start": gettext("%(clock)s时钟开始：%(limit)s，%(due)s 截止"),
        "resume": gettext("%(clock)s时钟继续，%(due)s 截止"),
        "extend": gettext("%(clock)s期限延长至 %(due)s"),
        "shorten": gettext("%(clock)s期限提前至 %(due)s"),
        "until": gettext("%(clock)s时钟开始，%(due)s 截止"),
        "pause": gettext("%(clock)s时钟暂停"),
    }
    lines = []
    for entry in body.get("clocks", ()):
        form = texts.get(entry["what"])
        if entry["what"] == "start" and entry.get("profile") == FIXED:
            form = texts["until"]
        if entry["what"] == "stop" and entry.get("late"):
            form = gettext("%(clock)s超过时限（%(due)s）")
        if form:
            due = moment_text(datetime.fromisoformat(str(entry["due"])), now)
            label = str(system.clock_labels.get(entry["kind"], entry["kind"]))
            lines.append(form % {"clock": label, "limit": entry.get("limit", ""), "due": due})
    return lines
