"""Starting members: parent, members and their order become one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.families.contexts import Contexts
from yishi.foundation.cases.families.edges import Edge, in_order, met
from yishi.foundation.cases.lifecycle import Facts, lifecycle_of
from yishi.foundation.cases.models import CaseEdge
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError


@dataclass(frozen=True, slots=True)
class Member:
    """A case that is to be started under a root: new (its id is reserved), with the facts of its
    first move and what it comes after."""

    key: str
    case: CaseState
    facts: Facts
    after: tuple[Edge, ...] = ()


def start(
    parent_change: Change,
    members: Sequence[Member],
    *,
    actor: Actor,
    now: datetime,
    existing: Mapping[str, CaseState] | None = None,
    contexts: Contexts | None = None,
) -> list[Change]:
    """Plan *members* under the case of *parent_change*: everything that one ``commit`` stores.

    The root may be new or running; *existing*: members it has already, by the key that edges use.
    Who waits for nothing is received now (the lifecycle's ``first``), the others wait
    (``first_waiting``) until what they need is decided. No statement is made but those of contexts.

    Raises:
        CycleError: when the order runs in a circle.
        FieldError: for keys that are double or unknown, and for a member that comes after one
            that was refused already.
    """
    root, there = parent_change.after, dict(existing or {})
    wanted = _by_key(members, there)
    contexts = contexts or Contexts()
    changes = [parent_change]
    after_of = {key: [edge.before_key for edge in one.after] for key, one in wanted.items()}
    for key in in_order(after_of):
        member = wanted[key]
        edges = {edge.before_key: edge for edge in member.after}
        case = member.case.clone()
        case.root_id = root.id
        case.waiting_for = sum(_waits(edge, there[edge.before_key]) for edge in edges.values())
        lifecycle = lifecycle_of(case.system)
        move = lifecycle.first_waiting if case.waiting_for else lifecycle.first
        context = contexts(case)
        change = plan(lifecycle, case, move, actor, member.facts, now, context, trusted=True)
        for edge in edges.values():
            before_id = there[edge.before_key].id
            row = {"before_id": before_id, "after_id": case.id, "kind": edge.kind.value}
            change.rows.append((CaseEdge, row))
        there[key] = change.after
        changes.append(change)
    return changes


def _waits(edge: Edge, before: CaseState) -> bool:
    """Whether a member waits for *before*; one that ended at once (not needed here) gives its
    result already."""
    state = met(edge.kind, before)
    if state is False:
        message = f"前置事项 {edge.before_key} 未获准予，不能再开始后续事项"
        raise FieldError("after", message, "refused")
    return state is None


def _by_key(members: Sequence[Member], there: Mapping[str, CaseState]) -> dict[str, Member]:
    wanted: dict[str, Member] = {}
    for member in members:
        if member.key in wanted or member.key in there:
            raise FieldError("items", f"事项重复：{member.key}", "double")
        wanted[member.key] = member
    for member in members:
        for edge in member.after:
            if edge.before_key not in wanted and edge.before_key not in there:
                raise FieldError("after", f"没有前置事项 {edge.before_key}", "unknown")
    return wanted
