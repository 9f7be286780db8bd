"""Moves that are made on one payout from its case page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.models import Payout
from yishi.systems.direct_benefits.services import clawing, leaving, listing, paying
from yishi.systems.direct_benefits.sight import payout_of

Verb = Callable[[Actor, Payout, Mapping[str, Any], datetime], object]


def _note(raw: Mapping[str, Any]) -> str:
    return str(raw.get("note") or "")


def _strike(actor: Actor, one: Payout, raw: Mapping[str, Any], now: datetime) -> object:
    return listing.strike(actor, one.batch.number, [one.pk], _note(raw), now)


def _release(actor: Actor, one: Payout, raw: Mapping[str, Any], now: datetime) -> object:
    checked = listing.release(actor, one.batch.number, [one.pk], now)
    if checked.held:
        raise FieldError("account", "账户仍待核实，暂不能继续", "held")
    return checked


#: The moves that a case page offers; all others are made on the batch, or by the system.
VERBS: Mapping[str, Verb] = {
    "confirm": lambda a, p, raw, now: listing.confirm(a, p.batch.number, [p.pk], now),
    "strike": _strike,
    "release": _release,
    "release_noticed": _release,
    "release_funds": _release,
    "pay_again": lambda a, p, raw, now: paying.pay_again(a, p.batch.number, [p.pk], now),
    "decline": lambda a, p, raw, now: leaving.decline(a, p.case.number, now, _note(raw)),
    "claw_drop": lambda a, p, raw, now: clawing.drop(a, p.case.number, _note(raw), now),
}


def advance(
    actor: Actor,
    number: str,
    move: str,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    expected_version: int | None = None,
) -> CaseState:
    """Make *move* on the payout whose case is *number*; see `cases.advance.advance`.

    Raises:
        FieldError: for a move that is not made here, or wrong input.
        CaseNotFound, MoveRefused.
    """
    verb = VERBS.get(move)
    if verb is None:
        raise FieldError("move", "此步骤在批次中办理", "unknown")
    payout = payout_of(actor, number)
    (case,) = load_states([payout.case_id])
    if expected_version is not None and case.version != expected_version:
        raise MoveRefused("version", "案件刚被他人办理，请查看最新状态后再试", case)
    verb(actor, payout, raw, now)
    (case,) = load_states([payout.case_id])
    return case


def advance_batch(
    actor: Actor, ids: Sequence[int], move: str, now: datetime
) -> tuple[list[CaseState], list[MoveRefused]]:
    """Batches have verbs of their own: no move is made on cases picked from a work list."""
    raise FieldError("move", "请在批次页面办理", "unknown")
