"""Families of items in other orders: chains that break, papers that come while an item waits,
decisions on rest days, and who is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pytest

from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.approvals import services
from yishi.foundation.approvals.catalogue import book_of
from yishi.foundation.approvals.context import registers
from yishi.foundation.approvals.dates import plan_family
from yishi.foundation.approvals.due import run_due
from yishi.foundation.approvals.starting import Wish, prepare
from yishi.foundation.approvals.tests.support import (
    DIVISION,
    again,
    at,
    book,
    clerk,
    due_days,
    head,
    officer,
)
from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.families import Edge, EdgeKind, locked, start
from yishi.foundation.cases.families.contexts import plain_context
from yishi.foundation.cases.load import load_states, reserve
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.cases.tests.families import ROOT, ROOTS, blank, toys

__all__ = ["book", "toys"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("book", "toys")]
DATA, LICENCE = EdgeKind.DATA, EdgeKind.LICENCE
START = "2026-03-02 10:00"
A, B, C, D = "licence_a", "licence_b", "licence_c", "ten_days"


def family(
    after: Mapping[str, Sequence[Edge]], deferred: Mapping[str, date] | None = None
) -> dict[str, CaseState]:
    """Items accepted together, with what each comes after."""
    found = registers()
    place = found.places.place_of_division(DIVISION)
    root_id, *ids = reserve(len(after) + 1)
    root = blank(root_id, ROOT)
    opened = plan(
        ROOTS, root, "open", SYSTEM_ACTOR, {}, at(START), plain_context(root), trusted=True
    )
    members = [
        prepare(
            found,
            case_id,
            Wish(item, unified=True, deferred=deferred),
            place,
            at(START),
            after=tuple(before),
        )
        for case_id, (item, before) in zip(ids, after.items(), strict=True)
    ]
    commit(start(opened, members, actor=SYSTEM_ACTOR, now=at(START)))
    return {one.type_key: one for one in load_states(ids)}


def decide(case: CaseState, when: str, result: str = "granted") -> CaseState:
    case = again(case)
    return services.decide(officer(case), case.number, at(when), result=result, reason="见决定书")


def outcomes(items: Mapping[str, CaseState]) -> dict[str, tuple[str, str]]:
    found = {key: again(one) for key, one in items.items()}
    return {key: (one.state, one.outcome) for key, one in found.items()}


@pytest.mark.parametrize("way", ["refused", "withdrawn", "revoked", "not_decided"])
def test_s1_hard_case_4_a_broken_chain_ends_all_that_hangs_on_licences_and_nothing_else(
    way: str,
) -> None:
    after = {A: [], B: [Edge(A)], C: [Edge(B)], D: [Edge(A, DATA)]}
    deferred = {"plan": date(2026, 3, 4)} if way == "revoked" else None
    items = family(after, deferred)
    if way == "refused":
        decide(items[A], "2026-03-03 10:00", "refused")
    elif way == "withdrawn":
        services.withdraw(clerk(), items[A].number, at("2026-03-03 10:00"))
    else:
        run_due(at("2026-03-05 00:01"))
    found = outcomes(items)
    if way == "not_decided":
        assert found[A] == ("reviewing", "") and found[B] == found[C] == ("waiting", "")
        return
    assert found[A][1] in ("refused", "withdrawn", "acceptance_revoked")
    assert found[B] == found[C] == ("not_started", "not_started")
    assert again(items[B]).data["reason"] and again(items[C]).data["reason"]
    assert found[D] == ("reviewing", "")


def test_of_two_predecessors_the_refused_one_ends_it_at_once_and_the_other_goes_on() -> None:
    items = family({A: [], B: [], C: [Edge(A), Edge(B)]})
    decide(items[A], "2026-03-03 10:00", "refused")
    assert outcomes(items)[C] == ("not_started", "not_started")
    decide(items[B], "2026-03-04 10:00")
    assert outcomes(items)[C] == ("not_started", "not_started")
    assert again(items[B]).outcome == "granted"


def test_s1_a2_the_receipt_is_the_decision_also_on_a_rest_day() -> None:
    """Decided on Saturday 14 March: the count of the later one begins on Monday."""
    items = family({A: [], C: [Edge(A)]})
    decide(items[A], "2026-03-14 10:00")
    later = again(items[C])
    assert later.data["accepted_at"].startswith("2026-03-14")
    assert due_days(later)["promise"] == "2026-03-17"
    assert again(items[A]).timeliness == "late"  # due on 9 March


def test_a_later_paper_is_taken_while_its_item_still_waits() -> None:
    items = family({A: [], C: [Edge(A)]}, {"plan": date(2026, 3, 6)})
    waiting = services.supply(clerk(), items[C].number, at("2026-03-04 10:00"), material="plan")
    assert (waiting.state, waiting.data["deferred"]) == ("waiting", {})
    services.supply(clerk(), items[A].number, at("2026-03-04 10:00"), material="plan")
    decide(items[A], "2026-03-09 10:00")
    later = again(items[C])
    assert (later.state, "deferred" in due_days(later)) == ("reviewing", False)
    run_due(at("2026-03-09 23:59"))
    decide(items[C], "2026-03-10 10:00")
    assert outcomes(items)[C][1] == "granted"


def test_s10_5_a_waiting_item_is_pre_reviewed_and_decided_on_the_day_its_result_arrives() -> None:
    items = family({A: [], C: [Edge(A)]})
    body = officer(items[C])
    services.pre_review(body, items[C].number, at("2026-03-03 10:00"), opinion="ready")
    with pytest.raises(MoveRefused):
        decide(items[C], "2026-03-03 11:00")
    decide(items[A], "2026-03-05 10:00")
    decided = decide(items[C], "2026-03-05 10:01")
    assert (decided.outcome, decided.timeliness) == ("granted", "on_time")


def test_withdrawing_all_takes_the_waiting_ones_too_and_leaves_the_decided() -> None:
    items = family({A: [], B: [], C: [Edge(A)]})
    decide(items[B], "2026-03-03 10:00")
    with_all = locked(items[A].number)
    services.withdraw_members(with_all, at("2026-03-04 10:00"))
    with_all.settle(at("2026-03-04 10:00"))
    commit(with_all.changes)
    found = outcomes(items)
    assert found[A][1] == found[C][1] == "withdrawn"
    assert found[B][1] == "granted"


def test_a_plan_follows_extensions_and_what_was_decided_early() -> None:
    items = family({A: [], C: [Edge(A)], D: []})

    def end_of_c() -> str:
        whole = locked(items[A].number)
        book_now = book_of(items[A].catalogue_id)
        found = plan_family(whole.members, whole.links, book_now, active_calendar(), at(START))
        return found.due[items[C].number].astimezone(SHANGHAI).date().isoformat()

    assert end_of_c() == "2026-03-11"
    services.extend(
        head(items[A]), items[A].number, at("2026-03-03 10:00"), days=2, reason="案情复杂"
    )
    assert end_of_c() == "2026-03-13"
    decide(items[A], "2026-03-04 10:00")
    assert end_of_c() == "2026-03-06"
