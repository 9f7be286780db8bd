"""What a partner hears of a case: in the commit of the change, in order, signed, no contacts."""

from __future__ import annotations

import json
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from yishi.foundation.exchange.delivery import deliver_to, waiting_partners
from yishi.foundation.exchange.models import Outgoing
from yishi.systems.city_events.exchange.tests.conftest import Server, Town, platform, quick_post


def test_a_case_of_its_unit_is_told_from_dispatch_to_closing(town: Town, server: Server) -> None:
    unit = town.state(town.report(lon=112.16).number).unit_id
    units_platform = platform(callback=server.url, unit=unit)
    receipt = town.report(description="垃圾，请回电13912345678", phone="13912345678", name="王某")
    town.handled(receipt.number)
    town.move(receipt.number, "close")
    now = town.now + timedelta(hours=1)
    assert waiting_partners(now) == [units_platform.partner.pk]
    assert deliver_to(units_platform.partner.pk, now, post=quick_post).sent == len(server.got)
    told = [(got.body["type"], got.body["data"]["move"]) for got in server.got]
    assert told == [
        ("case.dispatched", "dispatch"),
        ("case.moved", "sign"),
        ("case.moved", "finish"),
        ("case.replied", "confirm"),
        ("case.moved", "forward"),
        ("case.moved", "report_verification"),
        ("case.closed", "close"),
    ]
    for got in server.got:
        units_platform.check(got)
    first = server.got[0].body["data"]
    assert first["number"] == receipt.number
    assert first["due_at"] == "2026-03-10T15:00:00+08:00"
    assert "139****5678" not in first["description"] and "1391234" not in first["description"]
    assert "垃圾" in first["description"]
    everything = json.dumps([got.body for got in server.got], ensure_ascii=False)
    assert "13912345678" not in everything
    assert "王某" not in everything
    assert waiting_partners(now) == []


def test_a_partner_hears_nothing_of_other_units_and_nothing_after_the_case_left(
    town: Town, server: Server
) -> None:
    unit = town.state(town.report(lon=112.16).number).unit_id
    theirs = platform(callback=server.url, unit=unit)
    receipt = town.report()
    town.move(receipt.number, "give_back", reason="duty", note="不属于本单位职责")
    other = town.officer_unit_other_than(unit)
    town.move(receipt.number, "dispatch", unit=other)
    town.move(receipt.number, "sign")
    seen = [row.kind for row in theirs.queued() if row.case.number == receipt.number]
    assert seen == ["case.dispatched", "case.moved"]


def test_who_sent_a_case_hears_of_its_course_and_not_of_inner_words(
    town: Town, server: Server
) -> None:
    sender = platform(kind="hotline", callback=server.url)
    body = {"number": "12345-1", "type": town.RUBBISH, "description": "垃圾", **town.SPOT}
    number = sender.call("POST", "/cases", body).json()["number"]
    town.move(number, "sign")
    town.move(number, "finish", note="内部说明一")
    town.move(number, "confirm", note="已清运，请转告市民")
    now = town.now + timedelta(days=3650)
    deliver_to(sender.partner.pk, now, post=quick_post)
    told = [(got.body["data"]["move"], got.body["data"]["text"]) for got in server.got]
    assert told == [
        ("file", ""),
        ("dispatch", ""),
        ("sign", ""),
        ("finish", ""),
        ("confirm", "已清运，请转告市民"),
    ]
    assert {got.body["data"]["your_number"] for got in server.got} == {"12345-1"}
    assert "description" not in server.got[1].body["data"]


def test_no_statement_more_when_no_partner_is_concerned_and_none_when_one_is(
    town: Town, server: Server
) -> None:
    def statements(number: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            town.move(number, "sign")
        return len(queries)

    first, second, third = (town.report(lon=112.10 + n / 100) for n in range(3))
    town.move(first.number, "sign")
    alone = statements(second.number)
    platform(callback=server.url, unit=town.state(third.number).unit_id)
    town.report(lon=112.15)  # whoever looks next reads the register of partners anew
    assert statements(third.number) == alone
    assert Outgoing.objects.filter(case__number=third.number).count() == 1


def test_a_rolled_back_change_tells_nobody(town: Town, server: Server) -> None:
    unit = town.state(town.report(lon=112.16).number).unit_id
    theirs = platform(callback=server.url, unit=unit)
    receipt = town.report()
    before = len(theirs.queued())
    try:
        town.move(receipt.number, "finish", note="未签收")
    except Exception as error:
        assert type(error).__name__ == "MoveRefused"
    assert len(theirs.queued()) == before
