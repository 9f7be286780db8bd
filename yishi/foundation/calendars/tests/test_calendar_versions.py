"""Calendars are stored as immutable versions; a year's notice makes a new one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from yishi.foundation import revisions
from yishi.foundation.calendars import (
    CalendarError,
    active_calendar,
    calendar_version,
    parse_limit,
)
from yishi.foundation.calendars.models import CalendarVersion
from yishi.foundation.calendars.seed import load_city
from yishi.foundation.calendars.services import import_year
from yishi.foundation.calendars.tests.support import CALENDAR, CITY, DOCUMENT, at

pytestmark = pytest.mark.django_db
NOW = at("2026-11-23 10:00")
HOLIDAYS_2027 = {date(2027, 1, 1): "元旦", date(2027, 1, 2): "元旦"}
MAKEUP_2027 = {date(2027, 1, 3): "元旦"}


@pytest.fixture(autouse=True)
def no_calendar_yet(db: None) -> Iterator[None]:
    """An installation without any calendar; undone with the test."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE calendars_calendarversion")
    revisions.forget()
    calendar_version.cache_clear()
    yield
    revisions.forget()
    calendar_version.cache_clear()


def test_without_a_calendar_the_service_says_so() -> None:
    with pytest.raises(CalendarError, match="载入"):
        active_calendar()


def test_the_city_folder_is_loaded_once() -> None:
    assert load_city(CITY, now=NOW).created == 1
    assert load_city(CITY, now=NOW).created == 0
    assert active_calendar().version == CALENDAR.version
    assert CalendarVersion.objects.count() == 1


def test_s10_13_a_notice_for_the_next_year_changes_a_provisional_deadline() -> None:
    load_city(CITY, now=NOW)
    start, limit = at("2026-11-23 09:00"), parse_limit("30工作日", "licence")
    before = active_calendar()
    assert (before.due(start, limit).day, before.due(start, limit).provisional) == (
        date(2027, 1, 5),
        True,
    )
    done = import_year(
        2027, holidays=HOLIDAYS_2027, makeup=MAKEUP_2027, source="国办发明电（测试）", now=NOW
    )
    after = active_calendar()
    assert (after.due(start, limit).day, after.due(start, limit).provisional) == (
        date(2027, 1, 4),
        False,
    )
    assert done.new
    assert done.changed == (date(2027, 1, 3),)
    assert len(done.confirmed) == 365
    assert calendar_version(before.version).due(start, limit).day == date(2027, 1, 5)


def test_a_load_never_overwrites_an_imported_notice() -> None:
    load_city(CITY, now=NOW)
    done = import_year(2027, holidays=HOLIDAYS_2027, makeup={}, source="通知", now=NOW)
    report = load_city(CITY, now=NOW)
    assert report.created == 0
    assert done.version in report.notes[0]
    assert active_calendar().version == done.version


@pytest.mark.parametrize(
    ("holidays", "makeup", "source", "field"),
    [
        ({}, {}, "通知", "holidays"),
        ({date(2028, 1, 1): "元旦"}, {}, "通知", "holidays"),
        (HOLIDAYS_2027, {date(2027, 1, 4): "元旦"}, "通知", "makeup_workdays"),
        (HOLIDAYS_2027, {date(2027, 1, 2): "元旦"}, "通知", "makeup_workdays"),
        (HOLIDAYS_2027, {}, "  ", "source"),
    ],
)
def test_a_wrong_notice_is_refused_and_changes_nothing(
    holidays: dict[date, str], makeup: dict[date, str], source: str, field: str
) -> None:
    load_city(CITY, now=NOW)
    with pytest.raises(CalendarError) as caught:
        import_year(2027, holidays=holidays, makeup=makeup, source=source, now=NOW)
    assert caught.value.field == field
    assert CalendarVersion.objects.count() == 1


def test_a_year_must_follow_the_published_ones() -> None:
    load_city(CITY, now=NOW)
    with pytest.raises(CalendarError, match="连续"):
        import_year(2028, holidays={date(2028, 1, 1): "元旦"}, makeup={}, source="通知", now=NOW)


def test_the_database_refuses_to_change_or_delete_a_version() -> None:
    load_city(CITY, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarVersion.objects.update(source="anders")
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarVersion.objects.all().delete()
    assert CalendarVersion.objects.count() == 1


def test_a_broken_file_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "calendar.json").write_text('{\n "years": {,}\n}', encoding="utf-8")
    with pytest.raises(CalendarError, match="第 2 行"):
        load_city(tmp_path, now=NOW)
    (tmp_path / "calendar.json").write_text(
        json.dumps({**DOCUMENT, "periods": ["18:00-08:00"]}), encoding="utf-8"
    )
    with pytest.raises(CalendarError) as caught:
        load_city(tmp_path, now=NOW)
    assert caught.value.field == "periods"
    assert not CalendarVersion.objects.exists()
