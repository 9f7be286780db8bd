"""How long a record is published, and from when on its repair may be applied for. Pure.

Source: 国家发展改革委令2025年第36号 and 2023年第58号, rules of 市场监管总局; the tables are the
city's (``credit/rules.yaml``). A period starts with the *document's* day, not with its entry here.
Whether that day is day one is a parameter: if it is (自……之日起, the default), three months from
2026-04-10 end on 2026-07-09; counted after 民法典 art. 201 they end on 2026-07-10. A month without
the same day ends with its last one (art. 202).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from yishi.foundation.calendars.dates import add_months
from yishi.foundation.revisions.errors import FieldError

LIGHT, GENERAL, SERIOUS = "light", "general", "serious"
CLASSES = (LIGHT, GENERAL, SERIOUS)
DAY = timedelta(days=1)


class Transition(StrEnum):
    """Which of two rules holds for a document from before a change.

    ``MORE_FAVOURABLE``: of the rule of the document's day and the rule of the day of asking the one
    that lets the subject apply earlier (then: ends earlier), as a whole; parts are never mixed.
    """

    BY_EVENT_DATE = "BY_EVENT_DATE"
    BY_APPLICATION_DATE = "BY_APPLICATION_DATE"
    MORE_FAVOURABLE = "MORE_FAVOURABLE"


@dataclass(frozen=True, slots=True)
class Term:
    """Months of one class: ``least`` of publication before repair (0: at once), ``most`` until it
    ends by itself. ``published`` is False where it is not published in principle; ``day_one``
    overrides the table's."""

    least: int
    most: int
    published: bool = True
    day_one: bool | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One rule in force from ``start`` to ``end`` (both included, None is open).

    ``fields``: other terms by (class, field of activity), as for food or drugs. ``days``: working
    days by step (``accept``, ``decide`` …) for whoever handles repairs. ``day_one`` overrides the
    profile's.
    """

    key: str
    document: str
    terms: Mapping[str, Term]
    start: date | None = None
    end: date | None = None
    fields: Mapping[tuple[str, str], Term] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)
    day_one: bool | None = None

    def holds(self, on: date) -> bool:
        return (self.start is None or self.start <= on) and (self.end is None or on <= self.end)

    def term(self, severity: str, activity: str) -> Term:
        """The term of a class in a field of activity. Raises `FieldError` on ``severity``."""
        try:
            return self.fields.get((severity, activity)) or self.terms[severity]
        except KeyError:
            raise FieldError("severity", "规则中没有这个失信等级", "unknown") from None


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules of one system of publication (general; market supervision …), in order of time."""

    key: str
    label: str
    mode: Transition
    tables: tuple[Table, ...]
    day_one: bool = True

    def table(self, on: date) -> Table:
        """The rule in force on a day. Raises `FieldError` on ``document_date`` without any."""
        for table in self.tables:
            if table.holds(on):
                return table
        raise FieldError("document_date", f"{self.label}：{on} 没有可适用的规则", "no_rule")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the periods of a record follow from."""

    document_date: date
    severity: str
    activity: str = ""


@dataclass(frozen=True, slots=True)
class Periods:
    """The answer for one record on one day of asking.

    ``min_end`` and ``max_end`` are the last days; ``earliest_apply`` is the first day on which the
    least period is over, ``stops_on`` the first on which the record is no longer published. What
    else repair asks for (duties done, a pledge) is not in it. ``sooner``: an earlier day to apply
    under a rule that is already known but not yet in force.
    """

    min_end: date
    earliest_apply: date
    max_end: date
    rules: str
    document: str
    published: bool
    sooner: date | None = None

    @property
    def stops_on(self) -> date:
        return self.max_end + DAY

    def over(self, on: date) -> bool:
        """Whether publication has ended by itself."""
        return on > self.max_end


def of(facts: Facts, on: date, profile: Profile) -> Periods:
    """The periods of a record, asked on the day *on* (of an application, of publication).

    Raises:
        FieldError: on ``severity`` or ``document_date`` where no rule answers.
    """
    asked = profile.table(max(on, facts.document_date))
    if profile.mode is Transition.BY_APPLICATION_DATE:
        found = _under(asked, facts, profile)
    else:
        event = profile.table(facts.document_date)
        found = _under(event, facts, profile)
        if profile.mode is Transition.MORE_FAVOURABLE and asked is not event:
            found = min(
                found,
                _under(asked, facts, profile),
                key=lambda one: (one.earliest_apply, one.max_end),
            )
    return _with_sooner(found, facts, on, profile)


def last_day(start: date, months: int, *, day_one: bool) -> date:
    """The last day of *months* that begin with *start*, which is day one or not."""
    if not months:
        return start - DAY if day_one else start
    same = add_months(start, months)
    # Without a day of that number the month's last one ends the period either way.
    return same - DAY if day_one and same.day == start.day else same


def _under(table: Table, facts: Facts, profile: Profile) -> Periods:
    term = table.term(facts.severity, facts.activity)
    said = (term.day_one, table.day_one, profile.day_one)
    day_one = next(one for one in said if one is not None)
    start = facts.document_date
    min_end = last_day(start, term.least, day_one=day_one)
    return Periods(
        min_end=min_end,
        earliest_apply=min_end + DAY if term.least else start,
        max_end=last_day(start, term.most, day_one=day_one),
        rules=table.key,
        document=table.document,
        published=term.published,
    )


def _with_sooner(found: Periods, facts: Facts, on: date, profile: Profile) -> Periods:
    if profile.mode is Transition.BY_EVENT_DATE:
        return found
    days = [
        max(table.start, _under(table, facts, profile).earliest_apply)
        for table in profile.tables
        if table.start is not None and table.start > on
    ]
    soonest = min(days, default=found.earliest_apply)
    if soonest >= found.earliest_apply:
        return found
    return Periods(
        found.min_end,
        found.earliest_apply,
        found.max_end,
        found.rules,
        found.document,
        found.published,
        soonest,
    )
