"""The screen's tables as a file: the same areas and figures as the page, within the scope."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from openpyxl import load_workbook

from yishi.faces.screen.tests.conftest import COUNTY, OTHER, Watcher
from yishi.foundation.tables.workbook import HEAD_ROWS


def test_the_file_has_the_figures_of_the_page(days: datetime, watcher: Watcher) -> None:
    client = watcher()
    page = client.get("/screen/?days=7")
    assert "/screen/export/?path=4206&amp;days=7" in page.content.decode()
    show, branches = page.context["show"], page.context["branches"]
    answer: Any = client.post("/screen/export/?path=4206&days=7", {"purpose": "周例会"})
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    first, second = book.worksheets
    found = list(first.iter_rows(min_row=HEAD_ROWS + 1, values_only=True))
    assert [row[0] for row in found] == [b.name for b in branches] + ["合计"]
    received = next(number.value for number in show.head())
    assert received > 100
    assert found[-1][1] == received == sum(int(str(row[1])) for row in found[:-1])
    ranked = list(second.iter_rows(min_row=HEAD_ROWS + 1, values_only=True))
    assert [row[1] for row in ranked] == [row.name for row in show.ranking(branches)]
    rates = [row[2] for row in ranked if row[0] is not None]
    assert rates == sorted(rates, key=lambda rate: -float(str(rate)))


def test_an_area_out_of_scope_is_not_exported(days: datetime, watcher: Watcher) -> None:
    client = watcher("duty_leader", COUNTY)
    for address in (f"/screen/export/?path={OTHER}", "/screen/export/?path=4206"):
        assert client.get(address).status_code == 403
        assert client.post(address, {"purpose": "周例会"}).status_code == 403
    assert watcher("unit_officer").get("/screen/export/").status_code == 403
