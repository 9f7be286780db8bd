"""Pages of a list, in whichever order it is read: every case once, and none twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from yishi.foundation.cases.models import Case
from yishi.foundation.cases.worklists import Order, case_page
from yishi.systems.city_events.tests.office import Office


@pytest.fixture
def some(office: Office) -> list[int]:
    """Seven cases; two were received yesterday, though their ids are the newest."""
    ids = [office.state(office.apart().number).id for _ in range(7)]
    rows = Case.objects.unscoped("the test")
    rows.filter(pk__in=ids[-2:]).update(received_on=timezone.localdate() - timedelta(days=1))
    return ids


@pytest.mark.parametrize("order", ["id", "day", "number"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_every_case_once(some: list[int], order: Order, size: int) -> None:
    seen: list[Case] = []
    cursor: str | None = None
    while True:
        rows = Case.objects.unscoped("the test").filter(pk__in=some)
        page = case_page(rows, cursor, size, order=order)
        seen += page.rows
        cursor = page.next
        if cursor is None:
            break
        assert len(page.rows) == size
    keys = {"id": "pk", "day": "received_on", "number": "number"}
    values = [getattr(case, keys[order]) for case in seen]
    assert values == sorted(values, reverse=True)
    assert sorted(case.pk for case in seen) == sorted(some)


@pytest.mark.parametrize(
    "cursor", ["", "x", "~", "1~", "99999999~1", "~\x00", "~a'b", "2026~9", "-1"]
)
@pytest.mark.parametrize("order", ["id", "day", "number"])
def test_what_is_not_a_cursor_shows_the_first_page(
    some: list[int], order: Order, cursor: str
) -> None:
    rows = Case.objects.unscoped("the test").filter(pk__in=some)
    assert len(case_page(rows, cursor, order=order).rows) == len(some)
