"""Suspension, supervision, orders, disputes, joint handling, forced closes, appeals: each by form,
each with a loser who is told 409."""

from __future__ import annotations

from typing import Any

import pytest

from yishi.systems.city_events.lifecycle import MOVES, STATES
from yishi.systems.city_events.tests import beside
from yishi.systems.city_events.tests.conftest import Town
from yishi.systems.city_events.tests.office import Office, photo


@pytest.mark.parametrize("move", list(beside.BEFORE))
def test_a_move_is_made_by_form_and_whoever_was_slower_is_told(
    office: Office, city: None, move: str
) -> None:
    town = Town()
    number = beside.case_before(town, move)
    role = beside.ROLES.get(move, "unit")
    before = town.state(number)
    if role == "helper":
        client, slower = (
            office.client("unit_officer", beside.helper(town, number), "") for _ in range(2)
        )
    elif role == "unit":
        unit = before.unit_id or before.data["handled_unit"]
        client, slower = (office.client("unit_officer", unit, "") for _ in range(2))
    else:
        client, slower = office.client(role), office.client(role)
    path = f"/desk/cases/{number}/{move}/"
    page = client.get(f"/desk/cases/{number}/").content.decode()
    assert path in page, "offered as a button"
    assert client.get(path).status_code == 200
    values: dict[str, Any] = {"version": before.version} | beside.raw_for(town, number, move)
    files = {"photos": [photo()]} if move == "ask_forced_close" else {}
    answer = client.post(path, values | files)
    assert answer.status_code == 302, answer.content.decode()
    after = town.state(number)
    assert after.state == (MOVES[move].target or before.state)
    assert after.version > before.version
    files = {"photos": [photo()]} if move == "ask_forced_close" else {}
    lost = slower.post(path, values | files)
    assert lost.status_code == 409, "somebody was faster"
    assert STATES[after.state].label in lost.content.decode()
    assert town.state(number).version == after.version
    page = client.get(f"/desk/cases/{number}/").content.decode()
    assert MOVES[move].label in page


def test_a_wrong_day_is_said_at_its_field(office: Office) -> None:
    number = office.report().number
    office.move(number, "sign")
    client = office.unit_client(number)
    for until in ("2020-01-01", "昨天", ""):
        values = {"version": office.state(number).version, "until": until, "note": "等材料"}
        answer = client.post(f"/desk/cases/{number}/ask_suspension/", values)
        assert answer.status_code == 422
        assert 'href="#id_until"' in answer.content.decode()
