"""What the tests of rehearsals share: some simulated history, and the city's files in force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from django.conf import settings
from django.utils import timezone

from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.load import reserve
from yishi.systems.city_events.context import city as city_registers
from yishi.systems.city_events.rehearsing import service
from yishi.systems.city_events.rehearsing.past import Stretch
from yishi.systems.city_events.rehearsing.tally import Difference, Tally
from yishi.systems.city_events.simulate import scene_of, simulated
from yishi.systems.city_events.tests.conftest import Town, at, town

__all__ = ["Town", "at", "town"]

RULES = Path(settings.BASE_DIR) / "cities/xiangyang/rules/city_events.yaml"
MODEL = RULES.parents[1] / "recognition"
ALWAYS = Stretch(datetime.min.date(), datetime.max.date())


@pytest.fixture
def history(city: None) -> Callable[[int, int], None]:
    """Stores simulated cases of the last four days: how many, and a seed."""

    def store(count: int, seed: int) -> None:
        now = timezone.now()
        scene, rng = scene_of(city_registers(), (), now), Random(seed)
        times = [now - timedelta(minutes=rng.randrange(6000)) for _ in range(count)]
        ids = sorted(reserve(count))
        made = [simulated(scene, pk, pk, at, str(seed)) for pk, at in zip(ids, times, strict=True)]
        commit(made, quiet=True)

    return store


@pytest.fixture
def in_force(city: None) -> dict[str, bytes]:
    """The files of the catalogue, the routing table and the rules, as they are exported."""
    files = service.current_files(city_registers(), timezone.now())
    files |= {name: (MODEL / name).read_bytes() for name in ("model.json", "weights.npz")}
    return files | {RULES.name: RULES.read_bytes()}


def rehearsed(files: dict[str, bytes]) -> tuple[Tally, list[Difference]]:
    """Everything in the database, replayed with *files*."""
    registers, now = city_registers(), timezone.now()
    candidate = service.candidate_of(service.plain_files(files), registers, now)
    found: list[Difference] = []
    tally = service.rehearse(registers, candidate, ALWAYS, now, actor=None, keep=found.extend)
    return tally, found


def changed(files: dict[str, bytes], name: str, old: str, new: str) -> dict[str, bytes]:
    """One of *files* with a passage replaced."""
    text = files[name].decode()
    assert old in text, old
    return {name: text.replace(old, new, 1).encode()}
