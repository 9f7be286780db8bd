"""The simulated city goes round by itself, through the same doors as everybody."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from yishi.foundation.access.actors import ActorGrant
from yishi.foundation.cases.models import Case
from yishi.systems.city_events.living.commands import through
from yishi.systems.city_events.living.habits import DAYS, habit_of
from yishi.systems.city_events.living.life import Life, Plan, start
from yishi.systems.city_events.tests.office import COUNTY, Office

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
MORNING = datetime(2026, 5, 12, 0, 30, tzinfo=UTC)


def lived(plan: Plan, hours: float = 6, run: str = "a") -> Life:
    life = start(plan, MORNING, run)
    through(life, MORNING + timedelta(hours=hours))
    return life


def states() -> Counter[str]:
    return Counter(Case.objects.unscoped("test").values_list("state", flat=True))


def test_cases_come_and_are_closed_and_nothing_goes_wrong() -> None:
    life = lived(Plan(seed=3, per_hour=4, speed=3), 4)
    assert life.tally["上报"] > 15
    assert life.tally["结案"] > 3
    assert life.tally["出错"] == 0
    assert states()["closed"] == life.tally["结案"] - life.tally["重新办理"]


def test_the_same_run_brings_the_same_reports_and_doubles_none() -> None:
    life = start(Plan(seed=5, per_hour=6), MORNING, "a")
    for _ in range(12):
        life._somebody_reports(MORNING)
    said = Counter(Case.objects.unscoped("test").values_list("subject", flat=True))
    again = start(Plan(seed=5, per_hour=6), MORNING, "a")
    for _ in range(12):
        again._somebody_reports(MORNING + timedelta(seconds=1))
    assert said.total() >= 10
    assert Counter(Case.objects.unscoped("test").values_list("subject", flat=True)) == said
    other = start(Plan(seed=6, per_hour=6), MORNING, "a")
    other._somebody_reports(MORNING)
    assert Counter(Case.objects.unscoped("test").values_list("subject", flat=True)) != said


def test_a_storm_brings_more_reports_of_water_and_trees() -> None:
    calm = lived(Plan(seed=2, per_hour=6), 1.5, "calm")
    storm = lived(Plan(seed=2, per_hour=6, day="storm"), 1.5, "storm")
    assert storm.tally["上报"] > 1.5 * calm.tally["上报"]
    wet = sum(any(word in kind.name for word in DAYS["storm"].words) for kind in storm.scene.types)
    assert wet > 5
    assert sum(storm.scene.weights) > sum(calm.scene.weights)


def test_steps_of_accounts_in_training_are_left_to_them() -> None:
    office = Office()
    number = office.report().number
    acceptors = ActorGrant("unit_officer", None, COUNTY)
    now = timezone.now()
    life = start(Plan(left_to=(acceptors,), per_hour=0.001), now, "a")
    through(life, now + timedelta(hours=12))
    assert office.state(number).state == "assigned"


def test_who_was_quicker_is_not_overruled() -> None:
    office = Office()
    number = office.report().number
    now = timezone.now()
    life = start(Plan(per_hour=0.001), now, "a")
    life.act(life.next_at)
    office.until(number, "sign")
    through(life, now + timedelta(hours=9))
    assert office.state(number).version > 2
    assert life.tally["出错"] == 0
    assert life.tally["签收"] == 0


def test_habits_stay_with_a_unit() -> None:
    assert habit_of(1, "unit_officer/7") == habit_of(1, "unit_officer/7")
    paces = [habit_of(1, f"unit_officer/{n}").pace for n in range(300)]
    assert min(paces) < 0.7 and max(paces) > 1.6
    assert all(day.label for day in DAYS.values())
