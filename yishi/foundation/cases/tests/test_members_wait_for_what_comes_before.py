"""Members start when what they wait for is decided, in the same commit that tells the root."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.calendars.limits import Limit, Unit, parse_limit
from yishi.foundation.calendars.tests.support import CALENDAR, at
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.families import (
    CycleError,
    Edge,
    EdgeKind,
    Member,
    Step,
    advance_member,
    locked,
    plan_dates,
    start,
)
from yishi.foundation.cases.load import load_states, reserve
from yishi.foundation.cases.models import Case, CaseEdge, Trace
from yishi.foundation.cases.tests.families import (
    MEMBER,
    NOW,
    blank,
    decide,
    family,
    states,
    toys,
)
from yishi.foundation.cases.verify import verify_traces
from yishi.foundation.revisions.errors import FieldError

__all__ = ["toys"]


@pytest.mark.usefixtures("city", "toys")
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(1, 6), st.data())
def test_every_member_starts_exactly_once_after_its_predecessors(
    count: int, data: st.DataObject
) -> None:
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    edges = data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    root, ids = family(count, edges)
    started: list[int] = []
    while True:
        ready = [n for n, one in enumerate(ids) if states(ids)[one] == "open"]
        if not ready:
            break
        n = data.draw(st.sampled_from(ready))
        assert all(before in started for before, after in edges if after == n)
        decide(ids[n])
        started.append(n)
    assert sorted(started) == list(range(count))
    assert states([root])[root] == "done"


@pytest.mark.usefixtures("city", "toys")
def test_the_receipt_of_the_later_body_is_the_moment_of_the_earlier_decision() -> None:
    """ZJ 5: not the delivery, and not the submission."""
    _, ids = family(2, [(0, 1)])
    later = NOW + timedelta(days=2)
    decide(ids[0], now=later)
    after = load_states([ids[1]])[0]
    assert (after.state, after.waiting_for) == ("open", 0)
    assert datetime.fromisoformat(after.data["received"]) == later
    moves = Trace.objects.unscoped("test").filter(case_id=ids[1]).order_by("seq")
    assert list(moves.values_list("move", flat=True)) == ["receive_waiting", "release"]


@pytest.mark.usefixtures("city", "toys")
def test_s1_hard_case_4_a_refusal_ends_its_dependants_and_leaves_siblings_alone() -> None:
    root, ids = family(5, [(0, 1), (1, 2), (3, 4)])
    decide(ids[0], "refused")
    assert [states(ids)[one] for one in ids] == ["decided", "ended", "ended", "open", "waiting"]
    ended = load_states([ids[1]])[0]
    assert (ended.outcome, ended.data["reason"]) == ("not_started", f"T{ids[0]}:refused")
    decide(ids[3])
    decide(ids[4])
    assert states([root])[root] == "partly"
    assert not [fault for _, faults in verify_traces() for fault in faults]


@pytest.mark.usefixtures("city", "toys")
def test_who_only_needs_data_starts_after_a_refusal_too() -> None:
    _, ids = family(3, [(0, 1), (1, 2)], EdgeKind.DATA)
    decide(ids[0], "refused")
    assert [states(ids)[one] for one in ids] == ["decided", "open", "waiting"]


@pytest.mark.usefixtures("city", "toys")
def test_a_member_with_two_predecessors_keeps_waiting_with_a_trace() -> None:
    _, ids = family(3, [(0, 2), (1, 2)])
    decide(ids[0])
    waiting = load_states([ids[2]])[0]
    assert (waiting.state, waiting.waiting_for, waiting.trace_length) == ("waiting", 1, 2)
    decide(ids[1])
    assert states(ids)[ids[2]] == "open"


@pytest.mark.usefixtures("city", "toys")
def test_a_waiting_member_may_be_reviewed_and_not_decided() -> None:
    _, ids = family(2, [(0, 1)])
    advance_member(SYSTEM, f"T{ids[1]}", "review", lambda case: {}, NOW)
    with pytest.raises(MoveRefused, match="等待前置事项办结"):
        decide(ids[1])


@pytest.mark.usefixtures("city", "toys")
def test_the_root_is_told_of_every_move_in_the_same_commit() -> None:
    root, ids = family(2, [])
    decide(ids[0])
    told = load_states([root])[0]
    assert (told.data["open"], told.data["told"], told.state) == (1, 1, "running")
    decide(ids[1])
    advance_member(SYSTEM, f"T{ids[0]}", "deliver", lambda case: {}, NOW)
    told = load_states([root])[0]
    assert (told.data["open"], told.data["told"], told.state) == (0, 3, "done")


@pytest.mark.usefixtures("city", "toys")
def test_25_members_are_started_with_a_constant_number_of_statements() -> None:
    edges = [(n, n + 1) for n in range(0, 20, 2)]

    def cost(count: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            family(count, [pair for pair in edges if pair[1] < count])
        return len([q for q in queries if "SAVEPOINT" not in q["sql"]])

    cost(2)
    assert cost(25) == cost(2) <= 15


@pytest.mark.usefixtures("city", "toys")
def test_a_decision_costs_a_constant_number_of_statements() -> None:
    def cost(successors: int) -> int:
        _, ids = family(successors + 1, [(0, n + 1) for n in range(successors)])
        with CaptureQueriesContext(connection) as queries:
            decide(ids[0])
        return len([q for q in queries if "SAVEPOINT" not in q["sql"]])

    cost(2)
    assert cost(10) == cost(2) <= 8


@pytest.mark.usefixtures("city", "toys")
def test_a_running_root_gets_further_members_after_those_it_has() -> None:
    root, ids = family(2, [])
    decide(ids[0])
    found = locked(f"T{root}")
    change = found.move(root, "add", SYSTEM, {}, NOW, trusted=True)
    known = {"first": found.states[ids[0]], "second": found.states[ids[1]]}
    one, two = reserve(2)
    members = [
        Member("ready", blank(one, MEMBER), {}, (Edge("first"),)),
        Member("later", blank(two, MEMBER), {}, (Edge("second"), Edge("ready"))),
    ]
    commit(start(change, members, actor=SYSTEM, now=NOW, existing=known))
    assert states([one, two]) == {one: "open", two: "waiting"}
    decide(ids[1])
    decide(one)
    assert states([two]) == {two: "open"}


@pytest.mark.usefixtures("city", "toys")
def test_what_comes_after_a_refused_member_cannot_be_added() -> None:
    root, ids = family(1, [])
    decide(ids[0], "refused")
    found = locked(f"T{root}")
    change = found.move(root, "add", SYSTEM, {}, NOW, trusted=True)
    member = Member("late", blank(reserve(1)[0], MEMBER), {}, (Edge("first"),))
    with pytest.raises(FieldError, match="未获准予"):
        start(change, [member], actor=SYSTEM, now=NOW, existing={"first": found.states[ids[0]]})


@pytest.mark.usefixtures("city", "toys")
@pytest.mark.parametrize("edges", [[(0, 1), (1, 2), (2, 0)], [(0, 0)], [(9, 0)]])
def test_circles_and_strangers_are_refused_and_nothing_is_stored(
    edges: list[tuple[int, int]],
) -> None:
    before = (Case.objects.unscoped("test").count(), CaseEdge.objects.count())
    with pytest.raises(FieldError) as refused:
        family(3, edges)
    assert refused.value.field == "after"
    assert isinstance(refused.value, CycleError) == (edges[0][0] != 9)
    assert (Case.objects.unscoped("test").count(), CaseEdge.objects.count()) == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("city", "toys")
def test_two_members_decided_at_once_neither_deadlock_nor_miss_each_other() -> None:
    root, ids = family(9, [(n, 8) for n in range(8)])
    errors: list[BaseException] = []
    barrier = threading.Barrier(8)

    def run(case_id: int) -> None:
        try:
            barrier.wait()
            decide(case_id)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one,)) for one in ids[:8]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    last = load_states([ids[8]])[0]
    assert (last.state, last.waiting_for, last.trace_length) == ("open", 0, 9)
    assert load_states([root])[0].data["told"] == 8


def _wd(days: int) -> Limit:
    return Limit(days, Unit.WORKING_DAY, f"{days}工作日")


def test_s1_a1_parallel_items_end_each_by_its_own_promise() -> None:
    accepted = at("2026-02-13 10:00")
    steps = [Step("A", _wd(5)), Step("B", _wd(3)), Step("C", _wd(2))]
    found = plan_dates(steps, CALENDAR, accepted)
    days = {key: due.date().isoformat() for key, due in found.due.items()}
    assert days == {"A": "2026-02-27", "B": "2026-02-25", "C": "2026-02-24"}
    assert found.end.date().isoformat() == "2026-02-27"


def test_s1_a2_who_needs_a_licence_begins_where_it_is_granted() -> None:
    accepted = at("2026-02-13 10:00")
    steps = [Step("C", _wd(2), ("A",)), Step("A", _wd(5)), Step("B", _wd(3))]
    found = plan_dates(steps, CALENDAR, accepted)
    assert found.due["C"].date().isoformat() == "2026-03-02"
    assert found.end.date().isoformat() == "2026-03-02"


def test_s1_hard_case_15_the_joint_cap_binds_licence_items_only() -> None:
    accepted = at("2026-01-05 09:00")
    steps = [
        Step("licence", _wd(20), capped=True),
        Step("second", _wd(30), ("licence",), capped=True),
        Step("registration", _wd(30), ("licence",)),
    ]
    found = plan_dates(steps, CALENDAR, accepted, parse_limit("45工作日", "licence"))
    assert found.due["second"].date().isoformat() == "2026-03-13"
    assert found.due["registration"] > found.due["second"]


@given(st.lists(st.integers(1, 30), min_size=1, max_size=7), st.data())
def test_the_end_is_the_longest_path_and_never_the_sum_of_parallel_items(
    limits: list[int], data: st.DataObject
) -> None:
    accepted = datetime(2026, 1, 5, 1, tzinfo=UTC)
    pairs = [(a, b) for b in range(len(limits)) for a in range(b)]
    edges = data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    steps = [
        Step(str(n), _wd(limit), tuple(str(a) for a, b in edges if b == n))
        for n, limit in enumerate(limits)
    ]
    length: dict[int, int] = {}
    for n, limit in enumerate(limits):
        length[n] = limit + max((length[a] for a, b in edges if b == n), default=0)
    found = plan_dates(data.draw(st.permutations(steps)), CALENDAR, accepted)
    longest = CALENDAR.due(accepted, _wd(max(length.values()))).at
    assert found.end == longest
