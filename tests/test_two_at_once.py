"""Two at once: one wins, the other is told how things stand now. On the real database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from tests.world import HERE, RUBBISH, World
from yishi.foundation.access.actors import PUBLIC
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.rollups import differences
from yishi.foundation.cases.verify import verify_traces
from yishi.systems.city_events import moves
from yishi.systems.city_events.context import city as registers
from yishi.systems.city_events.intake import Receipt, report

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each of *acts* returned or raised, all begun at the same moment."""
    results: list[Any] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait(10)
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def all_is_well() -> None:
    """Traces verify and figures agree with the cases."""
    assert [fault for _, faults in verify_traces() for fault in faults] == []
    assert differences() == []


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_equal_moves_one_wins(city: None, attempt: int) -> None:
    world = World()
    number = world.own.receipt.number
    actor = world.holder(number)

    def sign() -> Any:
        return moves.advance(actor, number, "sign", {}, timezone.now())

    results = at_once(sign, sign, sign)
    lost = [result for result in results if isinstance(result, MoveRefused)]
    assert len(lost) == 2
    assert {error.state for error in lost} == {"handling"}
    assert load_states(number=number)[0].trace_length == 4
    all_is_well()


def test_the_loser_at_the_api_gets_409_with_the_winners_state(city: None) -> None:
    world = World()
    unclear = world.report(HERE, "", description="这边有个问题")
    path = f"/api/v1/cases/{unclear.number}/moves"
    body = '{"version": 1, "facts": {}}'

    def post(program: Any) -> Callable[[], Any]:
        return lambda: program.post(f"{path}/request_check", body, content_type="application/json")

    answers = at_once(*(post(world.program(HERE)) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert lost.json()["state"] == "checking"


def test_who_waited_for_a_case_sees_all_of_it_as_the_winner_left_it(city: None) -> None:
    """A row that was waited for comes new; the clocks that hang on it must not come old."""
    world = World()
    number = world.own.receipt.number
    world.move(number, "sign")
    world.move(number, "ask_extension", note="需要大型机械")
    actor, made = world.holder(number), threading.Event()

    def first() -> Any:
        with transaction.atomic():
            other = replace(actor, ref="user:1")  # who asked does not grant
            longer = moves.advance(other, number, "grant_extension", {}, timezone.now())
            made.set()
            _wait_for_a_waiter()
        return longer

    def second() -> Any:
        made.wait(10)
        return moves.advance(actor, number, "finish", {"note": "已清运"}, timezone.now())

    longer, finished = at_once(first, second)
    assert finished.trace_length == longer.trace_length + 1, (longer, finished)
    case = load_states(number=number)[0]
    clock, extended = case.clock("handling"), longer.clock("handling")
    assert clock is not None and extended is not None
    assert clock.due_at == extended.due_at == case.next_due_at
    all_is_well()


def _wait_for_a_waiter() -> None:
    """Until another session waits for a lock."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def raw(key: str, **more: Any) -> dict[str, Any]:
    """A report whose type and place are certain."""
    spot = {"type": RUBBISH, "lon": 112.142, "lat": 32.05, "external_id": key}
    return spot | {"description": "生活垃圾"} | more


def test_the_same_report_at_once_is_one_case_with_one_answer(city: None) -> None:
    def send() -> Receipt:
        return report(PUBLIC, raw("same"), "portal", timezone.now())

    receipts = at_once(*[send] * 4)
    assert {receipt.number for receipt in receipts} == {receipts[0].number}
    assert {receipt.tracking_code for receipt in receipts} == {receipts[0].tracking_code}
    assert sorted(receipt.replayed for receipt in receipts) == [False, True, True, True]
    assert Case.objects.unscoped("test").count() == 1
    all_is_well()


def test_two_cameras_see_one_thing_at_once(city: None) -> None:
    _, catalogue = registers().catalogue(timezone.now())
    kind = next(k for k in catalogue.types if k.merge is not None and k.merge.by_object)

    def send(key: str) -> Callable[[], Receipt]:
        fields = raw(key, type=kind.key, object_ref="LIFT-7", confidence=0.99)
        fields["standard"] = kind.standards[0].code
        return lambda: report(PUBLIC, fields, "camera", timezone.now())

    receipts = at_once(send("c1"), send("c2"), send("c3"))
    assert len({receipt.number for receipt in receipts}) == 1
    assert sorted(receipt.merged for receipt in receipts) == [False, True, True]
    all_is_well()


def test_a_batch_and_a_single_move_share_the_cases_between_them(city: None) -> None:
    world = World()
    numbers = [world.report(HERE, RUBBISH).number for _ in range(6)]
    ids = [load_states(number=number)[0].id for number in numbers]
    actor = world.holder(numbers[0])

    def batch() -> Any:
        return moves.advance_batch(actor, ids[::-1], "sign", timezone.now())

    def single() -> Any:
        return moves.advance(actor, numbers[3], "sign", {}, timezone.now())

    results = at_once(batch, single, batch)
    won = sum(len(result[0]) for result in results if isinstance(result, tuple))
    won += sum(not isinstance(result, tuple | MoveRefused) for result in results)
    assert won == 6
    assert {case.state for case in load_states(ids)} == {"handling"}
    assert {case.trace_length for case in load_states(ids)} == {4}
    all_is_well()


def test_a_deadlock_never_comes_from_the_order_of_a_batch(city: None) -> None:
    world = World()
    numbers = [world.report(HERE, RUBBISH).number for _ in range(8)]
    ids = [load_states(number=number)[0].id for number in numbers]
    actor = world.holder(numbers[0])

    def batch(order: list[int]) -> Callable[[], Any]:
        return lambda: moves.advance_batch(actor, order, "sign", timezone.now())

    results = at_once(batch(ids), batch(ids[::-1]), batch(ids[4:] + ids[:4]))
    assert all(isinstance(result, tuple) for result in results), results
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert cursor.fetchone()[0] == 0
