"""A rehearsal of what is in force shows exactly zero differences, whatever happened."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.systems.city_events.rehearsing.tests.conftest import rehearsed

pytestmark = pytest.mark.django_db


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), seed=st.integers(0, 10**6))
def test_any_files_in_force_change_nothing(
    data: st.DataObject,
    seed: int,
    history: Callable[[int, int], None],
    in_force: dict[str, bytes],
) -> None:
    history(40, seed)
    names = data.draw(st.lists(st.sampled_from(sorted(in_force)), min_size=1, unique=True))
    if {"model.json", "weights.npz"} & set(names):  # one is nothing without the other
        names += ["model.json", "weights.npz"]
    tally, found = rehearsed({name: in_force[name] for name in names})
    assert tally.cases >= 40
    assert found == []
    assert tally.differing == tally.cases_differing == 0
    # Everything that was decided by itself came out again as it was decided then.
    assert not set(tally.apart) & {"rule", "registers", "deadline", "absent", "not_said"}


def test_all_files_at_once_change_nothing(
    history: Callable[[int, int], None], in_force: dict[str, bytes]
) -> None:
    history(120, 7)
    tally, found = rehearsed(in_force)
    assert (found, tally.differing) == ([], 0)
    assert tally.decisions["filing"] == tally.cases
    assert tally.decisions["dispatch"] > 20
    assert tally.decisions["deadline"] > 20
