"""Items under one parent: unified acceptance, order, partial completion, a new calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from yishi.foundation import revisions
from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.approvals import services
from yishi.foundation.approvals.catalogue import book_of
from yishi.foundation.approvals.context import registers
from yishi.foundation.approvals.dates import plan_family, plan_items
from yishi.foundation.approvals.due import run_due
from yishi.foundation.approvals.starting import Wish, prepare
from yishi.foundation.approvals.tests.support import (
    DIVISION,
    again,
    at,
    begin,
    book,
    clerk,
    due_days,
    officer,
)
from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.calendars.services import import_year
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.families import Edge, locked, start
from yishi.foundation.cases.families.contexts import plain_context
from yishi.foundation.cases.load import load_states, reserve
from yishi.foundation.cases.models import Trace
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.recalculation import recalculate_open
from yishi.foundation.cases.state import CaseState
from yishi.foundation.cases.tests.families import ROOT, ROOTS, blank, toys
from yishi.foundation.messages.models import Message

__all__ = ["book", "toys"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("book", "toys")]
Started = tuple[CaseState, dict[str, CaseState]]


def theme(when: str, after: Mapping[str, tuple[str, ...]], exempt: tuple[str, ...] = ()) -> Started:
    """A parent accepted then, with the items of *after* and what each comes after."""
    found = registers()
    place = found.places.place_of_division(DIVISION)
    root_id, *ids = reserve(len(after) + 1)
    root = blank(root_id, ROOT)
    opened = plan(
        ROOTS, root, "open", SYSTEM_ACTOR, {}, at(when), plain_context(root), trusted=True
    )
    members = [
        prepare(
            found,
            case_id,
            Wish(item, unified=True, exempt="已持有" if item in exempt else ""),
            place,
            at(when),
            after=tuple(Edge(one) for one in before),
        )
        for case_id, (item, before) in zip(ids, after.items(), strict=True)
    ]
    commit(start(opened, members, actor=SYSTEM_ACTOR, now=at(when)))
    return again(root), {one.type_key: one for one in load_states(ids)}


def test_s1_a1_unified_acceptance_starts_every_clock_at_once() -> None:
    _, items = theme("2026-02-13 10:00", {"licence_a": (), "licence_b": (), "licence_c": ()})
    assert {key: due_days(case)["promise"] for key, case in items.items()} == {
        "licence_a": "2026-02-27",
        "licence_b": "2026-02-25",
        "licence_c": "2026-02-24",
    }


def test_s1_a2_the_plan_and_what_comes_of_it() -> None:
    accepted = at("2026-02-13 10:00")
    root, items = theme(
        "2026-02-13 10:00", {"licence_a": (), "licence_b": (), "licence_c": ("licence_a",)}
    )
    found = registers()
    catalogue = book_of(items["licence_a"].catalogue_id)
    wanted = [
        (catalogue.items["licence_a"], ()),
        (catalogue.items["licence_c"], ("licence_a",)),
    ]
    planned = plan_items(wanted, found.calendar, accepted)
    assert planned.due["licence_c"].date() == date(2026, 3, 2)
    family = locked(root.number)
    running = plan_family(family.members, family.links, catalogue, found.calendar, accepted)
    last = items["licence_c"]
    assert (last.state, last.waiting_for) == ("waiting", 1)
    assert running.due[last.number].astimezone(SHANGHAI).date() == date(2026, 3, 2)
    assert running.end == running.due[last.number]
    first = items["licence_a"]
    services.pre_review(officer(last), last.number, at("2026-02-24 10:00"), opinion="ready")
    services.decide(officer(first), first.number, at("2026-02-25 10:00"), result="granted")
    last = again(last)
    assert (last.state, due_days(last)["promise"]) == ("reviewing", "2026-02-27")
    assert Message.objects.filter(template="item.released", about_id=str(last.id)).count() == 1
    last = services.decide(officer(last), last.number, at("2026-02-25 11:00"), result="granted")
    assert last.state == "granted"


def test_s1_a10_one_refusal_undoes_nothing_of_the_others() -> None:
    root, items = theme(
        "2026-02-13 10:00",
        {"licence_a": (), "licence_b": (), "licence_c": (), "ten_days": ("licence_b",)},
    )
    a, b, c = (items[f"licence_{key}"] for key in "abc")
    services.decide(officer(a), a.number, at("2026-02-25 10:00"), result="granted")
    services.decide(officer(b), b.number, at("2026-02-25 10:00"), result="refused", reason="不符")
    assert due_days(again(a)) == {"delivery": "2026-03-10"}
    assert again(c).state == "reviewing"
    waiting = again(items["ten_days"])
    assert (waiting.state, waiting.outcome) == ("not_started", "not_started")
    assert "不予" in waiting.data["reason"]
    services.decide(officer(c), c.number, at("2026-02-26 10:00"), result="granted")
    assert again(root).state == "partly"


def test_s1_hard_case_13_a_licence_that_is_held_counts_as_granted() -> None:
    _, items = theme(
        "2026-02-13 10:00",
        {"licence_a": (), "licence_c": ("licence_a",)},
        exempt=("licence_a",),
    )
    first, later = items["licence_a"], items["licence_c"]
    assert (first.state, first.outcome) == ("exempted", "exempt")
    assert later.state == "reviewing"


def test_s1_hard_case_14_a_pause_moves_dependants_and_no_siblings() -> None:
    root, items = theme(
        "2026-03-02 10:00", {"ten_days": (), "licence_a": (), "licence_c": ("ten_days",)}
    )
    found = registers()
    first = items["ten_days"]
    services.pause(
        officer(first),
        first.number,
        at("2026-03-05 11:00"),
        kind="expert_review",
        notice="1号",
        planned_days=5,
    )
    services.resume(officer(first), first.number, at("2026-03-11 16:00"))
    family = locked(root.number)
    catalogue = book_of(first.catalogue_id)
    dates = plan_family(
        family.members, family.links, catalogue, found.calendar, at("2026-03-02 10:00")
    )
    days = {
        case.type_key: dates.due[case.number].astimezone(SHANGHAI).date().isoformat()
        for case in family.members
    }
    assert days == {"ten_days": "2026-03-20", "licence_a": "2026-03-09", "licence_c": "2026-03-24"}


def test_what_the_law_does_by_itself_is_told_to_the_parent_too() -> None:
    found = registers()
    place = found.places.place_of_division(DIVISION)
    root_id, case_id = reserve(2)
    root = blank(root_id, ROOT)
    when = at("2026-03-10 10:00")
    opened = plan(ROOTS, root, "open", SYSTEM_ACTOR, {}, when, plain_context(root), trusted=True)
    wish = Wish("ten_days", unified=True, deferred={"plan": date(2026, 3, 20)})
    member = prepare(found, case_id, wish, place, when)
    commit(start(opened, [member], actor=SYSTEM_ACTOR, now=when))
    run_due(at("2026-03-21 00:01"))
    assert again(member.case).state == "acceptance_revoked"
    assert again(root).state == "partly"


def test_s10_13_a_published_year_moves_the_deadline_once() -> None:
    case = begin("thirty_days", at("2026-11-23 10:00"))
    services.accept(clerk(), case.number, at("2026-11-23 10:00"))
    clock = again(case).clock("promise")
    assert clock is not None and clock.provisional
    assert clock.due_at.astimezone(SHANGHAI).date() == date(2027, 1, 5)
    root, items = theme("2026-11-23 10:00", {"thirty_days": (), "licence_b": ("thirty_days",)})
    now = at("2026-11-25 10:00")
    holidays = {date(2027, 1, 1): "元旦", date(2027, 1, 2): "元旦"}
    import_year(2027, holidays=holidays, makeup={date(2027, 1, 3): "元旦"}, source="测试", now=now)
    told = again(root).data.get("told", 0)
    found = recalculate_open(active_calendar(), now, since=date(2027, 1, 1))
    assert (found.seen, found.moved) == (2, 2)
    clock = again(case).clock("promise")
    assert clock is not None and not clock.provisional
    assert clock.due_at.astimezone(SHANGHAI).date() == date(2027, 1, 4)
    traces = Trace.objects.unscoped("test").filter(case_id=case.id, move="recalculate")
    assert traces.count() == 1
    about = Message.objects.filter(template="item.recalculated", about_id=str(case.id))
    assert about.count() == 1
    assert again(root).data["told"] == told + 1
    assert due_days(again(items["thirty_days"]))["promise"] == "2027-01-04"
    assert recalculate_open(active_calendar(), now, since=date(2027, 1, 1)).seen == 0
    revisions.forget()
