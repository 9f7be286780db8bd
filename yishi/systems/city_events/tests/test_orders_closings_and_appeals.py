"""领导批示, 强制结案 and 超时申诉: who may, how often, and what stays a fact."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from yishi.foundation.cases import board, rollups
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.figures import figures
from yishi.foundation.cases.models import CasePaper, Exemption
from yishi.foundation.messages.models import Message
from yishi.foundation.papers.uploads import save_upload
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import moves
from yishi.systems.city_events.figures import FIGURE_STAGES
from yishi.systems.city_events.tests.conftest import Town, at
from yishi.systems.city_events.tests.office import photo

pytestmark = pytest.mark.django_db
ORDER: dict[str, Any] = {"office": "市政府值班室", "note": "请尽快办结"}


def test_an_order_makes_the_deadline_earlier_and_is_answered_before_feedback(town: Town) -> None:
    number = town.report().number
    town.act("unit_officer", number, "sign")
    state = town.act("duty_leader", number, "order", due="2026-03-10 11:00", **ORDER)
    handling, order = state.clock("handling"), state.clock("order")
    assert handling is not None and order is not None and state.duty("order") is not None
    assert handling.due_at == order.due_at == state.next_due_at == at("2026-03-10 11:00")
    with pytest.raises(MoveRefused, match="尚未答复"):
        town.act("duty_leader", number, "order", due="2026-03-10 10:00", **ORDER)
    with pytest.raises(MoveRefused, match="批示"):
        town.act("unit_officer", number, "ask_extension", note="材料")
    town.act("unit_officer", number, "finish", "2026-03-10 10:30", note="完成")
    with pytest.raises(MoveRefused, match="先答复"):
        town.act("unit_officer", number, "confirm")
    town.act("unit_officer", number, "answer_order", note="已办结")
    assert town.act("unit_officer", number, "confirm").timeliness == "on_time"


def test_an_order_never_makes_the_deadline_later(town: Town) -> None:
    number = town.report().number
    state = town.act("duty_leader", number, "order", due="2026-03-12 11:00", **ORDER)
    handling = state.clock("handling")
    assert handling is not None and handling.due_at == at("2026-03-10 15:00")
    with pytest.raises(FieldError) as wrong:
        town.act("unit_officer", number, "answer_order", note="完成")
        town.act("duty_leader", number, "order", due="2026-03-10 08:00", **ORDER)
    assert wrong.value.field == "due"


def test_an_order_follows_the_case_to_the_next_unit_and_still_caps_its_clock(town: Town) -> None:
    number = town.report().number
    town.act("duty_leader", number, "order", due="2026-03-10 14:30", **ORDER)
    other = town.officer_unit_other_than(town.state(number).unit_id)
    back: dict[str, Any] = {"reason": "duty", "note": "不属于本部门职责"}
    state = town.act("unit_officer", number, "give_back", "2026-03-10 10:00", **back)
    assert state.duty("order") is None and state.clock("order") is not None
    state = town.act("dispatcher", number, "dispatch", unit=other)
    handling, duty = state.clock("handling"), state.duty("order")
    assert duty is not None and duty.unit_id == other
    assert handling is not None and handling.due_at == at("2026-03-10 14:30")


def _evidence(town: Town, role: str) -> list[str]:
    ref = f"user:{role}-"
    return [str(save_upload(photo(), actor_ref=ref, now=timezone.now(), photos_only=True).id)]


def _ask_forced(town: Town, number: str, role: str = "dispatcher") -> None:
    facts: dict[str, Any] = {
        "reason": "planned",
        "note": "已列入改造计划",
        "photos": _evidence(town, role),
    }
    town.act(role, number, "ask_forced_close", **facts)


def test_a_forced_close_needs_reason_note_evidence_and_another_leader(town: Town) -> None:
    number = town.report().number
    for missing in ("reason", "note", "photos"):
        facts: dict[str, Any] = {
            "reason": "planned",
            "note": "计划",
            "photos": _evidence(town, "dispatcher"),
        }
        with pytest.raises(FieldError) as wrong:
            town.act("dispatcher", number, "ask_forced_close", **(facts | {missing: ""}))
        assert wrong.value.field == missing
    _ask_forced(town, number)
    with pytest.raises(MoveRefused):
        town.act("dispatcher", number, "grant_forced_close")
    state = town.act("duty_leader", number, "grant_forced_close")
    assert (state.state, state.stage, state.outcome) == ("forced_closed", "forced", "forced")
    assert not [a for a in state.assignments if a.open] and state.next_due_at is None
    assert CasePaper.objects.unscoped("test").filter(case_id=state.id, step="forced").count() == 1


def test_a_refused_forced_close_changes_nothing_and_the_same_person_never_grants(
    town: Town,
) -> None:
    number = town.report().number
    _ask_forced(town, number)
    state = town.act("duty_leader", number, "refuse_forced_close", note="仍可处置")
    assert state.state == "assigned" and "forced" not in state.data
    both = town.officer("dispatcher", "duty_leader")
    paper = save_upload(photo(), actor_ref=both.ref, now=timezone.now(), photos_only=True)
    facts = {"reason": "legal", "note": "已立案", "photos": [str(paper.id)]}
    moves.advance(both, number, "ask_forced_close", facts, town.now)
    with pytest.raises(MoveRefused, match="自己的申请"):
        moves.advance(both, number, "grant_forced_close", {}, town.now)


def test_forced_closes_are_counted_apart(town: Town) -> None:
    number = town.report(phone="13800138000").number
    _ask_forced(town, number)
    state = town.act("duty_leader", number, "grant_forced_close")
    assert Message.objects.filter(template="report.forced", about_id=str(state.id)).exists()
    found = _board(town)
    assert found.count("closed") == found.count("on_time") == found.count("due") == 0
    assert found.count("stage-forced") == found.count("filed") == 1


def _board(town: Town) -> board.Board:
    day = town.now.date()
    span = board.Span(FIGURE_STAGES, "4206", day - timedelta(days=5), day)
    found = board.read_board(span, town.now)
    for name, figure in figures(FIGURE_STAGES).items():
        assert board.true_count(figure, span, town.now) == found.count(name), name
    assert rollups.differences() == []
    return found


def _late_and_closed(town: Town) -> str:
    number = town.report().number
    town.act("unit_officer", number, "sign")
    return _closed_late(town, number)


WHY: dict[str, Any] = {"reason": "nature", "note": "连日暴雨，无法施工"}


def test_a_granted_appeal_keeps_the_fact_and_exempts_the_statistics(town: Town) -> None:
    number = _late_and_closed(town)
    assert _board(town).count("late") == 1
    town.act("unit_officer", number, "appeal", **WHY)
    town.act("dispatcher", number, "review_appeal", result="pass", note="属实")
    state = town.act("duty_leader", number, "decide_appeal", result="grant", note="同意")
    assert state.timeliness == "late" and not [a for a in state.assignments if a.open]
    assert state.data["appeal"]["state"] == "granted"
    found = _board(town)
    assert (found.count("late"), found.count("on_time"), found.count("due")) == (0, 1, 1)
    rollups.rebuild()
    assert _board(town).count("on_time") == 1
    rows = Exemption.objects.unscoped("test")
    assert rows.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE cases_exemption SET reason = 'limit'")


def test_an_appeal_is_made_once_by_the_handling_unit_after_closing(town: Town) -> None:
    number = town.report().number
    town.act("unit_officer", number, "sign")
    with pytest.raises(MoveRefused) as refused:
        town.act("unit_officer", number, "appeal", **WHY)
    assert refused.value.code == "state"
    closed = _closed_late(town, number)
    with pytest.raises(CaseNotFound):
        town.act("unit_officer", closed, "appeal", by=town.officer_unit_other_than(None), **WHY)
    town.act("unit_officer", closed, "appeal", **WHY)
    state = town.act("dispatcher", closed, "review_appeal", result="reject", note="理由不成立")
    assert state.data["appeal"]["state"] == "refused" and state.duty("appeal_final") is None
    with pytest.raises(MoveRefused, match="只能申诉一次"):
        town.act("unit_officer", closed, "appeal", **WHY)
    assert not Exemption.objects.unscoped("test").exists()


def _closed_late(town: Town, number: str) -> str:
    town.act("unit_officer", number, "finish", "2026-03-11 09:00", note="完成")
    steps: dict[str, dict[str, Any]] = {
        "confirm": {},
        "forward": {},
        "report_verification": {"result": "pass"},
        "close": {},
    }
    for name, raw in steps.items():
        state = town.move(number, name, timedelta(minutes=1), **raw)
    assert (state.state, state.timeliness) == ("closed", "late")
    return number


def test_a_case_in_time_has_nothing_to_appeal_and_one_person_does_not_review_twice(
    town: Town,
) -> None:
    number = town.report().number
    town.handled(number)
    town.move(number, "close")
    with pytest.raises(MoveRefused, match="没有超时"):
        town.act("unit_officer", number, "appeal", **WHY)
    late = _closed_late(town, _signed(town))
    town.act("unit_officer", late, "appeal", **WHY)
    both = town.officer("dispatcher", "duty_leader")
    moves.advance(both, late, "review_appeal", {"result": "pass", "note": "属实"}, town.now)
    with pytest.raises(MoveRefused, match="初审人"):
        moves.advance(both, late, "decide_appeal", {"result": "grant", "note": "同意"}, town.now)


def _signed(town: Town) -> str:
    number = town.report(lon=112.13, lat=32.06).number
    town.act("unit_officer", number, "sign")
    return number


def test_a_reopened_case_drops_a_waiting_appeal(town: Town) -> None:
    number = _late_and_closed(town)
    town.act("unit_officer", number, "appeal", **WHY)
    state = town.act("acceptor", number, "reopen", note="又出现了")
    assert state.data["appeal"]["state"] == "lapsed" and state.duty("appeal") is None
    assert date.fromisoformat(state.data["filed_at"][:10]) == town.now.date()
