"""A record as repair sees it: its periods on the day of asking, its duties, who decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from yishi.foundation.credit import periods
from yishi.foundation.credit.book import CreditBook
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.record_models import OVER, SHIELDED, STATES
from yishi.foundation.credit.repair.catalogue import Book, Sector
from yishi.foundation.credit.repair.conditions import Duty, Reason, Subject, Verdict, check
from yishi.foundation.credit.repair.models import RepairedRecord
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError

_STATES = dict(STATES)


@dataclass(frozen=True, slots=True)
class Standing:
    """A record on a day. ``accept`` and ``decide``: the limits for an application of that day, with
    the ``document`` that they rest on; ``unit``: who decides, ``None`` outside this city."""

    record: CreditRecord
    subject: Subject
    accept: str
    decide: str
    document: str
    rules: str
    sectors: tuple[Sector, ...]
    unit: int | None

    @property
    def duties(self) -> list[str]:
        """What the sector's rules ask of the subject."""
        return [one.duty for one in self.sectors if one.duty]

    def seen(self, on: date, *, pledge: bool) -> dict[str, Any]:
        """The facts that the conditions rest on, as a decision stores them."""
        subject = self.subject
        return {
            "severity": subject.severity or None,
            "document_date": _text(subject.document_date),
            "duty": subject.duty.value,
            "duty_done_on": _text(subject.duty_done_on),
            "earliest": _text(subject.earliest),
            "applied_on": on.isoformat(),
            "pledge": pledge,
            "record": self.record.number,
            "state": self.record.state,
        }


def standing(
    record: CreditRecord,
    on: date,
    rules: CreditBook,
    book: Book,
    places: Register,
    *,
    declared_on: date | None = None,
    verified_on: date | None = None,
) -> Standing:
    """*record* as an application of the day *on* finds it (no statement).

    *declared_on*: the applicant's own word on when the duties were done; *verified_on*: the body's.
    """
    sectors = tuple(book.rules_for(record.kind, record.list_key, record.activity))
    found, table = _periods(record, on, rules)
    days = dict(table.days) if table is not None else {}
    duty, done = _duty(record, declared_on, verified_on)
    return Standing(
        record=record,
        subject=Subject(
            severity=record.severity,
            document_date=record.document_date,
            duty=duty,
            duty_done_on=done,
            earliest=found.earliest_apply if found is not None else None,
            max_end=record.max_end,
            no_minimum=_no_minimum(record, on, sectors),
            route=next((one.route for one in sectors if one.route), ""),
            barred=next((one.barred for one in sectors if one.barred), ""),
            settled=_settled(record),
        ),
        accept=f"{days['accept']}工作日" if "accept" in days else book.accept,
        decide=f"{days['decide']}工作日" if "decide" in days else book.decide,
        document=found.document if found is not None else "",
        rules=rules.stamp(found.rules) if found is not None else "",
        sectors=sectors,
        unit=_body(record, places, on),
    )


def _periods(
    record: CreditRecord, on: date, rules: CreditBook
) -> tuple[periods.Periods | None, periods.Table | None]:
    """The periods and the table of the rules; none where no rule answers."""
    try:
        profile = rules.profile(record.profile)
        facts = periods.Facts(record.document_date, record.severity, record.activity)
        return periods.of(facts, on, profile), profile.table(max(on, record.document_date))
    except FieldError:
        return None, None


def _no_minimum(record: CreditRecord, on: date, sectors: Iterable[Sector]) -> str:
    if any(one.no_minimum for one in sectors):
        return "该类信息没有最短公示期，改正后即可申请"
    if on > record.max_end:
        return "最长公示期已满，改正后即可申请"
    return ""


def _settled(record: CreditRecord) -> str:
    if record.state in OVER or record.state == SHIELDED:
        return f"该信息{_STATES[record.state]}，无需修复"
    return ""


def _duty(
    record: CreditRecord, declared_on: date | None, verified_on: date | None
) -> tuple[Duty, date | None]:
    """The body's word comes before the record's, the record's before the applicant's. What only the
    applicant says is for the body to find out."""
    if verified_on is not None:
        return Duty.DONE, verified_on
    if record.duty_done_on is not None:
        return Duty.DONE, record.duty_done_on
    if declared_on is None and record.duty_open:
        return Duty.OPEN, None
    return Duty.UNKNOWN, None


def _body(record: CreditRecord, places: Register, on: date) -> int | None:
    """谁认定、谁修复: the unit that recorded it, or whoever took its place since."""
    if record.unit_id is None:
        return None
    found, _steps = places.named(places.unit(record.unit_id).code, at=on)
    return found.unit_id if found is not None else None


def pending(ids: Iterable[UUID]) -> dict[UUID, str]:
    """Open applications by record: the case number (1 statement)."""
    rows = RepairedRecord.objects.unscoped("whether records have an open application")
    found = rows.filter(record_id__in=list(ids), open=True)
    return dict(found.values_list("record_id", "case__number"))


def check_repair(
    one: Standing, on: date, *, pledge: bool, pending_in: str = "", today: date | None = None
) -> Verdict:
    """The conditions of an ordinary repair; *today*: by when the duties must be done."""
    return check(one.subject, on, pledge=pledge, pending=pending_in, today=today)


def check_shield(
    one: Standing, on: date, ruled_on: date, *, pledge: bool, pending_in: str = ""
) -> Verdict:
    """The conditions of a shield: no least period, but the record must be older than the court's
    ruling, for the plan covers nothing later."""
    found = check(one.subject, on, pledge=pledge, pending=pending_in)
    kept = tuple(c for c in found.conditions if not c.code.startswith(_NOT_FOR_SHIELDS))
    return Verdict((*kept, _covered(one.record.document_date, ruled_on, on)))


_NOT_FOR_SHIELDS = ("MIN_PERIOD", "DUTY", "CLASS_UNKNOWN", "DATE_UNKNOWN", "RULE_UNKNOWN")


def _covered(document_date: date, ruled_on: date, on: date) -> Reason:
    if ruled_on > on:
        return Reason("NOT_RULED", "法院裁定日期晚于今天", False)
    if document_date > ruled_on:
        return Reason("AFTER_RULING", "裁定之后的失信信息不适用临时屏蔽", False)
    return Reason("RULED", "法院已裁定批准重整计划或者认可和解协议", True)


def _text(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
