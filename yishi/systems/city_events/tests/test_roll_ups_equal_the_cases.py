"""Roll-ups are the cases counted: after any moves, folded or not, by one worker or by many."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from click.testing import CliRunner
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.cases import rollups
from yishi.foundation.cases.checks import figure_faults, kpi
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.load import reserve
from yishi.foundation.cases.models import Case, RollUp, RollUpDelta, RollUpSum
from yishi.systems.city_events.context import city as city_registers
from yishi.systems.city_events.simulate import scene_of, simulated
from yishi.systems.city_events.tests.conftest import Town


def _store(count: int, seed: int) -> None:
    now = timezone.now()
    scene, rng = scene_of(city_registers(), (), now), Random(seed)
    times = [now - timedelta(minutes=rng.randrange(6000)) for _ in range(count)]
    ids = sorted(reserve(count))
    commit(
        [simulated(scene, pk, pk, at, str(seed)) for pk, at in zip(ids, times, strict=True)],
        quiet=True,
    )


@pytest.mark.django_db
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.sampled_from(["cases", "fold", "some", "prune", "rebuild"]), max_size=6))
def test_any_order_of_storing_and_folding_leaves_no_difference(
    city: None, steps: list[str]
) -> None:
    doing: dict[str, Callable[[], object]] = {
        "cases": lambda: _store(15, Random().randrange(10**6)),
        "fold": rollups.fold,
        "some": lambda: rollups.fold(3),
        "prune": rollups.prune,
        "rebuild": rollups.rebuild,
    }
    for step in steps:
        doing[step]()
        assert rollups.differences() == []
        assert rollups.sum_differences() == []
    assert figure_faults() == []


@pytest.mark.django_db
def test_a_moved_case_counts_once(town: Town) -> None:
    number = town.report().number
    for _ in range(2):
        town.handled(number)
        town.move(number, "close", timedelta(minutes=5))
        rollups.fold()
        town.move(number, "reopen", timedelta(minutes=5), note="又出现了")
    while rollups.fold():
        pass
    cells = RollUp.objects.exclude(n=0)
    assert [cell.n for cell in cells] == [1]
    assert cells[0].stage == town.state(number).stage
    assert rollups.differences() == []


@pytest.mark.django_db
def test_a_wrong_cell_is_found_and_named(town: Town) -> None:
    town.report()
    assert figure_faults() == []
    RollUpDelta.objects.filter(n=1).update(n=2)
    [found] = rollups.differences()
    assert (found.shown, found.true) == (2, 1)
    result = CliRunner().invoke(kpi, ["verify"], obj=lambda: None)
    assert result.exit_code == 1
    assert "0 differences" not in result.output
    rollups.fold()
    assert rollups.sum_differences() == []  # of the cells they are the sums
    RollUpSum.objects.filter(kind="family").update(n=5)
    [sum_found] = rollups.sum_differences()
    assert (sum_found.kind, sum_found.shown, sum_found.true) == ("family", 5, 2)
    assert any(line.startswith("sum ") for line in figure_faults())
    assert CliRunner().invoke(kpi, ["rebuild"], obj=lambda: None).exit_code == 0
    result = CliRunner().invoke(kpi, ["verify"], obj=lambda: None)
    assert (result.exit_code, result.output) == (0, "kpi: 0 differences\n")


def _all(jobs: list[Callable[[], None]]) -> list[BaseException]:
    """Run jobs in threads of their own; what they raised."""
    errors: list[BaseException] = []

    def run(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return errors


CHURNED = 200


def _churn() -> None:
    """Cases that come into a few cells and leave them at once: the cells fall to nought."""
    for n in range(0, CHURNED, 10):
        for change in (1, -1):
            RollUpDelta.objects.bulk_create(
                RollUpDelta(
                    day="2026-01-01",
                    system="city_events",
                    managed_path="4206",
                    type_key=f"type/{(n + i) % 7}",
                    stage="collect",
                    n=change,
                )
                for i in range(10)
            )


@pytest.mark.django_db(transaction=True)
def test_many_folding_at_once_while_cases_come_in_lose_nothing(city: None) -> None:
    _store(40, 1)
    folded: list[int] = []
    storing = threading.Event()

    def fold() -> None:
        while True:
            ended = storing.is_set()
            n = rollups.fold(7)
            folded.append(n)
            if ended and not n:
                return

    def store() -> None:
        try:
            for seed in range(2, 6):
                _store(10, seed)
        finally:
            storing.set()

    def prune() -> None:
        while not storing.is_set():
            rollups.prune()

    assert _all([fold, fold, fold, store, _churn, prune]) == []
    while left := rollups.fold():  # who found the rows locked went home before the last came in
        folded.append(left)
    assert RollUpDelta.objects.count() == 0
    assert sum(folded) == 80 + 2 * CHURNED
    assert rollups.differences() == []
    assert rollups.sum_differences() == []
    shown = sum(RollUp.objects.values_list("n", flat=True))
    assert shown == Case.objects.unscoped("a test").count() == 80
