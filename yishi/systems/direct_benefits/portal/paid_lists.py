"""What was paid, counted and listed by the same filters, so that each number opens its list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Avg, Count, Q, QuerySet, Sum
from django.http import QueryDict
from django.urls import reverse

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.portal.models import PaidLine

#: Days from fact to account, as people ask for them.
BANDS = ((0, 7), (8, 15), (16, 30), (31, 60), (61, 90), (91, None))
GROUPS = ("policy", "month", "county", "size")
_COLUMNS = {"policy": "policy_key", "month": "month", "county": "county", "size": "size"}
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is narrowed to; empty values narrow nothing. ``days``: a band such as
    ``8-15``, ``91-``, or ``unknown``."""

    policy: str = ""
    item: str = ""
    month: str = ""
    county: str = ""
    size: str = ""
    days: str = ""
    year: str = ""

    @property
    def query(self) -> str:
        """As the query of an address."""
        pairs = [(name, getattr(self, name)) for name in self.__slots__ if getattr(self, name)]
        return urlencode(pairs)

    def narrowed(self, **more: str) -> Filter:
        """The same, narrowed further."""
        return replace(self, **more)

    @property
    def url(self) -> str:
        """The list's address."""
        address = reverse("policies:paid-list")
        return f"{address}?{self.query}" if self.query else address


def read(query: QueryDict) -> Filter:
    """The filter of an address. Raises FieldError naming what cannot be read."""
    given = {name: query.get(name, "").replace("\x00", "")[:80] for name in Filter.__slots__}
    found = Filter(**given)
    if found.month:
        _month(found.month)
    if found.year and not (found.year.isascii() and found.year.isdigit() and len(found.year) == 4):
        raise FieldError("year", "年份应为四位数字", "format")
    if found.days and found.days != UNKNOWN:
        band_of(found.days)
    return found


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise FieldError("month", "月份应形如 2026-03", "format") from None


def band_of(text: str) -> tuple[int, int | None]:
    """``8-15`` → (8, 15). Raises FieldError."""
    for low, high in BANDS:
        if text == band_key(low, high):
            return low, high
    raise FieldError("days", "没有这个区间", "unknown")


def band_key(low: int, high: int | None) -> str:
    """(8, 15) → ``8-15``; (91, None) → ``91-``."""
    return f"{low}-{'' if high is None else high}"


def lines(wanted: Filter) -> QuerySet[PaidLine]:
    """The published payouts that the filter leaves, newest first."""
    rows = PaidLine.objects.filter(_conditions(wanted))
    return rows.order_by("-paid_on", "-id")


def _conditions(wanted: Filter) -> Q:
    found = Q()
    for name, column in (("policy", "policy_key"), ("item", "item_key")):
        if getattr(wanted, name):
            found &= Q(**{column: getattr(wanted, name)})
    if wanted.month:
        found &= Q(month=_month(wanted.month))
    if wanted.year:
        found &= Q(month__year=int(wanted.year))
    if wanted.county:
        found &= Q(county=wanted.county)
    if wanted.size:
        found &= Q(size="" if wanted.size == UNKNOWN else wanted.size)
    if wanted.days == UNKNOWN:
        found &= Q(days__isnull=True)
    elif wanted.days:
        low, high = band_of(wanted.days)
        found &= Q(days__gte=low) if high is None else Q(days__gte=low, days__lte=high)
    return found


@dataclass(frozen=True, slots=True)
class Group:
    """One value of a grouping with its count and money, and the address of its list."""

    key: str
    count: int
    fen: int
    url: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """All sums over one filter (3 statements)."""

    count: int
    parties: int
    fen: int
    days: float | None
    groups: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    bands: tuple[Group, ...] = ()


def totals(wanted: Filter) -> Totals:
    """Count, parties, money and mean days; by policy, month, county and size; by days."""
    rows = PaidLine.objects.filter(_conditions(wanted))
    whole = rows.aggregate(
        count=Count("pk"),
        parties=Count("payout__party__file", distinct=True),
        fen=Sum("fen"),
        days=Avg("days"),
    )
    cells: list[Any] = list(
        rows.values("policy_key", "month", "county", "size").annotate(n=Count("pk"), s=Sum("fen"))
    )
    grouped = {name: _grouped(cells, name, wanted) for name in GROUPS}
    return Totals(
        whole["count"],
        whole["parties"],
        whole["fen"] or 0,
        whole["days"],
        grouped,
        _banded(rows, wanted),
    )


def _grouped(cells: list[Any], name: str, wanted: Filter) -> tuple[Group, ...]:
    sums: dict[Any, list[int]] = {}
    for cell in cells:
        held = sums.setdefault(cell[_COLUMNS[name]], [0, 0])
        held[0], held[1] = held[0] + cell["n"], held[1] + cell["s"]
    found = []
    for value, (count, fen) in sums.items():
        key = f"{value:%Y-%m}" if name == "month" else (value or UNKNOWN)
        found.append(Group(key, count, fen, wanted.narrowed(**{name: key}).url))
    if name == "month":
        return tuple(sorted(found, key=lambda one: one.key))
    return tuple(sorted(found, key=lambda one: (-one.fen, one.key)))


def _banded(rows: QuerySet[PaidLine], wanted: Filter) -> tuple[Group, ...]:
    counted = rows.aggregate(
        **{f"n{low}": Count("pk", filter=_band(low, high)) for low, high in BANDS},
        **{f"s{low}": Sum("fen", filter=_band(low, high)) for low, high in BANDS},
        n_none=Count("pk", filter=Q(days__isnull=True)),
        s_none=Sum("fen", filter=Q(days__isnull=True)),
    )
    found = [
        Group(key, counted[f"n{low}"], counted[f"s{low}"] or 0, wanted.narrowed(days=key).url)
        for low, high in BANDS
        for key in (band_key(low, high),)
    ]
    if counted["n_none"]:
        url = wanted.narrowed(days=UNKNOWN).url
        found.append(Group(UNKNOWN, counted["n_none"], counted["s_none"] or 0, url))
    return tuple(found)


def _band(low: int, high: int | None) -> Q:
    return Q(days__gte=low) if high is None else Q(days__gte=low, days__lte=high)
