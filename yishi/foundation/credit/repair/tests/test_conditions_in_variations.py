"""Every condition is looked at, each by itself; a missing fact is neither yes nor no."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.credit.repair.conditions import Duty, Subject, check
from yishi.foundation.rulebook.outcome import Truth

READY = Subject(
    severity="general",
    document_date=date(2026, 5, 20),
    duty=Duty.DONE,
    duty_done_on=date(2026, 6, 1),
    earliest=date(2026, 8, 21),
    max_end=date(2027, 5, 20),
)
ON = date(2026, 9, 1)


def test_all_conditions_met() -> None:
    found = check(READY, ON, pledge=True)
    assert (found.outcome, found.reasons) == (Truth.TRUE, ())


@pytest.mark.parametrize(
    ("change", "codes", "outcome"),
    [
        ({"earliest": date(2026, 9, 2)}, ("MIN_PERIOD",), Truth.FALSE),
        ({"duty": Duty.OPEN, "duty_done_on": None}, ("DUTY_NOT_DONE",), Truth.FALSE),
        ({"duty_done_on": date(2026, 9, 2)}, ("DUTY_NOT_DONE",), Truth.FALSE),
        ({"duty": Duty.UNKNOWN, "duty_done_on": None}, ("DUTY_UNKNOWN",), Truth.UNKNOWN),
        ({"duty_done_on": None}, ("DUTY_UNKNOWN",), Truth.UNKNOWN),
        ({"severity": ""}, ("CLASS_UNKNOWN",), Truth.UNKNOWN),
        ({"document_date": None}, ("DATE_UNKNOWN",), Truth.UNKNOWN),
        ({"earliest": None}, ("RULE_UNKNOWN",), Truth.UNKNOWN),
        ({"route": "执行法院"}, ("OTHER_ROUTE",), Truth.FALSE),
        ({"barred": "食品安全法"}, ("BARRED_BY_LAW",), Truth.FALSE),
        ({"settled": "已修复"}, ("NOTHING_TO_REPAIR",), Truth.FALSE),
    ],
)
def test_one_condition_stands_against_it(
    change: dict[str, object], codes: tuple[str, ...], outcome: Truth
) -> None:
    found = check(replace(READY, **change), ON, pledge=True)  # type: ignore[arg-type]
    assert (found.codes, found.outcome) == (codes, outcome)


def test_every_condition_is_told_not_only_the_first() -> None:
    worst = replace(READY, earliest=date(2026, 12, 1), duty=Duty.OPEN, duty_done_on=None)
    found = check(worst, ON, pledge=False, pending="XYXFJ1")
    assert set(found.codes) == {"PENDING", "MIN_PERIOD", "DUTY_NOT_DONE", "NO_PLEDGE"}
    assert found.earliest == date(2026, 12, 1)


def test_a_definite_no_outweighs_what_is_not_known() -> None:
    one = replace(READY, duty=Duty.UNKNOWN, duty_done_on=None, earliest=date(2026, 12, 1))
    assert check(one, ON, pledge=True).outcome is Truth.FALSE


def test_no_least_period_binds_what_is_past_its_longest() -> None:
    kept = replace(READY, earliest=date(2030, 1, 1), no_minimum="最长公示期已满")
    assert check(kept, ON, pledge=True).outcome is Truth.TRUE


def test_a_light_record_may_be_repaired_on_the_day_its_duties_are_done() -> None:
    light = replace(READY, severity="light", earliest=READY.document_date, duty_done_on=ON)
    assert check(light, ON, pledge=True).outcome is Truth.TRUE
    assert check(light, ON - timedelta(days=1), pledge=True).codes == ("DUTY_NOT_DONE",)


days = st.dates(date(2023, 1, 1), date(2030, 12, 31))
subjects = st.builds(
    Subject,
    severity=st.sampled_from(["", "light", "general", "serious"]),
    document_date=st.none() | days,
    duty=st.sampled_from(list(Duty)),
    duty_done_on=st.none() | days,
    earliest=st.none() | days,
    max_end=days,
    no_minimum=st.sampled_from(["", "满"]),
    route=st.sampled_from(["", "执行法院"]),
    barred=st.sampled_from(["", "法"]),
    settled=st.sampled_from(["", "已删除"]),
)


@given(subjects, days, st.booleans(), st.sampled_from(["", "XYXFJ1"]))
def test_true_only_when_every_condition_is_met(
    subject: Subject, on: date, pledge: bool, pending: str
) -> None:
    found = check(subject, on, pledge=pledge, pending=pending)
    met = [one.met for one in found.conditions]
    assert (found.outcome is Truth.TRUE) == all(one is True for one in met)
    assert (found.outcome is Truth.FALSE) == any(one is False for one in met)
    if found.outcome is Truth.TRUE:
        assert pledge and not pending
        assert subject.duty_done_on is not None and subject.duty_done_on <= on
        assert subject.no_minimum or (subject.earliest is not None and subject.earliest <= on)


@given(subjects, days, st.integers(1, 400))
def test_waiting_never_turns_a_yes_into_a_no(subject: Subject, on: date, later: int) -> None:
    if check(subject, on, pledge=True).outcome is Truth.TRUE:
        assert check(subject, on + timedelta(days=later), pledge=True).outcome is Truth.TRUE


@given(subjects, days)
def test_the_earliest_day_named_has_no_least_period_against_it(subject: Subject, on: date) -> None:
    found = check(subject, on, pledge=True)
    if "MIN_PERIOD" in found.codes and found.earliest is not None:
        assert found.earliest > on
        again = check(subject, found.earliest, pledge=True)
        assert "MIN_PERIOD" not in again.codes
