"""Call quality (§S2.5): 15 seconds, 95 % in any rolling 24 hours; the alarm to the duty leader."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.foundation.access.actors import ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.foundation.access.models import Grant
from yishi.foundation.messages.inbox import inbox
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.hotline import alarms, calls
from yishi.systems.city_events.hotline.calls import Quality
from yishi.systems.city_events.hotline.commands import hotline
from yishi.systems.city_events.hotline.models import Call, QualityAlarm
from yishi.systems.city_events.tests.conftest import at
from yishi.systems.city_events.tests.office import Office

NOW = at("2026-05-11 12:00")
LOWEST = Decimal(95)

pytestmark = pytest.mark.django_db


def ring(offers: Sequence[tuple[datetime, int | None]]) -> None:
    """Calls at moments, with the seconds until each was answered."""
    Call.objects.bulk_create(
        Call(source="test", key=str(place), offered_at=moment, waited=waited)
        for place, (moment, waited) in enumerate(offers)
    )


def the_day() -> None:
    """S2-A17: 10,000 calls in 24 hours, 9,480 answered, 9,300 of them within 15 seconds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO city_events_call (source, key, offered_at, waited)"
            " SELECT 'test', n, %s::timestamptz - n * interval '8 seconds',"
            " CASE WHEN n < 9300 THEN n %% 16 WHEN n < 9480 THEN 16 + n %% 60 END"
            " FROM generate_series(0, 9999) n",
            [NOW],
        )


def test_s2_a17_a_share_below_95_percent_alarms() -> None:
    the_day()
    found = calls.in_window(NOW, 15)
    assert (found.offered, found.answered, found.quick) == (10_000, 9_480, 9_300)
    assert found.rate == Decimal("94.80")
    assert found.quick_rate == Decimal("98.10")
    assert found.alarms(LOWEST)


def test_s2_a17_the_duty_leader_is_told_once_and_again_after_it_was_over(city: None) -> None:
    office = Office()
    leader, other = (
        office.account("duty_leader"),
        office.account("duty_leader", scope="4206/420606"),
    )
    Grant.objects.update(valid_from=NOW - timedelta(days=30))
    the_day()
    for minute in range(3):
        assert alarms.watch(NOW + timedelta(minutes=minute)) is not None
    said = [one for one in inbox(leader.pk) if one.template == "hotline.quality"]
    assert [one.params["rate"] for one in said] == ["94.80"]
    assert not inbox(other.pk)
    assert alarms.watch(NOW + timedelta(days=2)) is None
    assert QualityAlarm.objects.get().ended_at is not None
    Call.objects.update(offered_at=NOW + timedelta(days=3))
    assert alarms.watch(NOW + timedelta(days=3)) is not None
    assert len(inbox(leader.pk)) == 2


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_alarm_is_exact_and_silent_without_calls(answered: int, missed: int) -> None:
    quality = Quality(answered + missed, answered, 0)
    expected = answered + missed > 0 and answered * 100 < 95 * (answered + missed)
    assert quality.alarms(LOWEST) == expected
    assert (quality.rate is None) == (answered + missed == 0)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 72), st.one_of(st.none(), st.integers(0, 30))),
        max_size=14,
    )
)
def test_the_worst_window_is_the_worst_of_all(offers: list[tuple[int, int | None]]) -> None:
    """Against trying every quarter of an hour; calls come in at full hours."""
    Call.objects.all().delete()
    start = at("2026-05-08 00:00")
    ring([(start + timedelta(hours=hour), waited) for hour, waited in offers])
    since, until = start + timedelta(hours=24), start + timedelta(hours=72)
    tried = [
        calls.in_window(since + timedelta(minutes=15 * step), 15) for step in range(48 * 4 + 1)
    ]
    shares = [Decimal(one.answered) / one.offered for one in tried if one.offered]
    worst = calls.worst_window(since, until, 15)
    if not shares:
        assert worst.offered == 0
        return
    assert worst.until is not None
    assert calls.in_window(worst.until, 15) == worst
    assert Decimal(worst.answered) / worst.offered == min(shares)


def test_the_first_moment_of_a_window_does_not_count_and_the_last_does() -> None:
    ring([(NOW - timedelta(hours=24), 3), (NOW, None)])
    found = calls.in_window(NOW, 15)
    assert (found.offered, found.answered) == (1, 0)


def test_fifteen_seconds_are_in_time_and_sixteen_are_not() -> None:
    ring([(NOW, 15), (NOW, 16)])
    assert calls.in_window(NOW, 15).quick == 1


def test_a_program_reports_calls_once(city: None) -> None:
    one = {"key": "1", "offered_at": "2026-05-11T08:00:00+08:00", "waited": 9, "talked": 30}
    body = json.dumps({"calls": [one, {"key": "2", "offered_at": "2026-05-11T08:01:00+08:00"}]})

    def send(role: str) -> tuple[int, dict[str, int]]:
        key = issue_key(
            f"exchange-{role}", "pbx", [ActorGrant(role, None, "4206")], at("2026-01-01")
        )
        client = Client(headers={"X-API-Key": key})
        answer = client.post("/api/v1/hotline/calls", body, content_type="application/json")
        return answer.status_code, answer.json()

    assert send("acceptor")[0] == 403
    assert send("hotline") == (200, {"stored": 2, "known": 0})
    assert Call.objects.filter(source="pbx", waited=None).count() == 1


def test_the_same_calls_again_change_nothing() -> None:
    call = {"key": "1", "offered_at": NOW, "waited": 9}
    assert calls.store("pbx", [call, call], NOW) == (1, 1)
    assert calls.store("pbx", [call | {"waited": 99}], NOW) == (0, 1)
    assert Call.objects.get().waited == 9
    assert calls.store("other", [call], NOW) == (1, 0)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key": ""}, "calls.1.key"),
        ({"offered_at": "yesterday"}, "calls.1.offered_at"),
        ({"offered_at": NOW + timedelta(hours=1)}, "calls.1.offered_at"),
        ({"waited": -1}, "calls.1.waited"),
        ({"waited": None, "talked": 5}, "calls.1.talked"),
        ({"ring": 5}, "calls.1.ring"),
    ],
)
def test_a_wrong_call_is_named_and_nothing_stored(wrong: dict[str, object], field: str) -> None:
    good = {"key": "1", "offered_at": NOW, "waited": 9}
    with pytest.raises(FieldError) as refused:
        calls.store("pbx", [good, good | {"key": "2"} | wrong], NOW)
    assert refused.value.field == field
    assert not Call.objects.exists()


def test_calls_are_taken_from_a_file_in_the_citys_time(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(
        "key,offered_at,waited,talked\n1,2026-05-11 08:00:00,12,60\n2,2026-05-11 08:05:00,,\n",
        encoding="utf-8",
    )
    run = CliRunner().invoke(hotline, ["calls", str(path)], obj=lambda: None)
    assert run.output == "2 calls stored, 0 known before\n", run.output
    assert Call.objects.get(key="1").offered_at == at("2026-05-11 08:00")
    path.write_text("key,offered_at,waited\n3,2026-05-11 08:00:00,1\n4,soon,1\n", encoding="utf-8")
    run = CliRunner().invoke(hotline, ["calls", str(path)], obj=lambda: None)
    assert run.exit_code == 1
    assert "第3行" in run.output
    assert Call.objects.count() == 2


@pytest.mark.parametrize(
    ("role", "status"), [("hotline", 200), ("duty_leader", 200), ("handler", 403)]
)
def test_the_page_shows_no_data_as_such(city: None, role: str, status: int) -> None:
    answer = Office().client(role).get("/desk/hotline/quality/")
    assert answer.status_code == status
    if status == 200:
        page = answer.content.decode()
        assert page.count("没有数据") == 3
        assert "0.00%" not in page
        assert "100.00%" not in page
