"""The days that figures are about: a day, a week (Monday first), a month, in the city's time."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CITY_TIME = ZoneInfo("Asia/Shanghai")
DAY, WEEK, MONTH = "day", "week", "month"
KINDS = (DAY, WEEK, MONTH)
_EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days from *first* to *last*, both included."""

    kind: str
    first: date
    last: date

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time(), CITY_TIME)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), CITY_TIME)

    @property
    def before(self) -> Period:
        """The period before it, of the same kind."""
        return period_of(self.kind, self.first - timedelta(days=1))

    @property
    def after(self) -> Period:
        """The period after it, of the same kind."""
        return period_of(self.kind, self.last + timedelta(days=1))

    @property
    def query(self) -> str:
        """As the pages' addresses say it."""
        return f"kind={self.kind}&on={self.first}"


def period_of(kind: str, day: date) -> Period:
    """The period of *kind* that holds *day*."""
    if kind == DAY:
        return Period(DAY, day, day)
    if kind == WEEK:
        first = day - timedelta(days=day.weekday())
        return Period(WEEK, first, first + timedelta(days=6))
    last = day.replace(day=monthrange(day.year, day.month)[1])
    return Period(MONTH, day.replace(day=1), last)


def asked(kind: str | None, on: str | None, now: datetime) -> Period:
    """The period that an address asks for; what cannot be read is this month."""
    today = now.astimezone(CITY_TIME).date()
    known = kind if kind in KINDS else MONTH
    text = on or ""
    try:
        day = date.fromisoformat(f"{text}-01" if len(text) == 7 else text) if text else today
    except ValueError:
        day = today
    return period_of(known, min(max(day, _EARLIEST), today))


def months(last: Period, count: int) -> list[Period]:
    """The last *count* months up to that of *last*, oldest first."""
    found = [period_of(MONTH, last.first)]
    while len(found) < count:
        found.insert(0, found[0].before)
    return found
