"""Batches: asked first, then an outcome for every case, whatever became of the others."""

from __future__ import annotations

from yishi.systems.city_events.tests.office import Office


def two(office: Office) -> tuple[str, str]:
    """Two cases with the same unit."""
    first = office.report().number
    second = office.report(type=None, description="还有一处").number
    page = office.client("acceptor").post(
        f"/desk/cases/{second}/file/", {"look": "1", "type": "event/01/10"}
    )
    standard = page.context["form"].fields["standard"].choices[0][0]
    office.move(second, "file", type="event/01/10", standard=standard)
    return first, second


def test_signing_is_confirmed_and_told_case_by_case(office: Office) -> None:
    first, second = two(office)
    ids = [office.state(n).id for n in (first, second)]
    client = office.unit_client(first)
    asked = client.post("/desk/work/main/batch/", {"move": "sign", "case": ids})
    assert "确认签收" in asked.content.decode()
    assert office.state(first).state == "assigned", "nothing happens before the confirmation"
    office.move(second, "sign")
    done = client.post("/desk/work/main/batch/", {"move": "sign", "case": ids, "confirmed": "1"})
    outcomes = {o.number: o for o in done.context["outcomes"]}
    assert outcomes[first].done
    assert not outcomes[second].done
    assert "处置中" in outcomes[second].text
    assert office.state(first).state == "handling"


def test_dispatching_takes_the_responsible_unit(office: Office) -> None:
    number = office.report().number
    unit = office.state(number).unit_id
    office.move(number, "give_back", reason="duty", note="不属于本单位")
    post = {"move": "dispatch", "case": [office.state(number).id], "confirmed": "1"}
    done = office.client("dispatcher").post("/desk/work/dispatch/batch/", post)
    assert [o.done for o in done.context["outcomes"]] == [True]
    assert office.state(number).unit_id == unit


def test_forwarding_many(office: Office) -> None:
    number = office.report().number
    office.until(number, "sign", "finish", "confirm")
    post = {"move": "forward", "case": [office.state(number).id], "confirmed": "1"}
    office.client("dispatcher").post("/desk/work/dispatch/batch/", post)
    assert office.state(number).state == "verifying"


def test_foreign_cases_are_left_alone_and_not_named(office: Office) -> None:
    number = office.report().number
    stranger = office.client("unit_officer", office.other_unit(office.state(number).unit_id), "")
    post = {"move": "sign", "case": [office.state(number).id], "confirmed": "1"}
    answer = stranger.post("/desk/work/main/batch/", post)
    assert number not in answer.content.decode()
    assert office.state(number).state == "assigned"


def test_nothing_chosen_wrong_moves_and_foreign_lists(office: Office) -> None:
    client = office.client("dispatcher")
    for post in (
        {"move": "sign", "case": ["1"]},
        {"move": "dispatch"},
        {"move": "dispatch", "case": ["x", "9" * 30]},
        {"move": "dispatch", "case": [str(n) for n in range(1, 300)]},
        {},
    ):
        assert client.post("/desk/work/dispatch/batch/", post).status_code == 400
    assert client.post("/desk/work/main/batch/", {"move": "sign"}).status_code == 404
    assert client.get("/desk/work/dispatch/batch/").status_code == 405
