"""What the pages of the assessment share: who may look, what was asked, numbers as links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, shell_of
from yishi.systems.city_events.assessment.measures import (
    CALL_BACK_RATES,
    CALL_BACKS,
    MEASURES,
    RATES,
)
from yishi.systems.city_events.assessment.periods import MONTH, WEEK, Period, asked
from yishi.systems.city_events.assessment.reading import Count, Span
from yishi.systems.city_events.context import City, city

ROLES = ("acceptor", "dispatcher", "duty_leader", "auditor", "administrator", "hotline")
#: Officers of units see the numbers of their own unit.
UNIT_ROLES = ("unit_officer",)


@dataclass(frozen=True, slots=True)
class Asked:
    """A page's question: whose cases, of which days."""

    span: Span
    registers: City
    kind: str
    on: str

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
        query = {k: v for k, v in (query | more).items() if v not in (None, "")}
        return f"{reverse(f'desk:city_events:{page}')}?{urlencode(query)}"


def ask(request: HttpRequest) -> Asked:
    """What *request* asks for.

    Raises:
        PageError: for roles that do not see the assessment.
    """
    actor, now = actor_of(request), timezone.now()
    if not actor.has(*ROLES, *UNIT_ROLES):
        raise PageError(403, gettext("您的角色不能查看考核。"), back=reverse("desk:home"))
    registers = city(shell_of(request).numbers)
    period = asked(request.GET.get("kind"), request.GET.get("on"), now)
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
        now=now,
    )
    return Asked(span, registers, period.kind, str(period.first))


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
        f"{reverse('desk:city_events:assessment-definitions')}#{name}",
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
