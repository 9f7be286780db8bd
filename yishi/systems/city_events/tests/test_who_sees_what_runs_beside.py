"""Residents and helping units see what concerns them, and no more."""

from __future__ import annotations

import pytest
from django.test import Client

from yishi.systems.city_events import privacy
from yishi.systems.city_events.tests import beside
from yishi.systems.city_events.tests.conftest import Town

pytestmark = pytest.mark.django_db


def _progress(code: str) -> str:
    client = Client()
    return client.post("/track/", {"code": code}, follow=True).content.decode()


def test_a_reporter_reads_that_a_case_is_suspended_and_never_of_cards(town: Town) -> None:
    receipt = town.report()
    number = receipt.number
    town.act("duty_leader", number, "supervise", level="1", reason="late", note="请处置")
    page = _progress(receipt.tracking_code)
    assert "督办" not in page and "强制结案" not in page
    town.act("duty_leader", number, "lift_supervision", note="已处置")
    town.act("unit_officer", number, "sign")
    town.act("unit_officer", number, "ask_suspension", until="2026-04-01", note="待汛期后")
    town.act("dispatcher", number, "grant_suspension")
    page = _progress(receipt.tracking_code)
    assert "挂账中" in page and "任务处理" in page


def test_a_reporter_reads_why_a_case_ended_by_force(town: Town) -> None:
    receipt = town.report()
    beside.make(town, receipt.number, "ask_forced_close")
    beside.make(town, receipt.number, "grant_forced_close")
    page = _progress(receipt.tracking_code)
    assert "已按规定终结办理" in page


def test_a_unit_that_only_helps_sees_no_contact(town: Town) -> None:
    number = town.report(phone="13800138000").number
    called = beside.helper(town, number)
    beside.make(town, number, "add_co_unit")
    state = town.state(number)
    helper = town.officer("unit_officer", unit=called, scope="")
    main = town.officer("unit_officer", unit=state.unit_id, scope="")
    assert not privacy.sees_masked(helper, state, secret=False)
    assert not privacy.sees_numbers(helper, state)
    assert not privacy.may_reveal(helper, state, secret=False)
    assert privacy.sees_masked(main, state, secret=False)
