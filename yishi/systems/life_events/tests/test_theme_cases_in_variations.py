"""S1.4, S1.5 and S1.8 for theme cases on other days and in other orders than the scenarios."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.approvals import services
from yishi.foundation.approvals.due import run_due as run_items
from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.calendars.services import import_year
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.recalculation import recalculate_open
from yishi.foundation.cases.state import CaseState
from yishi.systems.life_events import due, handling, standing, submitting
from yishi.systems.life_events.lifecycle import day_of
from yishi.systems.life_events.tests import making
from yishi.systems.life_events.tests.making import clerk, officer
from yishi.systems.life_events.versions import registers

THEME = "open_restaurant"
ANSWERS = {"registered": "no", "scale": "snack", "health_ok": "yes", "signboard": "yes"}


def at(text: str) -> datetime:
    """A time of the city's clock in 2026."""
    return datetime.fromisoformat(f"2026-{text}+08:00").astimezone(UTC)


def root(case: CaseState) -> CaseState:
    return load_states([case.id])[0]


def day(case: CaseState, kind: str) -> date:
    clock = case.clock(kind)
    assert clock is not None
    return day_of(clock.due_at)


def corrected(told: datetime, done: datetime) -> CaseState:
    """Handed in on 3 April, told then, corrected then."""
    case = making.handed_in(THEME, ANSWERS, at("04-03T16:00"))
    field = handling.look(case, told).made.form[0].key
    handling.tell_gaps(clerk(), case.number, {"fields": {field: "与执照不一致"}}, told)
    application = handling.application_of(case.id)
    application.marks = {**application.marks, "done": [f"fields.{field}"]}
    application.save()
    return handling.correct(submitting.applicant(application), case.number, done)


@pytest.mark.parametrize(
    ("accepts", "accepted_on"),
    [("04-13T23:59", "2026-04-13"), ("04-14T00:01", "2026-04-03"), ("04-20T09:00", "2026-04-03")],
)
def test_s1_hard_case_3_whoever_accepts_after_five_silent_days_accepts_as_of_receipt(
    city: None, accepts: str, accepted_on: str
) -> None:
    case = making.handed_in(THEME, ANSWERS, at("04-03T16:00"))
    assert day(case, "telling") == date(2026, 4, 13)
    case = handling.accept(clerk(), case.number, at(accepts))
    assert case.data["accepted_on"] == accepted_on
    running = [one for one in making.members(case).values() if not one.waiting_for]
    assert {one.data["accepted_at"][:10] for one in running} <= {accepted_on, "2026-04-03"}
    assert due.due_changes(case, at("05-01T00:00")) == []


def test_what_silence_accepted_is_not_refused_acceptance(city: None) -> None:
    case = making.handed_in(THEME, ANSWERS, at("04-03T16:00"))
    note = {"note": "材料不全"}
    with pytest.raises(MoveRefused, match="不能再不予受理"):
        handling.advance(clerk(), case.number, "refuse_acceptance", note, at("04-14T09:00"))
    refused = handling.advance(clerk(), case.number, "refuse_acceptance", note, at("04-13T17:00"))
    assert (refused.state, "复议" in refused.data["remedy"]) == ("not_accepted", True)


def test_after_the_correction_silence_accepts_as_of_the_correction(city: None) -> None:
    case = corrected(at("04-13T17:00"), at("04-20T10:00"))
    assert day(case, "telling") == date(2026, 4, 27)
    assert due.due_changes(case, at("04-27T23:59")) == []
    parent, *_members = due.due_changes(case, at("04-28T00:01"))
    assert parent.after.data["accepted_on"] == "2026-04-20"


def test_a_correction_after_its_last_day_is_refused(city: None) -> None:
    with pytest.raises(MoveRefused, match="补正期限已过"):
        corrected(at("04-13T17:00"), at("05-08T10:00"))


@pytest.mark.parametrize(
    ("days", "when", "ends"),
    [
        ("1", "03-13T23:59", date(2026, 3, 16)),
        ("10", "03-10T10:00", date(2026, 3, 27)),
        ("", "03-10T10:00", date(2026, 4, 3)),
        # granted when it had passed: overdue stays overdue
        ("15", "03-14T00:01", date(2026, 3, 13)),
    ],
)
def test_s1_a4_up_to_fifteen_days_and_only_before_the_end(
    city: None, days: str, when: str, ends: date
) -> None:
    case = making.accepted(THEME, ANSWERS, at("01-05T10:00"))
    facts = {"days": days, "note": "案情复杂"}
    after = handling.advance(
        officer("government_head"), case.number, "extend_joint", facts, at(when)
    )
    assert day(after, "joint") == ends
    assert after.data["extended"]["late"] is (days == "15")


@pytest.mark.parametrize("days", ["0", "16", "20", "-1", "many", "１５"])
def test_s1_a4_other_extensions_are_refused(city: None, days: str) -> None:
    case = making.accepted(THEME, ANSWERS, at("01-05T10:00"))
    facts = {"days": days, "note": "案情复杂"}
    with pytest.raises(MoveRefused, match="最多延长十五个工作日"):
        handling.advance(
            officer("government_head"), case.number, "extend_joint", facts, at("01-06T10:00")
        )


def test_s1_hard_case_14_a_pause_moves_the_whole_and_what_waits_and_says_why(city: None) -> None:
    case = making.accepted(THEME, ANSWERS, at("03-02T10:00"))
    first = making.decide(making.members(case)["business_registration"], now=at("03-02T11:00"))
    food = making.members(case)["food_business_licence"]
    sign = making.members(case)["signboard_permit"]
    before, siblings = root(case).data["expected"], day(sign, "promise")
    body = officer("approver", food.unit_id)
    services.pause(
        body,
        food.number,
        at("03-03T10:00"),
        kind="expert_review",
        notice="特告1号",
        planned_days=10,
    )
    items = handling.members_of(case.id)
    shown = standing.whole(root(case), items, registers(), at("03-04T10:00"))
    (why,) = [one.why for one in shown.items if one.case.id == food.id]
    assert "专家评审" in why
    services.resume(body, food.number, at("03-31T10:00"))
    assert root(case).data["expected"] > before
    assert day(making.members(case)["signboard_permit"], "promise") == siblings
    assert first.outcome == "granted"


def test_s1_hard_case_4_a_refused_first_item_ends_what_needs_it_in_the_same_commit(
    city: None,
) -> None:
    case = making.accepted(THEME, ANSWERS, at("03-02T10:00"))
    making.decide(making.members(case)["business_registration"], "refused", at("03-02T11:00"))
    after = root(case)
    outcomes = {key: one.outcome for key, one in making.members(case).items()}
    assert outcomes.pop("business_registration") == "refused"
    # data is enough for invoices, but what gives it was never started: it may begin
    assert {outcomes[key] for key in ("food_business_licence", "signboard_permit")} == {
        "not_started"
    }
    if all(outcomes.values()):
        assert (after.state, after.outcome) == ("not_granted", "not_granted")
    else:
        assert after.state == "handling"


def test_items_withdrawn_one_by_one_are_a_withdrawal_and_no_refusal(city: None) -> None:
    case = making.accepted(THEME, {"registered": "yes", "scale": "snack", "health_ok": "yes"})
    for one in handling.members_of(case.id):
        if load_states([one.id])[0].state == "reviewing":
            services.withdraw(SYSTEM, one.number, making.NOW)
    if all(one.outcome == "withdrawn" for one in handling.members_of(case.id)):
        assert (root(case).state, root(case).outcome) == ("withdrawn", "withdrawn")
    else:
        assert root(case).state != "done"


def test_s10_hard_case_11_a_theme_whose_last_item_is_decided_on_a_rest_day_is_in_time(
    city: None,
) -> None:
    answers = {"registered": "yes", "scale": "snack", "health_ok": "yes", "signboard": "no"}
    calendar, begun = active_calendar(), date(2026, 3, 16)
    _, stock = registers().book(making.NOW)
    limit = stock.items["food_business_licence"].promise_limit.amount
    while calendar.is_workday(calendar.add_wd(begun, limit).day + timedelta(1)):
        begun += timedelta(1)
    case = making.accepted(THEME, answers, at(f"{begun:%m-%d}T10:00"))
    assert root(case).data["expected"] == calendar.add_wd(begun, limit).day.isoformat()
    when = at(f"{calendar.add_wd(begun, limit).day + timedelta(1):%m-%d}T10:00")
    for one in handling.members_of(case.id):
        if not one.outcome:
            making.decide(load_states([one.id])[0], now=when)
    assert (root(case).state, root(case).timeliness) == ("done", "on_time")


def test_s10_13_a_new_years_notice_moves_open_theme_cases_and_no_closed_ones(city: None) -> None:
    case = making.handed_in(THEME, ANSWERS, at("12-28T10:00"))
    running = making.accepted(THEME, ANSWERS, at("12-28T10:00"))
    clock = case.clock("telling")
    assert clock is not None and clock.provisional and day_of(clock.due_at) == date(2027, 1, 5)
    joint = day(running, "joint")
    import_year(
        2027,
        holidays={date(2027, 1, 1): "元旦", date(2027, 1, 2): "元旦"},
        makeup={date(2027, 1, 3): "元旦"},
        source="国办发明电〔2026〕99号（测试）",
        now=at("12-28T12:00"),
    )
    recalculate_open(active_calendar(), at("12-28T12:00"))
    after = root(case).clock("telling")
    assert after is not None and not after.provisional and day_of(after.due_at) == date(2027, 1, 4)
    moved = root(running)
    assert day(moved, "joint") < joint
    items = making.members(running).values()
    promises = [one.clock("promise") for one in items if not one.waiting_for]
    assert promises and not any(clock.provisional for clock in promises if clock is not None)
    run_items(at("12-29T00:01"))
