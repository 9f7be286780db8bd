"""What the pages of the assessment share: who may look, what was asked, numbers as links."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError
from yishi.foundation.ui.officer import actor_of, require_role, shell_of
from yishi.systems.city_events.assessment.homes import home_of
from yishi.systems.city_events.assessment.measures import (
    CALL_BACK_RATES,
    CALL_BACKS,
    MEASURES,
    RATES,
)
from yishi.systems.city_events.assessment.periods import MONTH, WEEK, Period, asked
from yishi.systems.city_events.assessment.reading import Count, Span
from yishi.systems.city_events.assessment.results import Fresh, Stored
from yishi.systems.city_events.context import City, city

ROLES = ("acceptor", "dispatcher", "duty_leader", "auditor", "administrator", "hotline")
_TYPE = re.compile(r"(component|event)/[0-9]{2}(/[0-9]{2})?")
#: What the ids of the assessment's figures begin with on the page of definitions.
KPI = "period-"
#: Officers of units see the numbers of their own unit.
UNIT_ROLES = ("unit_officer",)


@dataclass(frozen=True, slots=True)
class Asked:
    """A page's question: whose cases, of which days. ``counted``: how fresh the answer is; ``at``:
    up to when the number was counted that led here, if it was one of a running period."""

    span: Span
    registers: City
    kind: str
    on: str
    counted: Fresh | None = None
    at: datetime | None = None

    @property
    def register(self) -> Register:
        """The register of places and units."""
        return self.registers.register

    def url(self, page: str, **more: Any) -> str:
        """The address of a page of the assessment with the same question, changed by *more*."""
        query: dict[str, Any] = {"kind": self.kind, "on": self.on}
        if self.span.area:
            query["area"] = self.span.area
        if self.span.unit is not None:
            query["unit"] = self.span.unit
        if self.span.type:
            query["type"] = self.span.type
        if self.counted is not None and self.counted.running and "figure" in more:
            query["at"] = int(self.counted.until.timestamp())
        query = {k: v for k, v in (query | more).items() if v not in (None, "")}
        return f"{reverse(f'desk:city_events:{page}')}?{urlencode(query)}"

    def answered(self, stored: Stored) -> Asked:
        """The same question, knowing how fresh *stored* is."""
        return replace(self, counted=stored.fresh)

    @property
    def below(self) -> str:
        """How figures are put together by area: what lies right below the one that is looked at."""
        return "county" if home_of(self.span).scope else "below"


def ask(request: HttpRequest) -> Asked:
    """What *request* asks for.

    Raises:
        PermissionDenied: for roles that do not see the assessment.
    """
    require_role(request, *ROLES, *UNIT_ROLES, refusal=gettext("您的角色不能查看考核。"))
    return question_of(request)


def question_of(request: HttpRequest) -> Asked:
    """What *request* asks for, of what its actor sees; whoever may look at the lists or not."""
    actor, now = actor_of(request), timezone.now()
    registers = city(shell_of(request).numbers)
    period = asked(request.GET.get("kind"), request.GET.get("on"), now)
    at = _moment(request.GET.get("at", ""), period, now)
    area = _area(registers.register, request.GET.get("area", ""))
    unit = request.GET.get("unit", "")
    book = registers.rulebook
    span = Span(
        actor=actor,
        period=period,
        area=area,
        unit=int(unit) if unit.isascii() and unit.isdigit() and len(unit) < 19 else None,
        hours=timedelta(hours=int(book.value("response_hours", now, default=24))),
        satisfied=int(book.value("satisfied_score", now, default=3)),
        now=at or now,
        type=_type(request.GET.get("type", "")),
    )
    return Asked(span, registers, period.kind, str(period.first), None, at)


def _type(text: str) -> str:
    """A type's key or the beginning of one; anything else is none."""
    return text if _TYPE.fullmatch(text) else ""


def _moment(text: str, period: Period, now: datetime) -> datetime | None:
    """A moment of *period* that is over, as seconds since 1970; anything else is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        return None
    moment = datetime.fromtimestamp(int(text), UTC)
    return moment if period.start <= moment <= now else None


def _area(register: Register, path: str) -> str:
    """A managed path that exists, else none."""
    node = register.tree.nodes.get(path.rpartition("/")[2])
    return path if node is not None and register.managed_path(node.code) == path else ""


def period_text(period: Period) -> str:
    """The days in words."""
    if period.kind == MONTH:
        return gettext("%(year)d年%(month)d月") % {
            "year": period.first.year,
            "month": period.first.month,
        }
    if period.kind == WEEK:
        return gettext("%(first)s至%(last)s") % {"first": period.first, "last": period.last}
    return str(period.first)


@dataclass(frozen=True, slots=True)
class Number:
    """A number that opens its list."""

    value: int
    url: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A rate with the two numbers that it is made of; ``value`` ``None``: no data."""

    name: str
    label: str
    value: Decimal | None
    part: Number
    whole: Number
    url: str
    source: str = ""


def definition_url(name: str) -> str:
    """Where the measure or rate *name* is defined."""
    return f"{reverse('desk:kpis')}#{KPI}{name}"


def number(question: Asked, count: Count, name: str, **more: Any) -> Number:
    """The number *name* with the address of its list."""
    if name in CALL_BACKS:
        page, found, label = "assessment-call-backs", count.calls, CALL_BACKS[name].label
    else:
        page, found, label = "assessment-cases", count.numbers, MEASURES[name].label
    return Number(found.get(name, 0), question.url(page, figure=name, **more), str(label))


def share(question: Asked, count: Count, name: str, **more: Any) -> Share:
    """The rate *name* with its numbers and the address of its definition."""
    rate = RATES.get(name) or CALL_BACK_RATES[name]
    return Share(
        name,
        str(rate.label),
        count.share(rate),
        number(question, count, rate.numerator, **more),
        number(question, count, rate.denominator, **more),
        definition_url(name),
        gettext(rate.source) if rate.source else "",
    )


def name_of_unit(register: Register, unit: int) -> str:
    """A unit's name; cases that no unit has are named so."""
    if not unit:
        return gettext("尚未派遣")
    try:
        return register.unit(unit).name
    except PlaceError:
        return gettext("已撤并单位")
