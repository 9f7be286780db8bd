"""Every move beside the main line made by two at once: one wins, the other is told so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.test_two_at_once import all_is_well, at_once
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import due
from yishi.systems.city_events.models import Card
from yishi.systems.city_events.tests import beside
from yishi.systems.city_events.tests.conftest import Town, at

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_equal_moves_one_wins_for_every_move(city: None) -> None:
    for move in beside.BEFORE:
        town = Town()
        number = beside.case_before(town, move)
        before = town.state(number)
        unit = before.unit_id or before.data.get("handled_unit")

        def act(
            town: Town = town, number: str = number, move: str = move, unit: int | None = unit
        ) -> Any:  # both are who they were before: a winner that gives the case away changes no one
            return beside.make(town, number, move, unit)

        results = at_once(act, act)
        lost = [result for result in results if isinstance(result, Exception)]
        assert len(lost) == 1 and isinstance(lost[0], MoveRefused | FieldError), (move, results)
        assert town.state(number).trace_length == before.trace_length + 1, move
    all_is_well()


def test_two_workers_give_each_late_case_one_card(city: None) -> None:
    town = Town()
    numbers = [town.report(lon=112.10 + n * 0.004, lat=32.04).number for n in range(8)]
    work: Callable[[], int] = lambda: due.card_due(at("2026-03-10 20:00"))  # noqa: E731
    results = at_once(work, work, work)
    assert sum(results) == len(numbers)
    assert Card.objects.unscoped("test").count() == len(numbers)
    ids = Card.objects.unscoped("test").values_list("case_id", flat=True)
    assert {case.data["cards"] for case in load_states(ids)} == {1}
    all_is_well()
