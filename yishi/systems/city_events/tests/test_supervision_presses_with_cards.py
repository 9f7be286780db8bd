"""督办: cards by hand and by rule, received, answered, lifted or escalated; found in blocks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yishi.foundation.access.actors import PUBLIC
from yishi.foundation.cases import writer
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.state import CaseState
from yishi.foundation.cases.verify import verify_traces
from yishi.foundation.messages.models import Message
from yishi.foundation.places import register
from yishi.foundation.rulebook.models import Decision
from yishi.systems.city_events import due
from yishi.systems.city_events.models import Card
from yishi.systems.city_events.supervision_ledger import by_unit, newest
from yishi.systems.city_events.tests.conftest import Town, at
from yishi.systems.city_events.tests.office import Office

pytestmark = pytest.mark.django_db
CARD: dict[str, Any] = {"level": "1", "reason": "other", "note": "请今日内处置"}


def _cards(number: str) -> list[tuple[int, str, bool]]:
    rows = Card.objects.unscoped("test").filter(case__number=number).order_by("id")
    return [(row.level, row.reason, row.automatic) for row in rows]


def test_a_leader_gives_a_numbered_card_which_the_unit_receives_and_answers(town: Town) -> None:
    number = town.report().number
    with pytest.raises(MoveRefused, match="不承担"):
        town.act("dispatcher", number, "supervise", **CARD)
    state = town.act("duty_leader", number, "supervise", timedelta(minutes=5), **CARD)
    handling = state.clock("handling")
    assert state.data["supervision"]["number"] == f"{number}-D1"
    assert state.clock("supervision") is not None and handling is not None and handling.running
    assert Message.objects.filter(template="case.supervised", unit_id=state.unit_id).exists()
    with pytest.raises(MoveRefused, match="先签收"):
        town.act("unit_officer", number, "answer_supervision", note="正在处置")
    town.act("unit_officer", number, "receive_supervision")
    state = town.act("unit_officer", number, "answer_supervision", note="正在处置")
    assert state.duty("supervised") is None and state.duty("review") is not None
    assert state.clock("supervision") is None
    state = town.act("duty_leader", number, "lift_supervision", note="措施得当")
    assert "supervision" not in state.data and state.data["cards"] == 1
    assert _cards(number) == [(1, "other", False)]


def test_a_leader_who_is_not_content_escalates_up_to_the_highest_level(town: Town) -> None:
    number = town.report().number
    town.act("duty_leader", number, "supervise", **CARD)
    with pytest.raises(MoveRefused, match="已在督办中"):
        town.act("duty_leader", number, "supervise", **CARD)
    town.act("unit_officer", number, "receive_supervision")
    town.act("unit_officer", number, "answer_supervision", note="明天处置")
    state = town.act("duty_leader", number, "escalate_supervision", note="答复不能接受")
    assert state.data["supervision"]["state"] == "issued" and state.duty("review") is None
    with pytest.raises(MoveRefused, match="刚发出"):
        town.act("duty_leader", number, "escalate_supervision", note="仍未处置")
    town.act("unit_officer", number, "receive_supervision")
    town.act("duty_leader", number, "escalate_supervision", note="仍未处置")
    with pytest.raises(MoveRefused, match="最高级别"):
        town.act("duty_leader", number, "escalate_supervision", note="仍未处置")
    assert [level for level, _, _ in _cards(number)] == [1, 2, 3]


def test_the_board_counts_cards_by_unit_and_which_of_them_is_still_open(town: Town) -> None:
    number = town.report().number

    def counted() -> list[tuple[int, int]]:
        actor, since = town.officer("duty_leader"), town.now - timedelta(days=1)
        return [(row.total, row.open) for row in by_unit(newest(actor, since), register())]

    assert counted() == []
    town.act("duty_leader", number, "supervise", **CARD)
    assert counted() == [(1, 1)]
    town.act("unit_officer", number, "receive_supervision")
    town.act("unit_officer", number, "answer_supervision", note="明天处置")
    assert counted() == [(1, 1)]
    town.act("duty_leader", number, "escalate_supervision", note="答复不能接受")
    assert counted() == [(2, 1)]
    town.act("unit_officer", number, "receive_supervision")
    town.act("unit_officer", number, "answer_supervision", note="已处置")
    town.act("duty_leader", number, "lift_supervision", note="措施得当")
    assert counted() == [(2, 0)]
    assert by_unit(newest(PUBLIC, town.now - timedelta(days=1)), register()) == []


def test_a_supervised_case_is_neither_returned_nor_suspended_and_handling_settles_it(
    town: Town,
) -> None:
    number = town.report().number
    town.act("duty_leader", number, "supervise", **CARD)
    with pytest.raises(MoveRefused, match="督办"):
        town.act("unit_officer", number, "give_back", reason="duty", note="职责")
    town.act("unit_officer", number, "sign")
    with pytest.raises(MoveRefused, match="督办"):
        town.act("unit_officer", number, "ask_suspension", until="2026-04-01", note="等")
    town.act("unit_officer", number, "finish", note="已清运")
    state = town.act("unit_officer", number, "confirm")
    assert "supervision" not in state.data and state.duty("supervised") is None
    assert not [c for c in state.clocks if c.kind == "supervision" and c.live]


def test_late_cases_get_a_yellow_card_once_and_very_late_ones_a_red_one(town: Town) -> None:
    late = town.report().number  # four working hours: due at 15:00
    assert due.card_due(at("2026-03-10 18:59")) == 0
    assert due.card_due(at("2026-03-10 19:00")) == 1
    assert due.card_due(at("2026-03-10 19:01")) == 0
    assert _cards(late) == [(1, "late", True)]
    decision = Decision.objects.filter(rule_key="city_events.card_ordinary").latest("id")
    assert decision.subject_id == town.state(late).id
    town.act("duty_leader", late, "lift_supervision", "2026-03-10 20:00", note="已知悉")
    assert due.card_due(at("2026-03-10 21:00")) == 0, "lifted by a person, not pressed again"
    town.now = at("2026-03-10 09:00")
    old = town.report(lon=112.13, lat=32.06).number
    assert due.card_due(at("2026-03-13 15:00")) == 1
    assert _cards(old) == [(2, "late", True)]


def test_a_card_that_nobody_answers_in_time_is_escalated(town: Town) -> None:
    number = town.report().number
    due.card_due(at("2026-03-10 19:00"))
    clock = town.state(number).clock("supervision")
    assert clock is not None and clock.due_at == at("2026-03-11 18:00")
    assert due.card_due(clock.due_at) == 0
    assert due.card_due(clock.due_at + timedelta(seconds=1)) == 1
    assert [level for level, _, _ in _cards(number)] == [1, 2]


def test_a_matter_that_many_report_is_hot(town: Town) -> None:
    town.report(lon=112.13, lat=32.06)
    number = town.report().number
    case = Case.objects.unscoped("test").get(number=number)
    case.data["reports"] = 5
    case.save(update_fields=["data"])
    assert due.card_due(town.now + timedelta(minutes=1)) == 1
    assert _cards(number) == [(1, "hot", True)]


def test_an_order_that_is_overdue_brings_a_red_card(town: Town) -> None:
    number = town.report().number
    town.act(
        "duty_leader",
        number,
        "order",
        office="市政府值班室",
        note="请立即清理",
        due="2026-03-10 11:00",
    )
    assert due.card_due(at("2026-03-10 11:00")) == 0
    assert due.card_due(at("2026-03-10 11:01")) == 1
    assert _cards(number) == [(2, "order", True)]


def test_many_cases_are_carded_in_blocks_and_every_trace_verifies(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "BLOCK", 4)
    numbers = [town.report(lon=112.10 + n * 0.004, lat=32.04).number for n in range(10)]
    assert len(set(numbers)) == 10
    assert due.card_due(at("2026-03-10 20:00")) == 10
    assert Card.objects.unscoped("test").count() == 10
    assert all(not faults for _, faults in verify_traces())


def test_changes_of_many_rows_are_stored_as_those_of_few(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "DOCUMENT_FROM_ROWS", 0)
    number = town.report().number
    town.act("duty_leader", number, "supervise", **CARD)
    town.act("unit_officer", number, "sign")
    state = town.act("unit_officer", number, "finish", note="已清运，“垃圾”\\n\n'两车'\u2028")
    stored = town.state(number)

    def told(case: CaseState) -> tuple[Any, ...]:
        clocks = {(c.kind, c.due_at, c.stopped_at, c.late, c.limit_text) for c in case.clocks}
        held = {(a.role, a.unit_id, a.due_at, a.ended_at) for a in case.assignments}
        rest = (case.state, case.stage, case.next_due_at, case.version, case.lon, case.lat)
        return (*rest, case.data, case.trace_head, case.closed_at, case.secret, clocks, held)

    assert told(stored) == told(state)
    assert all(not faults for _, faults in verify_traces())


def test_the_newest_card_is_a_numbered_paper(town: Town) -> None:
    office = Office()
    number = town.report().number
    client = office.client("duty_leader")
    path = f"/desk/cases/{number}/supervision.pdf"
    assert client.get(path).status_code == 404
    town.act("duty_leader", number, "supervise", **CARD)
    answer = client.get(path)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/pdf"


def test_a_yellow_card_turns_red_when_the_case_comes_to_deserve_it(town: Town) -> None:
    number = town.report().number  # due at 15:00
    due.card_due(at("2026-03-10 19:00"))
    town.act("unit_officer", number, "receive_supervision", "2026-03-10 19:30")
    town.act("unit_officer", number, "answer_supervision", note="明天处置")
    assert due.card_due(at("2026-03-12 14:59")) == 0
    assert due.card_due(at("2026-03-12 15:00")) == 1
    assert _cards(number) == [(1, "late", True), (2, "late", True)]
    assert Decision.objects.filter(rule_key="city_events.card_yellow_to_red").exists()
    assert due.card_due(at("2026-03-12 15:01")) == 0
    clock = town.state(number).clock("supervision")
    assert clock is not None and clock.due_at == at("2026-03-13 09:00")


def test_a_yellow_card_turns_red_when_an_order_runs_out(town: Town) -> None:
    number = town.report().number
    town.act("duty_leader", number, "supervise", **CARD)
    town.act("unit_officer", number, "receive_supervision")
    raw: dict[str, Any] = {
        "office": "市政府值班室",
        "note": "请立即清理",
        "due": "2026-03-10 11:00",
    }
    town.act("duty_leader", number, "order", **raw)
    assert due.card_due(at("2026-03-10 11:01")) == 1
    assert _cards(number) == [(1, "other", False), (2, "order", True)]


def test_a_fresh_yellow_card_has_its_time_first(town: Town) -> None:
    number = town.report().number
    town.act("duty_leader", number, "supervise", "2026-03-12 14:59", **CARD)
    assert due.card_due(at("2026-03-12 15:30")) == 0
    assert _cards(number) == [(1, "other", False)]


def test_the_page_of_cards_costs_four_statements(town: Town) -> None:
    for n in range(3):
        number = town.report(lon=112.10 + n * 0.01, lat=32.05).number
        town.act("duty_leader", number, "supervise", **CARD)
    town.act("unit_officer", number, "receive_supervision")
    town.act("duty_leader", number, "escalate_supervision", note="仍未处置")
    client = Office().client("duty_leader")
    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/desk/supervision/?days=365")
    assert len(queries) == 4
    (unit,) = answer.context["units"]
    assert (unit.levels, unit.total, unit.open) == ((3, 1, 0), 4, 3)
    assert len(answer.context["cards"]) == 4
