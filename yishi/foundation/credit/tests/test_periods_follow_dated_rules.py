"""Periods of records: scenarios S3-A7, S8-01, 02, 04, 07 and what varies of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.credit import periods
from yishi.foundation.credit.book import CreditBook, from_content
from yishi.foundation.credit.files import read_city
from yishi.foundation.credit.periods import Facts, Profile, Transition, last_day
from yishi.foundation.revisions.errors import FieldError

BOOK: CreditBook = from_content(read_city(Path(settings.CITY_DIR)), 1)
GENERAL, MARKET = BOOK.profile("general"), BOOK.profile("market_supervision")
DAYS = st.dates(date(2023, 5, 1), date(2031, 12, 31))


def ask(
    document: str, severity: str, on: str, profile: Profile = GENERAL, activity: str = ""
) -> periods.Periods:
    facts = Facts(date.fromisoformat(document), severity, activity)
    return periods.of(facts, date.fromisoformat(on), profile)


def test_s3_a7_a_serious_listing_waits_a_year_and_ends_after_three() -> None:
    found = ask("2026-04-10", "serious", "2026-09-02")
    assert found.earliest_apply == date(2027, 4, 10) > date(2026, 9, 2)
    assert found.stops_on == date(2029, 4, 10)
    assert (found.min_end, found.max_end) == (date(2027, 4, 9), date(2029, 4, 9))


def test_s8_01_a_general_record_waits_three_months_and_ends_after_a_year() -> None:
    found = ask("2026-05-20", "general", "2026-08-20")
    assert found.earliest_apply == date(2026, 8, 21)
    assert found.max_end == date(2027, 5, 20)
    assert not found.over(date(2027, 5, 20)) and found.over(date(2027, 5, 21))


def test_s8_02_a_month_without_the_day_ends_with_its_last() -> None:
    found = ask("2025-11-30", "general", "2026-02-28")
    assert found.min_end == date(2026, 2, 28)
    assert found.earliest_apply == date(2026, 3, 1)


def test_s8_04_a_light_record_is_not_published_and_may_be_repaired_at_once() -> None:
    found = ask("2026-06-01", "light", "2026-06-05")
    assert not found.published
    assert found.earliest_apply <= date(2026, 6, 5)


def test_s8_07_market_supervision_answers_by_the_day_of_application() -> None:
    first = ask("2025-09-01", "general", "2025-12-20", MARKET)
    assert (first.rules, first.earliest_apply) == ("samr2021", date(2026, 3, 2))
    second = ask("2025-09-01", "general", "2026-01-05", MARKET)
    assert (second.rules, second.min_end) == ("samr2025", date(2025, 12, 1))
    assert second.earliest_apply <= date(2026, 1, 5)


def test_who_asks_under_the_old_rule_is_told_when_the_new_one_lets_them() -> None:
    assert ask("2025-09-01", "general", "2025-12-20", MARKET).sooner == date(2025, 12, 25)
    assert ask("2025-09-01", "general", "2026-01-05", MARKET).sooner is None


@pytest.mark.parametrize(
    ("mode", "rules"),
    [
        (Transition.BY_EVENT_DATE, "samr2021"),
        (Transition.BY_APPLICATION_DATE, "samr2025"),
        (Transition.MORE_FAVOURABLE, "samr2025"),
    ],
)
def test_the_transition_mode_decides_between_two_rules(mode: Transition, rules: str) -> None:
    found = ask("2025-09-01", "general", "2026-01-05", replace(MARKET, mode=mode))
    assert found.rules == rules


def test_of_a_stricter_new_rule_the_more_favourable_old_one_stays() -> None:
    turned = replace(
        MARKET,
        mode=Transition.MORE_FAVOURABLE,
        tables=tuple(
            replace(table, terms=other.terms, fields=other.fields)
            for table, other in zip(MARKET.tables, reversed(MARKET.tables), strict=True)
        ),
    )
    assert ask("2025-09-01", "general", "2026-01-05", turned).rules == "samr2021"


def test_food_waits_a_year_under_the_older_order_and_three_months_under_the_newer() -> None:
    old = ask("2026-03-01", "general", "2026-03-31", GENERAL, "food")
    new = ask("2026-03-01", "general", "2026-04-01", GENERAL, "food")
    assert (old.rules, old.min_end) == ("ndrc58", date(2027, 3, 1))
    assert (new.rules, new.min_end) == ("ndrc36", date(2026, 6, 1))
    assert old.sooner == date(2026, 6, 2)


@pytest.mark.parametrize(
    ("start", "months", "inclusive", "exclusive"),
    [
        ("2026-04-10", 3, "2026-07-09", "2026-07-10"),
        ("2025-11-30", 3, "2026-02-28", "2026-02-28"),
        ("2025-11-28", 3, "2026-02-27", "2026-02-28"),
        ("2025-12-31", 2, "2026-02-28", "2026-02-28"),
        ("2027-11-30", 3, "2028-02-29", "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28", "2029-02-28"),
        ("2026-01-01", 12, "2026-12-31", "2027-01-01"),
        ("2026-03-31", 1, "2026-04-30", "2026-04-30"),
    ],
)
def test_whether_the_documents_day_is_day_one_is_a_parameter(
    start: str, months: int, inclusive: str, exclusive: str
) -> None:
    day = date.fromisoformat(start)
    assert last_day(day, months, day_one=True) == date.fromisoformat(inclusive)
    assert last_day(day, months, day_one=False) == date.fromisoformat(exclusive)


def test_before_the_first_rule_nothing_is_guessed() -> None:
    profile = replace(GENERAL, mode=Transition.BY_EVENT_DATE)
    with pytest.raises(FieldError, match="没有可适用的规则") as refused:
        ask("2010-01-01", "general", "2026-05-01", profile)
    assert refused.value.field == "document_date"


@given(DAYS, DAYS, st.integers(0, 60), st.booleans())
def test_a_later_document_never_ends_earlier(
    one: date, other: date, months: int, day_one: bool
) -> None:
    early, late = sorted((one, other))
    assert last_day(early, months, day_one=day_one) <= last_day(late, months, day_one=day_one)


@given(DAYS, st.integers(0, 60), st.integers(0, 60), st.booleans())
def test_more_months_never_end_earlier(start: date, one: int, other: int, day_one: bool) -> None:
    few, many = sorted((one, other))
    assert last_day(start, few, day_one=day_one) <= last_day(start, many, day_one=day_one)


@given(DAYS, st.integers(1, 60))
def test_counting_the_day_itself_never_makes_a_period_longer(start: date, months: int) -> None:
    inclusive = last_day(start, months, day_one=True)
    exclusive = last_day(start, months, day_one=False)
    assert timedelta(0) <= exclusive - inclusive <= timedelta(days=1)


@given(DAYS, DAYS, DAYS, st.sampled_from(periods.CLASSES), st.sampled_from([GENERAL, MARKET]))
def test_periods_are_monotone_in_the_documents_day(
    one: date, other: date, on: date, severity: str, profile: Profile
) -> None:
    early, late = sorted((one, other))
    on = max(on, late)
    first, second = (periods.of(Facts(day, severity), on, profile) for day in (early, late))
    assert first.earliest_apply <= second.earliest_apply
    assert first.max_end <= second.max_end
    assert first.min_end <= first.max_end


@given(DAYS, DAYS, st.sampled_from(periods.CLASSES), st.sampled_from(list(Transition)))
def test_the_more_favourable_of_two_rules_is_never_later_than_either(
    document: date, on: date, severity: str, mode: Transition
) -> None:
    facts, on = Facts(document, severity), max(document, on)
    best = periods.of(facts, on, replace(MARKET, mode=Transition.MORE_FAVOURABLE))
    assert best.earliest_apply <= periods.of(facts, on, replace(MARKET, mode=mode)).earliest_apply
