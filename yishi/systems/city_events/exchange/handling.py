"""The moves that a partner's status messages mean: ordinary moves by the partner's actor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import moves

#: A unit's system: 签收, 办理结果, 退单, 申请延期.
BY_UNIT: dict[str, tuple[str, ...]] = {
    "receipt": ("sign",),
    "result": ("finish", "confirm"),
    "return": ("give_back",),
    "extension": ("ask_extension",),
}
#: The platform that sent the case: 撤回, 要求重新办理.
BY_SENDER: dict[str, tuple[str, ...]] = {"withdraw": ("withdraw",), "reopen": ("reopen",)}


def apply(
    actor: Actor,
    case: CaseState,
    kind: str,
    text: str,
    photos: Sequence[str],
    now: datetime,
    reason: str | None = None,
) -> CaseState:
    """Make the moves of *kind* in the caller's transaction and return the case as it then stands.

    *reason* is that of a return, from the closed list; *text* are the words of any message.

    Raises:
        yishi.foundation.cases.draft.MoveRefused: when one is not possible now.
        yishi.foundation.revisions.errors.FieldError: for content that the moves cannot take,
            by the message's names of its fields.
    """
    if kind in BY_SENDER:
        actor = replace(actor, kind="reporter", grants=())
    if reason is not None and kind != "return":
        raise FieldError("reason", "只有退单需要填写退单原因", "unknown")
    state = case
    for move in (BY_UNIT | BY_SENDER)[kind]:
        try:
            state = moves.advance(actor, case.number, move, _facts(move, text, photos, reason), now)
        except FieldError as error:
            if error.field != "note":
                raise
            raise FieldError("text", error.message, error.code) from error
    return state


def _facts(move: str, text: str, photos: Sequence[str], reason: str | None) -> dict[str, Any]:
    """What each move takes of a message: a receipt carries nothing, a confirmation repeats the
    result's words, for they are the answer that is passed on."""
    if move == "sign":
        return {}
    facts: dict[str, Any] = {"note": text} if text else {}
    if move == "finish" and photos:
        facts["photos"] = list(photos)
    if reason is not None:
        facts["reason"] = reason
    return facts
