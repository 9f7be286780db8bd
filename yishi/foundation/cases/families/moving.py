"""Moving members: successors start and the root is told in the same commit.

Locks go root first, then members in ascending order, in one statement: whoever moves any member
waits for the root, so that two members decided at once can neither deadlock nor miss each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM, Actor
from yishi.foundation.cases.advance import After, CaseNotFound, FactsFor
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.families.contexts import Contexts
from yishi.foundation.cases.families.edges import Link, links_of, met
from yishi.foundation.cases.lifecycle import Facts, lifecycle_of
from yishi.foundation.cases.load import load_family
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.policy import sees
from yishi.foundation.cases.state import CaseState


class Family:
    """A root and its members as they stand, locked, with the changes planned so far.

    A case that belongs to no family is a family of its own: the same code moves it.
    """

    def __init__(
        self,
        states: Iterable[CaseState],
        links: Iterable[Link],
        contexts: Contexts | None = None,
    ) -> None:
        self.states: dict[int, CaseState] = {case.id: case for case in states}
        self.links = list(links)
        self.changes: list[Change] = []
        self.contexts = contexts or Contexts()
        self._decided: list[int] = []
        self._moved: list[tuple[int, str]] = []

    @property
    def root(self) -> CaseState:
        """The root as it stands now."""
        return next(case for case in self.states.values() if case.root_id is None)

    @property
    def members(self) -> list[CaseState]:
        """The members as they stand now, in the order they were started."""
        return [case for case in self.states.values() if case.root_id is not None]

    def by_number(self, number: str) -> CaseState:
        """The case of that number."""
        return next(case for case in self.states.values() if case.number == number)

    def move(
        self,
        case_id: int,
        move: str,
        actor: Actor,
        facts: Facts,
        now: datetime,
        *,
        trusted: bool = False,
    ) -> Change:
        """Plan a move of one case of the family on what was planned before.

        Raises:
            MoveRefused, FieldError: see :func:`yishi.foundation.cases.plan.plan`.
        """
        case = self.states[case_id]
        lifecycle = lifecycle_of(case.system)
        context = self.contexts(case)
        change = plan(lifecycle, case, move, actor, facts, now, context, trusted=trusted)
        self.keep(change, move)
        if case.root_id is not None and not case.outcome and change.after.outcome:
            self._decided.append(case_id)
        return change

    def keep(self, change: Change, move: str = "") -> None:
        """Take a change that was planned elsewhere: of the root, or a member started just now."""
        self.states[change.after.id] = change.after
        self.changes.append(change)
        if change.after.root_id is not None:
            self._moved.append((change.after.id, move))

    def settle(self, now: datetime) -> None:
        """Let successors of what was decided start or end, then tell the root."""
        while self._decided:
            before = self.states[self._decided.pop(0)]
            for link in self.links:
                if link.before == before.id:
                    self._follow(link, before, now)
        self._tell_root(now)

    def _follow(self, link: Link, before: CaseState, now: datetime) -> None:
        after = self.states[link.after]
        if not after.waiting_for or after.closed_at is not None:
            return
        facts = {"before": before.number, "subject": before.subject, "outcome": before.outcome}
        if not met(link.kind, before):
            self.move(after.id, "not_started", SYSTEM, facts, now, trusted=True)
            return
        waiting = after.clone()
        waiting.waiting_for -= 1
        self.states[after.id] = waiting
        move = "predecessor_done" if waiting.waiting_for else "release"
        self.move(after.id, move, SYSTEM, facts | {"left": waiting.waiting_for}, now, trusted=True)

    def _tell_root(self, now: datetime) -> None:
        moved, self._moved = self._moved, []
        if not moved:
            return
        root = self.root
        told = lifecycle_of(root.system).moves.get("member_changed")
        if told is None or root.state not in told.sources:
            return
        member, move = moved[0]
        facts = {
            "members": tuple(self.members),
            "links": tuple(self.links),
            "member": self.states[member].number,
            "move": move,
        }
        self.move(root.id, "member_changed", SYSTEM, facts, now, trusted=True)


def locked(number: str, actor: Actor | None = None) -> Family:
    """The family that the case *number* belongs to, locked until the transaction ends (2
    statements).

    Raises:
        CaseNotFound: when there is none that *actor* may see (``None``: not asked).
    """
    states = load_family(number)
    wanted = [case for case in states if case.number == number]
    if not wanted or (actor is not None and not sees(actor, wanted[0])):
        raise CaseNotFound(number)
    members = [case.id for case in states if case.root_id is not None]
    return Family(states, links_of(members) if members else ())


def advance_member(
    actor: Actor,
    number: str,
    move: str,
    facts_for: FactsFor,
    now: datetime,
    *,
    expected_version: int | None = None,
    after: After | None = None,
) -> CaseState:
    """Make *move* on the member *number*; as ``advance``, with what follows for its family.

    Raises:
        CaseNotFound: for an unknown number or one out of the actor's sight.
        MoveRefused: ``version`` when *expected_version* is no longer true, else the plan's reason.
        yishi.foundation.revisions.errors.FieldError: for wrong input.
    """
    with transaction.atomic():
        family = locked(number, actor)
        case = family.by_number(number)
        if expected_version is not None and case.version != expected_version:
            raise MoveRefused("version", "案件刚被他人办理，请查看最新状态后再试", case)
        facts: Mapping[str, object] = facts_for(case)
        change = family.move(case.id, move, actor, facts, now)
        if after is not None:
            after(change, facts)
        family.settle(now)
        commit(family.changes)
    return family.states[case.id]
