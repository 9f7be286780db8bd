"""The order of a family's members: who waits for whom, and what each waits for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.cases.models import CaseEdge
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.statements import execute


class EdgeKind(StrEnum):
    """What the later member needs: the earlier one's granted result, or only that it is decided."""

    LICENCE = "licence"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Edge:
    """A member's need of an earlier member, by its key."""

    before_key: str
    kind: EdgeKind = EdgeKind.LICENCE


@dataclass(frozen=True, slots=True)
class Link:
    """A stored edge, by ids."""

    before: int
    after: int
    kind: EdgeKind


class CycleError(FieldError):
    """The wanted order of members runs in a circle."""

    def __init__(self, keys: Iterable[object]) -> None:
        names = "、".join(sorted(str(key) for key in keys))
        super().__init__("after", f"办理顺序成环：{names}", "circle")


def met(kind: EdgeKind, before: CaseState) -> bool | None:
    """Whether *before* gives what an edge of that kind needs; ``None`` while it is undecided,
    ``False`` when it never will."""
    if not before.outcome:
        return None
    if kind is EdgeKind.DATA:
        return True
    return before.outcome in lifecycle_of(before.system).granting


def in_order(after_of: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """The keys, each after all that *after_of* says it comes after; names it does not have are
    left out.

    Raises:
        CycleError: when the order runs in a circle.
    """
    left = {key: [one for one in before if one in after_of] for key, before in after_of.items()}
    while left:
        ready = [key for key, before in left.items() if not any(one in left for one in before)]
        if not ready:
            raise CycleError(left)
        for key in ready:
            del left[key]
        yield from ready


def links_of(ids: Sequence[int]) -> list[Link]:
    """The edges among the members with *ids* (1 statement)."""
    table = CaseEdge._meta.db_table
    statement = (
        f"SELECT before_id, after_id, kind FROM {table} "
        "WHERE after_id = ANY($1::bigint[]) ORDER BY before_id, after_id"
    )
    return [
        Link(before, after, EdgeKind(kind))
        for before, after, kind in execute(statement, [list(ids)])
    ]
