"""Pages and endpoints cost a known, constant number of SQL statements (`tests.ledger`)."""

from __future__ import annotations

import os

import pytest

from tests import ledger
from tests.probes import PROBES
from tests.world import HERE, RUBBISH, World, send

LISTS = ("/desk/cases/", "/desk/work/", "/api/v1/cases", "/open311/")


@pytest.mark.timeout(1500)  # every page for every role
def test_no_page_and_no_endpoint_costs_more_than_the_ledger_says(world: World) -> None:
    ledger.fill(world)
    found = {**ledger.pages(world), **ledger.actions(world)}
    if os.environ.get("UPDATE_LEDGER") == "1":
        ledger.write(found)
    more, less = ledger.differences(ledger.read(), found)
    assert not more, "costs more, or is not in the ledger:\n" + "\n".join(more)
    assert not less, "costs less now, run `make ledger` to keep it:\n" + "\n".join(less)


def test_the_promised_limits_hold() -> None:
    kept = ledger.read()
    for request, counts in kept.items():
        for viewer, number in counts.items():
            if request.startswith("POST /reports"):
                assert number <= 10, (request, viewer)
            elif request.startswith("POST /moves") or request == "sign":
                assert number <= 8, (request, viewer)
            elif "/export/" in request:  # counts the rows, and what the person took today
                reckoned = request.startswith("/desk/assessment/export/")  # as its page: 5, and 2
                assert number <= (7 if reckoned else 6), (request, viewer)
            elif request.startswith(LISTS) and "{number}/" not in request:
                assert number <= 4, (request, viewer)


def test_every_page_is_in_the_ledger() -> None:
    visited = {request for probe in PROBES.values() for request in probe.own}
    assert visited <= set(ledger.read()), "run `make ledger`"


@pytest.mark.django_db(transaction=True)
def test_a_report_and_a_move_are_one_commit_each(city: None) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    world = World()
    client = world.program(HERE)
    words = {"landmark": str(world.landmark(HERE, 9)), "type": RUBBISH}
    body = '{{"type": "{type}", "landmark": {landmark}, "name": "某人", "phone": "13900000000"}}'
    with CaptureQueriesContext(connection) as report:
        answer = send(client, f"POST /api/v1/reports {body}", words)
    assert answer.status_code == 201
    with CaptureQueriesContext(connection) as move:
        world.move(answer.json()["number"], "sign")
    for queries in (report, move):
        said = [query["sql"] for query in queries.captured_queries]
        assert said.count("BEGIN") == 1
        assert said.count("COMMIT") == 1
        assert not any(text.startswith("SAVEPOINT") for text in said)
