"""What a holder may not do for a time after a false pledge, and when that ends."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q

from yishi.foundation.calendars.dates import add_months
from yishi.foundation.parties.models import Party
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences.context import day_of
from yishi.systems.pledge_licences.models import Bar

#: 行政许可法 art. 79 and 78: three years after a licence got by fraud, one year when the fraud was
#: found before the grant; both for matters of public safety, health and property only.
AFTER_GRANT, BEFORE_GRANT = 36, 12
BASIS_AFTER = "《行政许可法》第七十九条"
BASIS_BEFORE = "《行政许可法》第七十八条"
BASIS_FAST = "国办发〔2020〕42号：曾作出虚假承诺的，在信用修复前不适用告知承诺制"


def in_force(party: Party, day: date) -> list[Bar]:
    """The bars of a file that hold on *day* (1 statement)."""
    rows = Bar.objects.unscoped("bars concern the party, whoever's case it was").filter(
        Q(until__isnull=True) | Q(until__gte=day),
        party__file_id=party.file_id,
        lifted_at__isnull=True,
        begins_on__lte=day,
    )
    return list(rows.order_by("begins_on", "id"))


def why_barred(party_id: uuid.UUID | None, uscc: str, item: str, now: datetime) -> str | None:
    """Why nobody may take in an application of this holder for *item* by the ordinary route either
    (asked by `approvals.single`; 1 statement, 2 where only the credit code is known)."""
    rows = Bar.objects.unscoped("bars concern the party").filter(
        kind=Bar.REAPPLY, item=item, lifted_at__isnull=True, until__gte=day_of(now)
    )
    if party_id is not None:
        rows = rows.filter(party__file_id=party_id)
    elif uscc:
        rows = rows.filter(
            party__file__records__identifiers__value=uscc,
            party__file__records__identifiers__ended_on__isnull=True,
        )
    else:
        return None
    bar = rows.order_by("-until").first()
    return _said(bar) if bar else None


def _said(bar: Bar) -> str:
    return f"因以欺骗手段取得（申请）该许可，{bar.until:%Y-%m-%d}以前不得再次申请（{bar.basis}）"


def refuse_barred(party: Party, item: str, day: date) -> None:
    """Refuse an application for *item*, by either route, while re-application is barred.

    Raises:
        FieldError: ``licence``, code ``barred``, with the last day.
    """
    barred = [b for b in in_force(party, day) if b.kind == Bar.REAPPLY and b.item == item]
    if barred:
        longest = max(barred, key=lambda bar: bar.until or day)
        raise FieldError("licence", _said(longest), "barred")


def fast_route_closed(bars: Iterable[Bar]) -> bool:
    """Whether one of *bars* closes the fast route."""
    return any(bar.kind == Bar.FAST_ROUTE for bar in bars)


def last_day(begins: date, months: int) -> date:
    """The last day of a bar of *months* that begins on the day after *begins*."""
    return add_months(begins, months)


def rows_after(
    party: Party, case_id: int, item: str, day: date, *, health_or_safety: bool, granted: bool
) -> list[tuple[type[models.Model], dict[str, Any]]]:
    """The bars that follow from fraud: the fast route until repair; where health or safety is
    concerned, no re-application."""
    base = {
        "party_id": party.file_id,
        "case_id": case_id,
        "begins_on": day,
        "lifted_why": "",
        "lifted_at": None,
    }
    rows: list[tuple[type[models.Model], dict[str, Any]]] = [
        (
            Bar,
            {**base, "kind": Bar.FAST_ROUTE, "item": "", "until": None, "basis": BASIS_FAST},
        )
    ]
    if health_or_safety:
        months = AFTER_GRANT if granted else BEFORE_GRANT
        rows.append(
            (
                Bar,
                {
                    **base,
                    "kind": Bar.REAPPLY,
                    "item": item,
                    "until": last_day(day, months),
                    "basis": BASIS_AFTER if granted else BASIS_BEFORE,
                },
            )
        )
    return rows


def lift_fast_route(party: Party, why: str, now: datetime) -> int:
    """The credit was repaired: the fast route is open again (1 statement). Bars on re-application
    are the law's and are not lifted by repair."""
    rows = Bar.objects.unscoped("repair concerns the party").filter(
        party__file_id=party.file_id, kind=Bar.FAST_ROUTE, lifted_at__isnull=True
    )
    return int(rows.update(lifted_at=now, lifted_why=why[:200]))


def day_before(day: date) -> date:
    """The day before."""
    return day - timedelta(days=1)
