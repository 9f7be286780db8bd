"""回访: every closed ticket with a number gets one task; the answers redo the case by rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.models import Decision
from yishi.systems.city_events.hotline import callbacks
from yishi.systems.city_events.hotline.models import CallBack, CallBackTry
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tests.conftest import Town, at
from yishi.systems.city_events.tests.office import Office

HAPPY: dict[str, Any] = {"result": "connected", "in_time": "yes", "solved": "yes", "score": "2"}
CROSS = HAPPY | {"solved": "no", "score": "5", "cause": "undone"}


def closed(town: Town, channel: str = "hotline", **fields: Any) -> str:
    given_fields = {"name": "王女士", "phone": "13912345678"} | fields
    number = town.report(channel=channel, **given_fields).number
    close(town, number)
    return number


def close(town: Town, number: str) -> None:
    town.handled(number)
    town.move(number, "close", timedelta(minutes=5))


def tasks(**more: Any) -> list[CallBack]:
    return list(CallBack.objects.unscoped("test").filter(**more).order_by("id"))


def attempt(town: Town, task: CallBack, raw: dict[str, Any], role: str = "hotline") -> Any:
    return callbacks.attempt(town.officer(role), task.pk, raw, town.now)


@pytest.fixture
def task(town: Town) -> CallBack:
    """One ticket to call back."""
    closed(town)
    callbacks.make(town.now)
    return tasks()[0]


def test_every_closed_ticket_with_a_number_gets_one_task(town: Town) -> None:
    wanted = {closed(town), closed(town, "portal"), closed(town, secret=True)}
    closed(town, "hotline", name=None, phone=None)
    closed(town, "hotline", phone=None, email="a@example.com")
    closed(town, "collector")
    town.report(channel="hotline", phone="13900000001", lon=112.15)
    for _ in range(3):
        callbacks.make(town.now)
    assert {one.case.number for one in tasks()} == wanted
    assert len(tasks()) == 3


def test_two_citizens_of_one_case_are_both_called(town: Town) -> None:
    first = town.report(channel="hotline", phone="13900000001")
    second = town.report(channel="hotline", phone="13900000002")
    close(town, first.number)
    if not second.merged:
        close(town, second.number)
    callbacks.make(town.now)
    assert len(tasks()) == 2
    assert len({one.report_id for one in tasks()}) == 2


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(["hotline", "portal", "collector", "silent"]), max_size=4))
def test_any_day_leaves_as_many_tasks_as_callable_tickets(town: Town, channels: list[str]) -> None:
    CallBack.objects.unscoped("test").all().delete()
    town.now += timedelta(days=40)
    begun = town.now
    for place, channel in enumerate(channels):
        phone = None if channel == "silent" else f"1390000{place:04d}"
        name = "hotline" if channel == "silent" else channel
        closed(town, name, phone=phone, lon=112.10 + place / 100)
    callbacks.make(town.now)
    callbacks.make(town.now + timedelta(hours=2))
    reports = Report.objects.unscoped("test").filter(received_at__gte=begun)
    callable_ones = reports.filter(channel__in=callbacks.CHANNELS).exclude(contact_id=None)
    expected = sum(channel in ("hotline", "portal") for channel in channels)
    assert expected == len(tasks())
    assert {one.report_id for one in tasks()} <= set(callable_ones.values_list("pk", flat=True))


def test_a_connected_call_ends_the_task_with_its_answers(town: Town, task: CallBack) -> None:
    outcome = attempt(town, task, HAPPY)
    done = tasks()[0]
    assert (done.state, done.in_time, done.solved, done.score) == ("reached", True, True, 2)
    assert not outcome.redone
    with pytest.raises(FieldError, match="已经完成"):
        attempt(town, task, HAPPY)


def test_a_missed_call_waits_and_ends_after_as_many_tries_as_the_city_allows(
    town: Town, task: CallBack
) -> None:
    for number in (1, 2, 3):
        actor = town.officer("hotline")
        assert list(callbacks.waiting(actor, town.now)) == [task]
        attempt(town, task, {"result": "missed"})
        assert not list(callbacks.waiting(actor, town.now))
        now = tasks()[0]
        assert (now.tries, now.state) == (number, "unreached" if number == 3 else "open")
        town.now += timedelta(hours=4)
    assert CallBackTry.objects.filter(call_back=task).count() == 3
    assert not list(callbacks.waiting(town.officer("hotline"), town.now + timedelta(days=9)))


def test_who_refuses_is_not_called_again(town: Town, task: CallBack) -> None:
    attempt(town, task, {"result": "refused"})
    assert tasks()[0].state == "refused"


def test_what_was_not_settled_is_done_again_by_rule_with_its_reason(
    town: Town, task: CallBack
) -> None:
    outcome = attempt(town, task, CROSS)
    assert outcome.redone
    state = town.state(task.case.number)
    assert state.state == "assigned"
    assert state.data["round"] == 2
    decision = Decision.objects.get(rule_key=callbacks.RULE)
    assert (decision.outcome, decision.subject_id) == ("true", state.id)
    close(town, state.number)
    callbacks.make(town.now)
    second = tasks(round=2)
    assert len(second) == 1
    outcome = attempt(town, second[0], CROSS)
    assert not outcome.redone, "the rule ends after as many rounds as the city allows"


@pytest.mark.parametrize("cause", ["policy", "demand"])
def test_what_nobody_can_settle_is_not_done_again(town: Town, task: CallBack, cause: str) -> None:
    assert not attempt(town, task, CROSS | {"cause": cause}).redone
    assert town.state(task.case.number).state == "closed"
    assert Decision.objects.get(rule_key=callbacks.RULE).outcome == "false"


def test_tasks_of_a_reopened_case_lapse(town: Town, task: CallBack) -> None:
    town.move(task.case.number, "reopen", timedelta(hours=1), note="又来了")
    callbacks.make(town.now)
    assert tasks()[0].state == "lapsed"


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({}, "result"),
        ({"result": "busy"}, "result"),
        (HAPPY | {"score": "6"}, "score"),
        (HAPPY | {"score": ""}, "score"),
        (HAPPY | {"in_time": ""}, "in_time"),
        (HAPPY | {"solved": "maybe"}, "solved"),
        (HAPPY | {"solved": "no"}, "cause"),
        (HAPPY | {"cause": "weather", "solved": "no"}, "cause"),
        (HAPPY | {"excluded": "demand"}, "text"),
        (HAPPY | {"text": "x" * 1001}, "text"),
    ],
)
def test_missing_answers_are_named_and_change_nothing(
    town: Town, task: CallBack, raw: dict[str, Any], field: str
) -> None:
    with pytest.raises(FieldError) as refused:
        attempt(town, task, raw)
    assert refused.value.field == field
    assert tasks()[0].tries == 0
    assert not CallBackTry.objects.exists()


def test_others_neither_see_nor_make_call_backs(town: Town, task: CallBack) -> None:
    office = Office()
    with pytest.raises(PermissionError):
        attempt(town, task, HAPPY, role="dispatcher")
    far = town.officer("hotline", scope="4206/420602")
    with pytest.raises(FieldError):
        callbacks.attempt(far, task.pk, HAPPY, town.now)
    assert not list(callbacks.waiting(far, town.now))
    for role in ("dispatcher", "duty_leader", "unit_officer", "handler"):
        assert office.client(role).get("/desk/hotline/call-backs/").status_code == 403
    path = f"/desk/hotline/call-backs/{task.pk}/"
    assert office.client("hotline", scope="4206/420602").get(path).status_code == 404


def test_the_script_is_filled_in_at_the_desk(town: Town, task: CallBack) -> None:
    client = Office().client("hotline")
    path = f"/desk/hotline/call-backs/{task.pk}/"
    listed = client.get("/desk/hotline/call-backs/").content.decode()
    assert path in listed
    page = client.get(path).content.decode()
    assert "139****5678" in page
    assert "13912345678" not in page
    wrong = client.post(path, {"result": "connected"})
    assert wrong.status_code == 422
    done = client.post(path, HAPPY, follow=True)
    assert "回访已完成" in done.content.decode()
    assert path not in done.content.decode()
    assert "已访到" in client.get(f"/desk/cases/{task.case.number}/").content.decode()


def test_the_secret_caller_is_marked_and_hidden_from_the_unit(town: Town) -> None:
    closed(town, secret=True)
    callbacks.make(town.now)
    client = Office().client("hotline")
    page = client.get(f"/desk/hotline/call-backs/{tasks()[0].pk}/").content.decode()
    assert "要求保密" in page


def test_tasks_begin_with_the_closing(town: Town, task: CallBack) -> None:
    assert task.closed_at == task.next_at
    assert task.closed_at >= at("2026-03-10 09:00")


def test_a_wrong_number_is_left_out_without_answers_and_with_its_reason(
    town: Town, task: CallBack
) -> None:
    with pytest.raises(FieldError) as refused:
        attempt(town, task, {"result": "connected", "excluded": "wrong"})
    assert refused.value.field == "text"
    raw = {"result": "connected", "excluded": "wrong", "text": "接听人不是诉求人"}
    outcome = attempt(town, task, raw)
    found = tasks()[0]
    assert (found.state, found.excluded, found.score) == (CallBack.UNREACHED, "wrong", None)
    assert not outcome.redone and not Decision.objects.filter(rule_key=callbacks.RULE).exists()
    page = Office().client("hotline").get(f"/desk/hotline/call-backs/{task.pk}/").content.decode()
    assert "号码错误或不是本人" in page
