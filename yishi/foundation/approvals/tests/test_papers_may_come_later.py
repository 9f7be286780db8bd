"""容缺受理: accepted with papers to come, and what happens when they do not."""

from __future__ import annotations

from datetime import date

import pytest

from yishi.foundation.approvals import services
from yishi.foundation.approvals.due import run_due
from yishi.foundation.approvals.lifecycle import states as s
from yishi.foundation.approvals.tests.support import (
    again,
    at,
    begin,
    book,
    clerk,
    due_days,
    officer,
)
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.revisions.errors import FieldError

__all__ = ["book"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("book")]


def test_s1_a11_a_deferred_paper_that_does_not_come_revokes_the_acceptance() -> None:
    case = begin("ten_days", at("2026-03-10 10:00"))
    until = date(2026, 3, 20)
    case = services.defer(
        clerk(), case.number, at("2026-03-10 10:00"), materials=["plan"], until=until
    )
    assert due_days(case) == {
        "promise": "2026-03-24",
        "statutory": "2026-04-08",
        "deferred": "2026-03-20",
    }
    with pytest.raises(MoveRefused, match="容缺材料未补交"):
        services.decide(officer(case), case.number, at("2026-03-19 10:00"), result="granted")
    run_due(at("2026-03-20 23:59"))
    assert again(case).state == "reviewing"
    run_due(at("2026-03-21 00:01"))
    case = again(case)
    assert (case.state, case.outcome) == ("acceptance_revoked", "acceptance_revoked")
    assert case.data["reason"] == "容缺材料逾期未补交"


def test_s1_a11_in_the_other_mode_it_is_deemed_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(s.DEFAULTS, "approvals_deferred_mode", s.DEEMED_WITHDRAWN)
    monkeypatch.setattr(s, "parameter", lambda draft, name: s.DEFAULTS[name])
    case = begin("ten_days", at("2026-03-10 10:00"))
    until = date(2026, 3, 20)
    services.defer(clerk(), case.number, at("2026-03-10 10:00"), materials=["plan"], until=until)
    run_due(at("2026-03-21 00:01"))
    assert (again(case).state, again(case).outcome) == ("withdrawn", "withdrawn")


def test_a_deferred_paper_that_comes_in_time_ends_the_deferral() -> None:
    case = begin("ten_days", at("2026-03-10 10:00"))
    until = date(2026, 3, 20)
    services.defer(clerk(), case.number, at("2026-03-10 10:00"), materials=["plan"], until=until)
    case = services.supply(clerk(), case.number, at("2026-03-18 10:00"), material="plan")
    assert "deferred" not in due_days(case)
    run_due(at("2026-03-21 00:01"))
    case = services.decide(officer(case), case.number, at("2026-03-23 10:00"), result="granted")
    assert case.state == "granted"


def test_only_what_the_item_says_may_be_deferred() -> None:
    case = begin("ten_days", at("2026-03-10 10:00"))
    with pytest.raises(FieldError) as refused:
        services.defer(
            clerk(),
            case.number,
            at("2026-03-10 10:00"),
            materials=["form"],
            until=date(2026, 3, 20),
        )
    assert refused.value.code == "not_deferrable"
