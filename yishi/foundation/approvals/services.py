"""The verbs on item cases. Every face and every system calls these functions.

A verb locks the whole family of the case, plans the move and what follows from it (successors, the
parent), and commits once. All raise CaseNotFound, MoveRefused and FieldError as
`yishi.foundation.cases.families.advance_member` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.lifecycle import LIFECYCLE
from yishi.foundation.approvals.lifecycle.states import UNDECIDED
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.families import Family, advance_member
from yishi.foundation.cases.inputs import read_facts
from yishi.foundation.cases.lifecycle import Facts
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError


def advance(
    actor: Actor,
    number: str,
    move: str,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    expected_version: int | None = None,
) -> CaseState:
    """Make *move* with what a form or a program sent."""
    known = LIFECYCLE.moves.get(move)
    if known is None or not known.roles or "" in known.sources:
        raise FieldError("move", "没有这个步骤", "unknown")

    def facts_for(case: CaseState) -> Facts:
        return read_facts(known, raw)

    return advance_member(actor, number, move, facts_for, now, expected_version=expected_version)


def advance_batch(
    actor: Actor, ids: Sequence[int], move: str, now: datetime
) -> tuple[list[CaseState], list[MoveRefused]]:
    """No move of an item is made on many cases at once: each decision stands for itself."""
    raise FieldError("move", "此步骤不能批量办理", "unknown")


def accept(
    actor: Actor, number: str, now: datetime, *, mode: str = "normal", note: str = ""
) -> CaseState:
    """受理; *mode* ``pledge`` is 告知承诺."""
    return advance(actor, number, "accept", {"mode": mode, "note": note}, now)


def defer(
    actor: Actor,
    number: str,
    now: datetime,
    *,
    materials: Sequence[str],
    until: date,
    note: str = "",
) -> CaseState:
    """容缺受理: *materials* (keys of deferrable ones) come until the day *until*."""
    raw = {"materials": list(materials), "until": until, "note": note}
    return advance(actor, number, "defer", raw, now)


def supply(actor: Actor, number: str, now: datetime, *, material: str) -> CaseState:
    """A deferred paper was handed in."""
    return advance(actor, number, "supply", {"material": material}, now)


def tell_gaps(
    actor: Actor,
    number: str,
    now: datetime,
    *,
    gaps: str,
    materials: Sequence[str] = (),
    until: date | None = None,
) -> CaseState:
    """一次性告知补正: all of it, once, within five working days of receipt."""
    raw = {"note": gaps, "materials": list(materials), "until": until}
    return advance(actor, number, "tell_gaps", raw, now)


def correct(actor: Actor, number: str, now: datetime, *, note: str = "") -> CaseState:
    """What was asked for was handed in."""
    return advance(actor, number, "correct", {"note": note}, now)


def not_accept(
    actor: Actor, number: str, now: datetime, *, reason: str, note: str, body: str = ""
) -> CaseState:
    """不予受理 with a reason of ``intake.NOT_ACCEPTED_REASONS``."""
    raw = {"reason": reason, "note": note, "body": body}
    return advance(actor, number, "not_accept", raw, now)


def pre_review(
    actor: Actor, number: str, now: datetime, *, opinion: str, note: str = ""
) -> CaseState:
    """预审, also while it waits for another item: ``ready`` or ``not_ready``."""
    return advance(actor, number, "pre_review", {"opinion": opinion, "note": note}, now)


def pause(
    actor: Actor,
    number: str,
    now: datetime,
    *,
    kind: str,
    notice: str,
    planned_days: int | None,
    note: str = "",
) -> CaseState:
    """特别程序: stops both clocks.

    Raises:
        FieldError: ``SUSPENSION_KIND_NOT_STATUTORY``, ``SUSPENSION_NOTICE_MISSING``.
    """
    raw = {"kind": kind, "notice": notice, "planned_days": planned_days, "note": note}
    return advance(actor, number, "pause", raw, now)


def resume(
    actor: Actor, number: str, now: datetime, *, notice: str = "", note: str = ""
) -> CaseState:
    """The special step ended; *notice* says which one when there are several."""
    return advance(actor, number, "resume", {"notice": notice, "note": note}, now)


def extend(actor: Actor, number: str, now: datetime, *, days: int, reason: str) -> CaseState:
    """延期 by the head of the agency, once, ten working days at most."""
    return advance(actor, number, "extend", {"days": days, "note": reason}, now)


def extend_joint(actor: Actor, number: str, now: datetime, *, days: int, reason: str) -> CaseState:
    """延期 of joint handling by the head of the government, once, fifteen working days at most."""
    return advance(actor, number, "extend_joint", {"days": days, "note": reason}, now)


def decide(actor: Actor, number: str, now: datetime, *, result: str, reason: str = "") -> CaseState:
    """``granted`` or ``refused`` (then with the reason; the remedy text is added)."""
    return advance(actor, number, "decide", {"result": result, "note": reason}, now)


def issue(
    actor: Actor,
    number: str,
    now: datetime,
    *,
    licence_no: str = "",
    valid_from: date | None = None,
) -> CaseState:
    """制证: afterwards ``data`` has ``licence_no``, ``licence_version``, ``valid_from`` and
    ``valid_to`` (where the result expires)."""
    raw = {"licence_no": licence_no, "valid_from": valid_from}
    return advance(actor, number, "issue", raw, now)


def deliver(actor: Actor, number: str, now: datetime, *, way: str, note: str = "") -> CaseState:
    """送达 by ``window``, ``post`` or ``electronic``; ends the case."""
    return advance(actor, number, "deliver", {"way": way, "note": note}, now)


def withdraw(actor: Actor, number: str, now: datetime, *, note: str = "") -> CaseState:
    """撤回 by the applicant, before a decision."""
    return advance(actor, number, "withdraw", {"note": note}, now)


def exempt(actor: Actor, number: str, now: datetime, *, reason: str, note: str = "") -> CaseState:
    """免办: the result is held already, or the item is not needed."""
    return advance(actor, number, "exempt", {"reason": reason, "note": note}, now)


def revoke(actor: Actor, number: str, now: datetime, *, reason: str) -> CaseState:
    """撤销 of a granted result: false promise, false papers."""
    return advance(actor, number, "revoke", {"note": reason}, now)


def withdraw_members(family: Family, now: datetime) -> None:
    """Plan the withdrawal of every undecided member of a locked family: its parent was withdrawn.
    The caller settles and commits."""
    for member in family.members:
        if family.states[member.id].state in UNDECIDED:
            family.move(member.id, "withdraw", SYSTEM_ACTOR, {"note": ""}, now, trusted=True)
