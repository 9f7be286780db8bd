"""兑现公开: every number opens the list that it counts; names are masked where they must be."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from yishi.systems.direct_benefits.portal import csvs, folding, paid_lists
from yishi.systems.direct_benefits.portal.models import PaidLine
from yishi.systems.direct_benefits.portal.tests.block import Block, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def block(city: None, settings: Any) -> Block:
    settings.DEMO = True
    found = Block()
    found.paid()
    assert folding.fold(found.now) == 3
    return found


def test_published_payouts_are_counted_once(block: Block) -> None:
    assert folding.fold(block.now) == 0
    assert PaidLine.objects.count() == 3


def test_every_number_opens_the_list_that_it_counts(block: Block) -> None:
    found = paid_lists.totals(paid_lists.Filter())
    assert (found.count, found.parties, found.fen) == (3, 3, 3 * 1_234_567)
    groups = [one for groups in found.groups.values() for one in groups]
    for group in (*groups, *found.bands):
        query = QueryDict(group.url.partition("?")[2])
        rows = paid_lists.lines(paid_lists.read(query))
        assert (rows.count(), sum(one.fen for one in rows)) == (group.count, group.fen)


def test_sums_of_each_grouping_add_up(block: Block) -> None:
    found = paid_lists.totals(paid_lists.Filter())
    for groups in (*found.groups.values(), found.bands):
        assert sum(one.fen for one in groups) == found.fen
        assert sum(one.count for one in groups) == found.count


def sent(client: Client, name: str) -> str:
    """A streamed file."""
    answer: Any = client.get(reverse(name))
    return b"".join(answer.streaming_content).decode()


def test_pages_and_files_mask_the_self_employed(block: Block) -> None:
    client = Client()
    page = text(client.get(reverse("policies:paid")))
    assert "37,037.01" in page and "数据表" not in page.split("y-chart")[0]
    listed = text(client.get(reverse("policies:paid-list")))
    file = sent(client, "policies:paid-list-csv")
    for shown in (listed, file):
        assert block.firms[0].name in shown
        assert block.shop.name not in shown and "襄**" in shown
    assert file.startswith("\ufeff") and file.count("12345.67") == 3
    sums = sent(client, "policies:paid-totals-csv")
    assert "37037.01" in sums


@pytest.mark.parametrize(
    ("query", "field"), [("month=march", "month"), ("days=3-4", "days"), ("year=20x6", "year")]
)
def test_a_filter_that_cannot_be_read_is_named(block: Block, query: str, field: str) -> None:
    for name in ("paid", "paid-list", "paid-list-csv", "paid-totals-csv"):
        answer = Client().get(f"{reverse(f'policies:{name}')}?{query}")
        assert answer.status_code == 400 and field in text(answer)


def test_statements_do_not_grow_with_what_was_paid(block: Block) -> None:
    client = Client()
    client.get(reverse("policies:paid"))
    for name, most in (("paid", 9), ("paid-list", 9), ("find", 6), ("notices", 5)):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(reverse(f"policies:{name}")).status_code == 200
        assert len(asked) <= most, [one["sql"][:100] for one in asked]


def test_an_empty_year_says_so(block: Block) -> None:
    assert "还没有公开的兑现记录" in text(Client().get(reverse("policies:paid") + "?year=2001"))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-cmd", "@x"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert csvs.cell(cell) == f"'{cell}"
    assert csvs.cell(-5) == "-5"
