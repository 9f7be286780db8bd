"""Whether a record counts on a day, whatever the nightly job has done by then."""

from __future__ import annotations

from datetime import date, datetime

from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.credit import periods
from yishi.foundation.credit.book import CreditBook
from yishi.foundation.credit.record_models import KEPT, SHOWN, CreditRecord


def today_of(now: datetime) -> date:
    """The city's day at *now*."""
    return now.astimezone(SHANGHAI).date()


def current_periods(record: CreditRecord, on: date, known: CreditBook) -> periods.Periods:
    """The periods of a record asked on a day, by the rules in force then."""
    facts = periods.Facts(record.document_date, record.severity, record.activity)
    return periods.of(facts, on, known.profile(record.profile))


def counts(record: CreditRecord, on: date, known: CreditBook) -> bool:
    """Whether a stored record is still in force on a day: its term may have ended at midnight."""
    if not record.in_force:
        return False
    if record.state == KEPT or record.asked_at is not None or on <= record.max_end:
        return record.state in SHOWN and not _ended_by_new_rule(record, on, known)
    if record.duty_done_on is not None:
        return False
    return known.at_end(record.profile, record.activity, record.kind).then != "end"


def _ended_by_new_rule(record: CreditRecord, on: date, known: CreditBook) -> bool:
    """A rule that began today may have shortened the term."""
    if record.state == KEPT or record.asked_at is not None:
        return False
    found = current_periods(record, on, known)
    if not found.over(on):
        return False
    done = record.duty_done_on is not None
    return done or known.at_end(record.profile, record.activity, record.kind).then == "end"
