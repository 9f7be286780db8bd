"""Beyond the published year a deadline is provisional; the notice settles it, with a trace."""

from __future__ import annotations

from datetime import date, timedelta

import orjson
import pytest

from yishi.foundation import revisions
from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.calendars.services import import_year
from yishi.foundation.cases.models import Trace
from yishi.foundation.cases.recalculation import recalculate_open
from yishi.foundation.cases.verify import verify_traces
from yishi.systems.city_events.tests.conftest import Town, at

pytestmark = pytest.mark.django_db


def test_a_provisional_deadline_is_recalculated_and_a_decided_one_is_not(town: Town) -> None:
    town.now = at("2026-12-30 09:00")
    five_days = {"type": "component/01/01", "standard": "4", "description": "井盖周边下沉"}
    number = town.report(**five_days).number
    decided = town.report(**five_days, lon=112.16).number
    clock = town.state(number).clock("handling")
    assert clock is not None and clock.limit_text == "5工作日" and clock.provisional
    # without the notice 1 January is off: 30, 31 December, 4, 5, 6 January
    assert clock.due_at == at("2027-01-07 09:00")
    town.move(decided, "sign")
    town.move(decided, "finish", timedelta(hours=1), note="已修复")
    stopped = town.move(decided, "confirm").last_clock("handling")
    assert stopped is not None

    holidays = {date(2027, 1, day): "元旦" for day in (1, 2, 3, 4)}
    import_year(2027, holidays=holidays, makeup={}, source="测试通知", now=town.now)
    found = recalculate_open(active_calendar(), town.now, since=date(2027, 1, 1))
    assert (found.seen, found.moved) == (1, 1)

    clock = town.state(number).clock("handling")
    assert clock is not None and not clock.provisional
    assert clock.due_at == at("2027-01-08 09:00")
    assert town.state(number).duty("main").due_at == clock.due_at  # type: ignore[union-attr]
    kept = town.state(decided).last_clock("handling")
    assert kept is not None and kept.due_at == stopped.due_at and kept.provisional
    row = Trace.objects.unscoped("test").filter(case__number=number).latest("seq")
    assert row.move == "recalculate"
    assert orjson.loads(bytes(row.body))["due_before"] == {"handling": "2027-01-07T01:00:00Z"}
    assert all(not faults for _, faults in verify_traces())
    again = recalculate_open(active_calendar(), town.now, since=date(2027, 1, 1))
    assert again.seen == 0
    revisions.forget()
