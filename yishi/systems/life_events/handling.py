"""What officers and applicants do with a theme's case: tell, correct, accept, supply, withdraw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM, Actor
from yishi.foundation.approvals.lifecycle import states as item_states
from yishi.foundation.cases import advance as moving
from yishi.foundation.cases import families
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import clean_text, read_facts
from yishi.foundation.cases.lifecycle import Facts
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events import applications, paperwork, submitting
from yishi.systems.life_events.accepting import (
    Looked,
    accepting,
    application_of,
    expected_end,
    look,
)
from yishi.systems.life_events.lifecycle import LIFECYCLE, MOVES
from yishi.systems.life_events.models import Application
from yishi.systems.life_events.versions import registers

#: Moves with functions of their own.
OWN = frozenset({"submit", "accept", "tell_gaps", "correct", "supply", "withdraw"})


def accept(
    actor: Actor,
    number: str,
    now: datetime,
    *,
    deferred_until: date | None = None,
    expected_version: int | None = None,
) -> CaseState:
    """Accept for all items at once: they start in the same commit, side by side or in order.

    Papers that the applicant promised for later are due on *deferred_until*, by default after ten
    working days.

    Raises:
        CaseNotFound, MoveRefused, FieldError: nothing is changed then.
    """
    with transaction.atomic():
        case = moving.one_locked(actor, number)
        _fresh(case, expected_version)
        changes = accepting(case, "accept", actor, look(case, now), now, deferred_until)
        commit(changes)
    return changes[0].after


def deem_accepted(case: CaseState, now: datetime) -> list[Change]:
    """Five working days passed without a word: accepted as of the receipt (许可法 art. 32(4))."""
    return accepting(case, "deem_accepted", SYSTEM, look(case, now), now, None)


def _fresh(case: CaseState, expected_version: int | None) -> None:
    if expected_version is not None and case.version != expected_version:
        raise MoveRefused("version", "案件刚被他人办理，请查看最新状态后再试", case)


# --- telling once, correcting ---


def tell_gaps(
    actor: Actor,
    number: str,
    marks: Mapping[str, Mapping[str, str]],
    now: datetime,
    *,
    note: str = "",
    expected_version: int | None = None,
) -> CaseState:
    """Tell once all that is wrong: by field and by paper. *marks*: {"fields": …, "papers": …}.

    Raises:
        FieldError: for marks of unknown fields or papers, or none at all.
    """
    with transaction.atomic():
        case = moving.one_locked(actor, number)
        _fresh(case, expected_version)
        looked = look(case, now)
        cleaned = _marks(looked, marks, note)
        facts = {
            "marks": {name: sorted(found) for name, found in cleaned.items() if name != "note"}
        }
        found = looked.found
        change = plan(LIFECYCLE, case, "tell_gaps", actor, facts, now, found.for_case(case))
        commit([change])
        looked.application.marks = {**cleaned, "at": now.isoformat(), "by": actor.ref}
        applications.save(looked.application, now)
    return change.after


def _marks(looked: Looked, marks: Mapping[str, Mapping[str, str]], note: str) -> dict[str, Any]:
    fields = {one.key for one in looked.made.form}
    papers = {one.key for one in looked.made.papers}
    found: dict[str, Any] = {"fields": {}, "papers": {}, "note": clean_text("note", note, 1000)}
    for kind, known in (("fields", fields), ("papers", papers)):
        for key, text in (marks.get(kind) or {}).items():
            words = clean_text(str(key)[:64], text, 300)
            if not words:
                continue
            if key not in known:
                raise FieldError(
                    str(key)[:64], "申请中没有这一项，不能要求办事指南以外的内容", "unknown"
                )
            found[kind][key] = words
    if not found["fields"] and not found["papers"]:
        raise FieldError("marks", "请至少标出一处需要补正的内容", "required")
    return found


def correct(actor: Actor, number: str, now: datetime) -> CaseState:
    """The applicant has corrected what was told; every told paper must have been handed in anew.

    Raises:
        FieldError: naming the paper or field that still is as it was.
    """
    with transaction.atomic():
        case = moving.one_locked(actor, number)
        looked = look(case, now)
        application = looked.application
        done = set(application.marks.get("done", []))
        left = [
            key
            for kind in ("fields", "papers")
            for key in application.marks.get(kind, {})
            if f"{kind}.{key}" not in done
        ]
        if left:
            raise FieldError(left[0], "这一处还没有补正", "required")
        change = plan(LIFECYCLE, case, "correct", actor, {}, now, looked.found.for_case(case))
        change.rows += attached_rows(application, case.id, now)
        commit([change])
    return change.after


def attached_rows(application: Application, case_id: int, now: datetime) -> list[Any]:
    """Rows that tie files added since the submission to the case."""
    from yishi.foundation.cases.models import CasePaper

    papers = CasePaper.objects.unscoped("the case was found in scope").filter(case_id=case_id)
    there = {str(pk) for pk in papers.values_list("attachment_id", flat=True)}
    rows = submitting.paper_rows(application, case_id, now)
    return [(model, row) for model, row in rows if str(row["attachment_id"]) not in there]


def fill_marked(case_id: int, raw: Mapping[str, object], now: datetime) -> dict[str, str]:
    """Correct the fields that were told, and only those; returns what is wrong."""
    with transaction.atomic():
        application = application_of(case_id)
        keys = list(application.marks.get("fields", {}))
        made = applications.made(application, applications.owned(application, now))
        before = applications.unseal(application).values
        wrong = applications.fill(application, made, raw, now, only=keys) if keys else {}
        after = applications.unseal(application).values
        for key in keys:
            if key not in wrong and before.get(key) == after.get(key):
                wrong[key] = "与补正前相同，请按告知的内容修改"
        done = set(application.marks.get("done", []))
        done |= {f"fields.{key}" for key in keys if key not in wrong}
        application.marks = {**application.marks, "done": sorted(done)}
        applications.save(application, now)
    return wrong


# --- while the items run ---


def supply(actor: Actor, number: str, paper: str, now: datetime) -> CaseState:
    """A deferred paper was handed in: the parent and every item that waits for it are told.

    Raises:
        FieldError: for a paper that is not deferred, or has no file yet.
    """
    with transaction.atomic():
        family = families.locked(number, actor)
        root = family.root
        if paper not in (root.data.get("deferred") or {}):
            raise FieldError("paper", "没有待补交的这份材料", "unknown")
        looked = look(root, now)
        if not paperwork.files_of(looked.application, paper):
            raise FieldError("paper", "请先上传文件", "required")
        made = looked.made.paper(paper)
        change = family.move(root.id, "supply", actor, {"papers": [paper]}, now)
        change.rows += attached_rows(looked.application, root.id, now)
        for member in family.members:
            if made is None or member.type_key not in made.items:
                continue
            if member.state not in item_states.SUPPLYING:
                continue  # decided or ended without it
            if made.material in (member.data.get("deferred") or {}):
                facts = {"material": made.material}
                family.move(member.id, "supply", SYSTEM, facts, now, trusted=True)
        family.settle(now)
        commit(family.changes)
    return family.states[root.id]


def withdraw(actor: Actor, number: str, now: datetime, *, note: str = "") -> CaseState:
    """Take the application back: items that are not decided yet end with it.

    Raises:
        CaseNotFound, MoveRefused: see `advance`.
    """
    with transaction.atomic():
        family = families.locked(number, actor)
        root = family.root
        facts = {"note": clean_text("note", note, 1000)}
        family.move(root.id, "withdraw", actor, facts, now)
        for member in family.members:
            if member.state in item_states.UNDECIDED:
                family.move(member.id, "withdraw", SYSTEM, {}, now, trusted=True)
        family.settle(now)
        commit(family.changes)
    return family.states[root.id]


def advance(
    actor: Actor,
    number: str,
    move: str,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    expected_version: int | None = None,
) -> CaseState:
    """Make *move* on a theme's case; those with pages of their own go their own way.

    Raises:
        CaseNotFound, MoveRefused, FieldError.
    """
    if move == "accept":
        until = raw.get("deferred_until") or None
        return accept(
            actor,
            number,
            now,
            deferred_until=_day(until) if until else None,
            expected_version=expected_version,
        )
    if move == "withdraw":
        return withdraw(actor, number, now, note=raw.get("note") or "")
    if move not in MOVES or move in OWN or MOVES[move].automatic:
        raise FieldError("move", "没有这个步骤", "unknown")
    found = registers()

    def facts_for(case: CaseState) -> Facts:
        return read_facts(MOVES[move], raw)

    return moving.advance(
        actor, number, move, facts_for, now, found.for_case, expected_version=expected_version
    )


def _day(value: object) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(str(value))
    except ValueError as error:
        raise FieldError("deferred_until", "应为日期，例如 2026-03-18", "format") from error


def advance_batch(
    actor: Actor, ids: Sequence[int], move: str, now: datetime
) -> tuple[list[CaseState], list[MoveRefused]]:
    """Begin the check of many applications at once.

    Raises:
        FieldError: for a move that is not made in batches, or more than 200 cases.
    """
    if move != "review":
        raise FieldError("move", "此步骤不能批量办理", "unknown")
    if len(ids) > 200:
        raise FieldError("cases", "一次最多办理200件", "too_many")
    found = registers()
    return moving.advance_many(actor, [(one, {}) for one in ids], move, now, found.for_case)


def members_of(root_id: int) -> list[CaseState]:
    """The items of a case, as they stand (2 statements)."""
    rows = Case.objects.unscoped("the root was found in scope").filter(root_id=root_id)
    return load_states(rows.values_list("id", flat=True))


__all__ = [
    "Looked",
    "accept",
    "accepting",
    "advance",
    "advance_batch",
    "application_of",
    "attached_rows",
    "correct",
    "deem_accepted",
    "expected_end",
    "fill_marked",
    "look",
    "members_of",
    "supply",
    "tell_gaps",
    "withdraw",
]
