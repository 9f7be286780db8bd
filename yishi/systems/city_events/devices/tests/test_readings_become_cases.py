"""What devices send becomes cases by the path of every report, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Case
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.devices.models import Alarm, Heard, ReadingHour, SensorState
from yishi.systems.city_events.devices.service import Answer, UnknownDevice, device_actor, take
from yishi.systems.city_events.intake import IntakeConflict
from yishi.systems.city_events.tests.conftest import Town, at, town

__all__ = ["town"]
WATER, LIFT = "SIM-WATER-01", "SIM-LIFT-01"


class Field:
    """Devices that send; ``now`` is the time of receipt."""

    def __init__(self) -> None:
        self.now = at("2026-05-12 09:00")
        self.sent = 0

    def send(self, ref: str, kind: str, **raw: Any) -> Answer:
        self.sent += 1
        raw = {"id": f"m-{self.sent}", "at": self.now.isoformat(), **raw}
        given = {name: value for name, value in raw.items() if value is not None}
        return take(device_actor(ref), ref, kind, given, self.now, trusted=True)

    def read(self, value: float, ref: str = WATER, minutes: int = 0, **raw: Any) -> Answer:
        self.now += timedelta(minutes=minutes)
        return self.send(ref, "readings", values={"water_depth": value}, **raw)

    def detect(self, confidence: float, ref: str = LIFT, **raw: Any) -> Answer:
        return self.send(ref, "detections", confidence=confidence, **raw)


@pytest.fixture
def field(town: Town) -> Field:
    return Field()


def case(answer: Answer) -> Any:
    (told,) = answer.cases
    return load_states(number=told["number"])[0]


def test_water_that_stays_is_one_case_with_type_and_standard_of_its_threshold(
    field: Field,
) -> None:
    assert field.read(18).cases == []
    assert field.read(20, minutes=5).cases == []
    raised = field.read(22, minutes=5)
    found = case(raised)
    assert (found.state, found.type_key, found.data["standard"]) == ("assigned", "event/97/01", "1")
    assert found.data["channel"] == "sensor"
    assert found.data["device"]["value"] == 22 and found.data["device"]["metric"] == "water_depth"
    for value in (25, 12, 16, 9):  # wavers above the clear value: still the same alarm
        assert field.read(value, minutes=5).cases == []
    alarm = Alarm.objects.unscoped("test").get()
    assert alarm.ended_at is None and alarm.threshold.key == "water.underpass"
    field.read(5, minutes=5)
    alarm.refresh_from_db()
    assert alarm.ended_at == field.now
    assert Case.objects.unscoped("test").count() == 1


def test_the_next_flood_within_the_window_is_the_same_case(field: Field) -> None:
    for value in (20, 20, 3, 20, 20):
        last = field.read(value, minutes=10)
    assert last.cases[0]["merged"]
    assert Case.objects.unscoped("test").count() == 1
    assert Alarm.objects.unscoped("test").count() == 2


def test_the_same_message_again_has_the_same_answer_and_does_nothing(field: Field) -> None:
    field.read(20)
    raw: dict[str, Any] = {"id": "again", "at": (field.now + timedelta(minutes=10)).isoformat()}
    raw |= {"values": {"water_depth": 21}}
    field.now += timedelta(minutes=10)
    first = take(device_actor(WATER), WATER, "readings", raw, field.now, trusted=True)
    later = field.now + timedelta(hours=3)
    second = take(device_actor(WATER), WATER, "readings", raw, later, trusted=True)
    assert first.cases == second.cases and len(first.cases) == 1
    assert second.replayed and not first.replayed
    assert Case.objects.unscoped("test").count() == 1
    with pytest.raises(IntakeConflict):
        raw["values"] = {"water_depth": 1}
        take(device_actor(WATER), WATER, "readings", raw, later, trusted=True)


def test_an_ordinary_reading_costs_three_statements(field: Field) -> None:
    field.read(1)  # the registers are in memory after it
    with CaptureQueriesContext(connection) as queries:
        field.read(2, minutes=1)
    frame = ("SAVEPOINT", "RELEASE")
    assert len([q for q in queries.captured_queries if not q["sql"].startswith(frame)]) == 3


def test_late_readings_are_kept_but_change_nothing(field: Field) -> None:
    field.read(3)
    old = (field.now - timedelta(hours=1)).isoformat()
    assert field.read(99, at=old).cases == []
    state = SensorState.objects.get()
    assert (state.value, state.phase) == (3, "normal")
    hours = ReadingHour.objects.filter(metric="water_depth").order_by("hour")
    assert [list(hour.points.values()) for hour in hours] == [[99], [3]]


def test_a_backlog_is_judged_in_the_order_of_its_times(field: Field) -> None:
    begin = field.now - timedelta(minutes=40)
    rows: list[dict[str, Any]] = [
        {"at": (begin + timedelta(minutes=m)).isoformat(), "values": {"water_depth": value}}
        for m, value in ((20, 2), (0, 20), (10, 30))
    ]
    answer = field.send(WATER, "readings", readings=rows, at=None)
    assert len(answer.cases) == 1
    alarm = Alarm.objects.unscoped("test").get()
    assert alarm.at == begin + timedelta(minutes=10)
    assert alarm.ended_at == begin + timedelta(minutes=20)


def test_the_threshold_of_the_day_counts(field: Field) -> None:
    """Noise: 85 dB(A) until the end of March 2026, 70 from April on."""
    for day, cases in (("2026-03-31 09:00", 0), ("2026-04-01 09:00", 1)):
        field.now = at(day)
        for _ in range(3):
            last = field.send("SIM-NOISE-01", "readings", values={"noise": 75})
            field.now += timedelta(minutes=10)
        assert len(last.cases) == cases, day


def test_s2_a11_a_lift_camera_files_once_within_its_window(field: Field) -> None:
    found = case(field.detect(0.93))
    assert (found.state, found.type_key) == ("assigned", "event/04/98")
    assert found.data["standard"] == "1"
    field.now += timedelta(minutes=9)
    again = field.detect(0.97)
    assert again.cases[0]["merged"] and again.cases[0]["number"] == found.number
    field.now += timedelta(minutes=30)
    assert not field.detect(0.97).cases[0]["merged"]


def test_a_sight_below_the_confidence_is_looked_at_by_a_person(field: Field) -> None:
    found = case(field.detect(0.84, picture="nvr-7/2026-05-12/0091"))
    assert found.state == "checking"
    assert [a.role for a in found.assignments if a.open] == ["check"]
    assert any("0.84" in line for line in found.data["manual_reason"])
    assert found.data["device"]["picture"] == "nvr-7/2026-05-12/0091"


def test_a_type_without_a_merge_rule_is_still_not_filed_twice(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from yishi.systems.city_events.context import city

    _, catalogue = city().catalogue(field.now)
    kind = catalogue.by_key["event/04/98"]
    monkeypatch.setitem(catalogue.by_key, kind.key, replace(kind, merge=None))
    first, second = field.detect(0.93), field.detect(0.93)
    assert second.cases[0]["merged"] and not first.cases[0]["merged"]


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("readings", {"values": {}}, "values"),
    ("readings", {"values": {"wind": 3}}, "values.wind"),
    ("readings", {"values": {"water_depth": -999}}, "values.water_depth"),
    ("readings", {"values": {"water_depth": "12"}}, "values.water_depth"),
    ("readings", {"values": {"water_depth": float("nan")}}, "values.water_depth"),
    ("readings", {"values": {"water_depth": True}}, "values.water_depth"),
    ("readings", {"values": {"water_depth": 1}, "readings": []}, "values"),
    ("readings", {"readings": []}, "readings"),
    ("readings", {"readings": [{"at": None, "values": {"water_depth": 1}}]}, "readings.0.at"),
    ("readings", {"values": {"water_depth": 1}, "at": "2026-05-12 09:00"}, "at"),
    ("readings", {"values": {"water_depth": 1}, "at": "2026-05-12T10:00:00+08:00"}, "at"),
    ("readings", {"values": {"water_depth": 1}, "at": "2026-05-01T09:00:00+08:00"}, "at"),
    ("readings", {"values": {"water_depth": 1}, "battery": 101}, "battery"),
    ("readings", {"values": {"water_depth": 1}, "id": "a b"}, "id"),
    ("readings", {"values": {"water_depth": 1}, "id": "x" * 49}, "id"),
    ("readings", {"values": {"water_depth": 1}, "depth": 3}, "depth"),
    ("detections", {}, "confidence"),
    ("detections", {"confidence": 1.2}, "confidence"),
    ("detections", {"confidence": 0.9, "type": "event/01/10"}, "type"),
    ("detections", {"confidence": 0.9, "photo": "x"}, "photo"),
    ("detections", {"confidence": 0.9, "image": "§"}, "image"),
    ("detections", {"confidence": 0.9, "image": "aGFsbG8="}, "image"),
    ("detections", {"confidence": 0.9, "picture": "x" * 301}, "picture"),
    ("status", {"values": {}}, "values"),
]


@pytest.mark.parametrize(("kind", "raw", "named"), BAD)
def test_a_bad_message_names_its_field_and_changes_nothing(
    field: Field, kind: str, raw: dict[str, Any], named: str
) -> None:
    ref = LIFT if kind == "detections" else WATER
    with pytest.raises(FieldError) as refused:
        field.send(ref, kind, **({"id": "bad"} | raw))
    assert refused.value.field == named
    assert not Heard.objects.exists() and not SensorState.objects.exists()
    assert not Case.objects.unscoped("test").exists()


def test_unknown_devices_are_not_known(field: Field) -> None:
    with pytest.raises(UnknownDevice):
        field.read(3, ref="nobody")
    with pytest.raises(UnknownDevice):
        take(device_actor(WATER), WATER, "status", {"id": "a"}, field.now)


def test_a_device_that_is_not_in_use_is_refused(field: Field) -> None:
    field.now = datetime.fromisoformat("2025-12-31T09:00:00+08:00")
    with pytest.raises(FieldError) as refused:
        field.read(3)
    assert refused.value.field == "device"
