"""The scenarios of §S1.9 that are a theme's own, under their numbers (2026 calendar)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from yishi.foundation.approvals.catalogue.model import Book
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events import due, handling, notices, submitting
from yishi.systems.life_events.catalogue.model import After, Theme, ThemeItem
from yishi.systems.life_events.lifecycle import day_of
from yishi.systems.life_events.made import made_of
from yishi.systems.life_events.models import CancellationNotice
from yishi.systems.life_events.tests import making
from yishi.systems.life_events.tests.books import book, item
from yishi.systems.life_events.tests.making import NOW, clerk, officer
from yishi.systems.life_events.versions import registers


def at(text: str) -> datetime:
    """A time of the city's clock."""
    return datetime.fromisoformat(text + "+08:00").astimezone(UTC)


def three(after: tuple[After, ...] = ()) -> tuple[Theme, Book]:
    """Items of five, three and two working days; C perhaps after A."""
    items = book(
        item("a", promise="5工作日"), item("b", promise="3工作日"), item("c", promise="2工作日")
    )
    theme = Theme(
        "t",
        "餐饮",
        "enterprise",
        "市场准入",
        "market_supervision",
        "county",
        "示意",
        (),
        (ThemeItem("a"), ThemeItem("b"), ThemeItem("c", after=after)),
    )
    return theme, items


def test_s1_a1_parallel_items_end_with_the_longest(city: None) -> None:
    theme, items = three()
    end = handling.expected_end(
        made_of(theme, {}, items), registers().calendar, at("2026-02-13T10:00")
    )
    assert end == date(2026, 2, 27)


def test_s1_a2_an_item_that_waits_begins_when_the_earlier_is_done(city: None) -> None:
    theme, items = three((After("a"),))
    end = handling.expected_end(
        made_of(theme, {}, items), registers().calendar, at("2026-02-13T10:00")
    )
    assert end == date(2026, 3, 2)


def test_s1_a4_joint_handling_has_45_days_and_15_more_once(city: None) -> None:
    begun = at("2026-01-05T10:00")
    case = making.accepted("open_restaurant", {"registered": "yes"}, begun)
    clock = case.clock("joint")
    assert clock is not None and day_of(clock.due_at) == date(2026, 3, 13)
    head = officer("government_head")
    with pytest.raises(MoveRefused, match="最多延长十五个"):
        raw = {"days": "20", "note": "案情复杂"}
        handling.advance(head, case.number, "extend_joint", raw, begun)
    after = handling.advance(
        head, case.number, "extend_joint", {"days": "15", "note": "案情复杂"}, begun
    )
    clock = after.clock("joint")
    assert clock is not None and day_of(clock.due_at) == date(2026, 4, 3)
    with pytest.raises(MoveRefused, match="只能延长一次"):
        handling.advance(head, case.number, "extend_joint", {"note": "再延"}, begun)


def told(now: datetime = NOW) -> tuple[str, str, str]:
    """A case whose applicant was told of one field and one paper: number, field, paper."""
    case = making.handed_in("open_restaurant", {"registered": "yes"}, now)
    looked = handling.look(case, now)
    field, paper = looked.made.form[0].key, looked.made.papers[0].key
    marks = {"fields": {field: "与执照不一致"}, "papers": {paper: "缺少盖章页"}}
    handling.tell_gaps(clerk(), case.number, marks, now)
    return case.number, field, paper


def test_s1_a7_gaps_are_told_once(city: None) -> None:
    number, field, _paper = told()
    with pytest.raises(MoveRefused):
        handling.tell_gaps(clerk(), number, {"fields": {field: "又一处"}}, NOW)
    (case,) = load_states(number=number)
    application = handling.application_of(case.id)
    handling.fill_marked(case.id, {field: "改过的内容"}, NOW)
    application.refresh_from_db()
    done = [f"papers.{key}" for key in application.marks["papers"]]
    application.marks = {**application.marks, "done": [*application.marks["done"], *done]}
    application.save()
    applicant = submitting.applicant(application)
    case = handling.correct(applicant, number, NOW + timedelta(hours=1))
    assert case.state == "reviewing"
    with pytest.raises(MoveRefused, match="不得再次告知"):
        handling.tell_gaps(clerk(), number, {"fields": {field: "又一处"}}, NOW + timedelta(hours=2))


def test_gaps_beyond_the_guide_cannot_be_told(city: None) -> None:
    case = making.handed_in("open_restaurant", {"registered": "yes"})
    with pytest.raises(FieldError, match="办事指南以外"):
        handling.tell_gaps(clerk(), case.number, {"papers": {"whatever.applicant": "请提交"}}, NOW)
    with pytest.raises(FieldError, match="至少标出一处"):
        handling.tell_gaps(clerk(), case.number, {}, NOW)


def test_what_was_told_must_be_corrected(city: None) -> None:
    number, field, _paper = told()
    (case,) = load_states(number=number)
    application = handling.application_of(case.id)
    same = {field: "示意"}
    assert "相同" in handling.fill_marked(case.id, same, NOW).get(field, "相同")
    with pytest.raises(FieldError, match="还没有补正"):
        handling.correct(submitting.applicant(application), number, NOW)


def test_a_missed_correction_counts_as_withdrawn(city: None) -> None:
    number, _field, _paper = told()
    (case,) = load_states(number=number)
    clock = case.clock("correction")
    assert clock is not None
    assert due.due_changes(case, clock.due_at) == []
    (change,) = due.due_changes(case, clock.due_at + timedelta(seconds=1))
    assert (change.after.state, change.after.outcome) == ("withdrawn", "withdrawn")


def test_five_silent_days_are_acceptance_as_of_the_receipt(city: None) -> None:
    received = at("2026-03-02T10:00")
    case = making.handed_in("open_restaurant", {"registered": "yes"}, received)
    clock = case.clock("telling")
    assert clock is not None and day_of(clock.due_at) == date(2026, 3, 9)
    late = at("2026-03-10T09:00")
    with pytest.raises(MoveRefused, match="自收到之日起即为受理"):
        handling.tell_gaps(clerk(), case.number, {"fields": {"uscc": "不对"}}, late)
    parent, *members = due.due_changes(case, late)
    assert parent.after.state == "accepted"
    assert parent.after.data["accepted_on"] == "2026-03-02"
    running = [m.after for m in members if not m.after.waiting_for]
    assert running
    assert all(m.data["accepted_at"].startswith("2026-03-02") for m in running)


def test_s1_a10_one_refusal_leaves_the_others_and_the_theme_partly_done(city: None) -> None:
    case = making.accepted("open_restaurant", {"registered": "yes", "sign": "yes"})
    items = making.members(case)
    ready = [one for one in items.values() if not one.waiting_for]
    assert len(ready) >= 2
    refused = making.decide(ready[-1], "refused")
    assert "复议" in refused.data["remedy"]
    state = making.grant_all(case.id)
    assert state == "partial"
    (root,) = load_states([case.id])
    assert root.outcome != "completed"
    assert root.closed_at is not None


def test_s1_a13_an_online_application_is_looked_at_within_a_working_day(city: None) -> None:
    case = making.handed_in("open_restaurant", {"registered": "yes"}, at("2026-05-09T22:30"))
    clock = case.clock("prereview")
    assert clock is not None and day_of(clock.due_at) == date(2026, 5, 11)


def test_s1_a17_simple_cancellation_has_a_notice_and_a_window(city: None) -> None:
    days = notices.window(date(2026, 4, 20))
    assert (days.ends_on, days.apply_until) == (date(2026, 5, 10), date(2026, 5, 30))
    posted = notices.post("襄阳示意有限公司", "93420625MAC8R3W994", clerk(), at("2026-04-20T09:00"))
    assert (posted.ends_on, posted.apply_until) == (days.ends_on, days.apply_until)
    notices.object_to(posted.pk, "债权人", "欠款未清偿", clerk(), at("2026-05-09T09:00"))
    row = CancellationNotice.objects.get(pk=posted.pk)
    assert row.objected_on == date(2026, 5, 9)
    with pytest.raises(FieldError, match="已有异议"):
        notices.object_to(posted.pk, "债权人", "又一项", clerk(), at("2026-05-10T09:00"))


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-05-10", "公告期至"),
        ("2026-05-11", ""),
        ("2026-05-30", ""),
        ("2026-05-31", "请重新公告"),
    ],
)
def test_the_simple_way_is_open_only_in_its_window(city: None, day: str, words: str) -> None:
    notices.post("襄阳示意有限公司", "93420625MAC8R3W994", clerk(), at("2026-04-20T09:00"))
    items = book(item(notices.SIMPLE_ITEM))
    theme = Theme(
        "t",
        "注销",
        "enterprise",
        "企业变更与注销",
        "market_supervision",
        "county",
        "示意",
        (),
        (ThemeItem(notices.SIMPLE_ITEM),),
    )
    made = made_of(theme, {}, items)
    draft = making.drafted("open_restaurant", {"registered": "yes"})
    values = {"uscc": "93420625MAC8R3W994"}
    if not words:
        notices.check(draft, made, values, at(day + "T10:00"))
        return
    with pytest.raises(FieldError, match=words):
        notices.check(draft, made, values, at(day + "T10:00"))


def test_a_held_licence_makes_its_item_needless(city: None) -> None:
    _version, themes = registers().themes(NOW)
    _items, stock = registers().book(NOW)
    theme = themes.themes["open_restaurant"]
    held = next(one for one in theme.items if one.held_by)
    answers = {"registered": False}
    without = made_of(theme, answers, stock)
    made = made_of(theme, answers, stock, [held.held_by])
    assert held.item in made.exempt
    assert held.item in without.to_do
    assert held.item not in made.to_do


def test_a_stuck_case_is_taken_up_by_its_number_and_answered(city: None) -> None:
    case = making.accepted("open_restaurant", {"registered": "yes"})
    applicant = submitting.applicant(handling.application_of(case.id))
    called = handling.advance(applicant, case.number, "call_stuck", {"note": "一直没有结果"}, NOW)
    assert called.duty("stuck") is not None
    with pytest.raises(MoveRefused, match="已经登记"):
        handling.advance(applicant, case.number, "call_stuck", {"note": "再催"}, NOW)
    answered = handling.advance(
        clerk(), case.number, "answer_stuck", {"result": "solved", "note": "已协调"}, NOW
    )
    assert answered.data["stuck"]["result"] == "solved"


def test_withdrawing_ends_what_is_not_decided(city: None) -> None:
    case = making.accepted("open_restaurant", {"registered": "yes", "sign": "yes"})
    ready = [one for one in making.members(case).values() if not one.waiting_for]
    granted = making.decide(ready[0])
    applicant = submitting.applicant(handling.application_of(case.id))
    after = handling.withdraw(applicant, case.number, NOW, note="不办了")
    assert after.state == "withdrawn"
    states = {one.type_key: one.outcome for one in handling.members_of(case.id)}
    assert states.pop(granted.type_key) == "granted"
    assert set(states.values()) <= {"withdrawn", "not_started"}


def test_the_case_keeps_its_version(city: None) -> None:
    case = making.handed_in("open_restaurant", {"registered": "yes"})
    version, _themes = registers().themes(NOW)
    assert case.catalogue_id == version
    assert case.data["items"] == registers().book(NOW)[0]
