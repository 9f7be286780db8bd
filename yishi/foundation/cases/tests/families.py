"""A root and members of nothing in particular: the smallest lifecycles that make a family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pytest

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.cases import lifecycle as lifecycles
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import Draft
from yishi.foundation.cases.families import Edge, EdgeKind, Member, advance_member, start
from yishi.foundation.cases.families.contexts import plain_context
from yishi.foundation.cases.lifecycle import Facts, Lifecycle, Move, State
from yishi.foundation.cases.load import reserve
from yishi.foundation.cases.models import Case, CatalogueVersion
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState

NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)
ROOT, MEMBER = "family_root", "family_member"


def _receive(draft: Draft, facts: Facts) -> None:
    draft.case.data["received"] = draft.now.isoformat()


def _decide(draft: Draft, facts: Facts) -> None:
    draft.case.outcome = facts["outcome"]


def _not_started(draft: Draft, facts: Facts) -> None:
    draft.case.outcome = "not_started"
    draft.case.data["reason"] = f"{facts['before']}:{facts['outcome']}"


def _told(draft: Draft, facts: Facts) -> None:
    members = facts["members"]
    draft.case.data["open"] = sum(not member.outcome for member in members)
    draft.case.data["told"] = draft.case.data.get("told", 0) + 1
    if all(member.outcome for member in members):
        granted = all(member.outcome == "granted" for member in members)
        draft.case.state = "done" if granted else "partly"


def _move(
    name: str, sources: set[str], target: str | None, effect: Any = None, **more: Any
) -> Move:
    return Move(
        name, name, frozenset(), frozenset(sources), target, effect=effect, automatic=True, **more
    )


MEMBERS = Lifecycle(
    MEMBER,
    1,
    {
        "waiting": State("waiting", "等待前置", "wait"),
        "open": State("open", "办理中", "do"),
        "decided": State("decided", "已决定", "deliver"),
        "delivered": State("delivered", "已送达", "done", final=True),
        "ended": State("ended", "未开始", "done", final=True),
    },
    {
        move.name: move
        for move in (
            _move("receive", {""}, "open", _receive),
            _move("receive_waiting", {""}, "waiting", while_waiting=True),
            _move("release", {"waiting"}, "open", _receive),
            _move("predecessor_done", {"waiting"}, None, while_waiting=True),
            _move("not_started", {"waiting"}, "ended", _not_started, while_waiting=True),
            _move("review", {"waiting"}, None, while_waiting=True),
            _move("decide", {"open", "waiting"}, "decided", _decide),
            _move("deliver", {"decided"}, "delivered"),
        )
    },
    granting=frozenset({"granted"}),
)
ROOTS = Lifecycle(
    ROOT,
    1,
    {
        "running": State("running", "办理中", "do"),
        "partly": State("partly", "部分办结", "done"),
        "done": State("done", "全部办结", "done"),
    },
    {
        move.name: move
        for move in (
            _move("open", {""}, "running"),
            _move("add", {"running", "partly"}, None),
            _move("member_changed", {"running", "partly", "done"}, None, _told),
        )
    },
)


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The two lifecycles, known while a test runs."""
    monkeypatch.setitem(lifecycles.LIFECYCLES, ROOT, ROOTS)
    monkeypatch.setitem(lifecycles.LIFECYCLES, MEMBER, MEMBERS)
    yield


@lru_cache(maxsize=1)
def _version() -> int:
    return int(CatalogueVersion.objects.values_list("id", flat=True)[0])


def blank(case_id: int, system: str) -> CaseState:
    """A case that is new."""
    return CaseState(
        id=case_id,
        number=f"T{case_id}",
        system=system,
        type_key="toy",
        catalogue_id=_version(),
        subject="成员",
        division="420606000000",
        managed_path="4206/420606",
        received_at=NOW,
        received_on=NOW.date(),
    )


def family(
    count: int, edges: Sequence[tuple[int, int]], kind: EdgeKind = EdgeKind.LICENCE
) -> tuple[int, list[int]]:
    """A root with *count* members, stored; edges by position. Returns the ids."""
    root_id, *ids = reserve(count + 1)
    root = blank(root_id, ROOT)
    context = plain_context(root)
    opened = plan(ROOTS, root, "open", SYSTEM, {}, NOW, context, trusted=True)
    members = [
        Member(
            str(n),
            blank(case_id, MEMBER),
            {},
            tuple(Edge(str(before), kind) for before, after in edges if after == n),
        )
        for n, case_id in enumerate(ids)
    ]
    commit(start(opened, members, actor=SYSTEM, now=NOW))
    return root_id, ids


def decide(case_id: int, outcome: str = "granted", now: datetime = NOW) -> CaseState:
    """Decide a member."""
    return advance_member(SYSTEM, f"T{case_id}", "decide", lambda case: {"outcome": outcome}, now)


def states(ids: Sequence[int]) -> dict[int, str]:
    """The states by id, as stored."""
    rows = Case.objects.unscoped("test").filter(id__in=ids)
    return dict(rows.values_list("id", "state"))
