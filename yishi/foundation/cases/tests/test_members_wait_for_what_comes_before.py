"""Members of a root start when everything before them has ended, and never in a circle."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.cases.children import CycleError, connect, release_successors
from yishi.foundation.cases.load import reserve
from yishi.foundation.cases.models import Case, CaseEdge, CatalogueVersion

NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def _members(count: int) -> tuple[int, list[int]]:
    ids = reserve(count + 1)
    version = CatalogueVersion.objects.values_list("id", flat=True).first() or 0
    rows = [
        Case(
            id=case_id,
            number=f"M{case_id}",
            system="city_events",
            type_key="",
            catalogue_id=version,
            subject="成员",
            division="4206",
            managed_path="4206",
            state="reported",
            stage="collect",
            received_at=NOW,
            received_on=NOW.date(),
            root_id=None if i == 0 else ids[0],
            trace_length=1,
        )
        for i, case_id in enumerate(ids)
    ]
    Case.objects.bulk_create(rows)
    return ids[0], ids[1:]


def _waiting(ids: list[int]) -> dict[int, int]:
    rows = Case.objects.unscoped("test").filter(id__in=ids)
    return dict(rows.values_list("id", "waiting_for"))


def _end(case_id: int) -> list[int]:
    Case.objects.unscoped("test").filter(id=case_id).update(closed_at=NOW)
    return release_successors(case_id)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(1, 7), st.data())
def test_every_member_starts_exactly_once_after_its_predecessors(
    city: None, count: int, data: st.DataObject
) -> None:
    root, ids = _members(count)
    pairs = [(a, b) for i, a in enumerate(ids) for b in ids[i + 1 :]]
    edges = data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    connect(root, edges)
    ready = sorted(case_id for case_id, waits in _waiting(ids).items() if waits == 0)
    started: list[int] = []
    while ready:
        case_id = ready.pop(data.draw(st.integers(0, len(ready) - 1)))
        assert all(before in started for before, after in edges if after == case_id)
        started.append(case_id)
        ready += sorted(_end(case_id))
    assert sorted(started) == sorted(ids)


def test_a_circle_is_refused_and_nothing_is_stored(city: None) -> None:
    root, ids = _members(3)
    with pytest.raises(CycleError):
        connect(root, [*pairwise(ids), (ids[-1], ids[0])])
    assert not CaseEdge.objects.filter(before_id__in=ids).exists()


def test_an_edge_to_a_stranger_is_refused(city: None) -> None:
    root, ids = _members(1)
    _, others = _members(1)
    with pytest.raises(CycleError):
        connect(root, [(ids[0], others[0])])
