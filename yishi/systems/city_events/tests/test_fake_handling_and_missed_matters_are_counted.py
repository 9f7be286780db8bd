"""Fake handling and what collectors missed are counted (§S2.6 差错、漏报, 金华 scoring)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from yishi.foundation.cases.draft import MoveRefused
from yishi.systems.city_events.assessment import scoring
from yishi.systems.city_events.context import city as city_registers
from yishi.systems.city_events.tests.assessed import Made, numbers, store
from yishi.systems.city_events.tests.conftest import Town

pytestmark = pytest.mark.django_db


def test_a_verifier_who_finds_fake_handling_sends_it_back_and_it_costs_points(town: Town) -> None:
    number = town.report().number
    town.move(number, "sign")
    town.move(number, "finish", timedelta(minutes=5), note="已清运")
    town.move(number, "confirm")
    town.move(number, "forward")
    town.move(number, "report_verification", timedelta(minutes=5), result="fake", note="照片是旧的")
    with pytest.raises(MoveRefused, match="核实未通过"):
        town.move(number, "close")
    town.move(number, "rework", note="虚假处置")
    town.handled(number)
    town.move(number, "close", timedelta(minutes=5))
    found = numbers(now=town.now + timedelta(days=1))
    assert (found.numbers["faked"], found.numbers["reworked"]) == (1, 1)
    profile = scoring.published(city_registers().rulebook, town.now, "3307")
    assert profile.deductions(1, 0, found.numbers["faked"]) == Decimal("1.20")


def test_what_residents_saw_first_the_collectors_missed(city: None) -> None:
    store([Made(channel="collector"), Made(channel="collector"), Made(), Made(channel="hotline")])
    store([Made(channel="camera"), Made(channel="portal", state="voided", closed=1, reason="7")])
    found = numbers()
    assert (found.numbers["missed"], found.numbers["to_find"]) == (2, 4)
    assert found.rate("missed_rate") == Decimal("50.00")
