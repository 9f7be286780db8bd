"""12345 tickets (S2-A14): a reply limit of five working days, printed, extended with approval."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.state import CaseState, ClockState
from yishi.systems.city_events import moves
from yishi.systems.city_events.hotline.tickets import TICKET
from yishi.systems.city_events.tests.conftest import CITY_TIME, Town, at
from yishi.systems.city_events.tests.office import Office


def called(town: Town, when: str = "2026-04-29 15:20", lon: float = 112.142) -> str:
    town.now = at(when)
    return town.report(channel="hotline", lon=lon).number


def clock(state: CaseState) -> ClockState:
    found = state.last_clock(TICKET)
    assert found is not None
    return found


def day(moment: datetime) -> date:
    return moment.astimezone(CITY_TIME).date()


def extend(town: Town, number: str, when: str, role: str = "dispatcher") -> CaseState:
    actor = town.officer(role)
    facts = {"note": "需要协调两个单位"}
    return moves.advance(actor, number, "extend_ticket", facts, at(when))


def close(town: Town, number: str, when: str) -> CaseState:
    town.now = at(when) - timedelta(minutes=25)
    town.handled(number)
    return town.move(number, "close", when)


def test_s2_a14_a_ticket_is_due_after_five_working_days_and_extended_by_as_many(
    town: Town,
) -> None:
    number = called(town)
    assert day(clock(town.state(number)).due_at) == date(2026, 5, 9)
    extended = extend(town, number, "2026-05-08 10:00")
    assert day(clock(extended).due_at) == date(2026, 5, 15)
    closed = close(town, number, "2026-05-11 09:00")
    assert clock(closed).late is False


def test_s2_a14_without_approval_a_closing_on_05_11_is_late(town: Town) -> None:
    number = called(town)
    assert clock(close(town, number, "2026-05-11 09:00")).late is True


def test_an_extension_comes_once_before_the_end_and_from_the_centre(town: Town) -> None:
    number = called(town)
    with pytest.raises(MoveRefused):
        extend(town, number, "2026-05-08 10:00", role="acceptor")
    extend(town, number, "2026-05-08 10:00", role="duty_leader")
    with pytest.raises(MoveRefused, match="已满"):
        extend(town, number, "2026-05-08 11:00")
    late = called(town, "2026-04-29 16:00", lon=112.150)
    with pytest.raises(MoveRefused, match="已过"):
        extend(town, late, "2026-05-11 08:00")


def test_only_sources_that_promise_have_a_ticket(town: Town) -> None:
    for channel in ("portal", "collector", "camera"):
        confidence = 0.93 if channel == "camera" else None
        number = town.report(channel=channel, confidence=confidence).number
        assert town.state(number).last_clock(TICKET) is None


def test_the_limit_of_a_source_is_a_dated_parameter(town: Town) -> None:
    from yishi.foundation import revisions
    from yishi.foundation.rulebook.models import Parameter

    old = Parameter.objects.get(name="ticket_limit_hotline")
    old.effective_to = date(2026, 4, 30)
    old.save()
    Parameter.objects.create(
        name=old.name,
        declaration=old.declaration,
        value="2工作日",
        effective_from=date(2026, 5, 1),
        created_at=town.now,
    )
    revisions.bump("rulebook")
    assert day(clock(town.state(called(town))).due_at) == date(2026, 5, 9)
    later = town.state(called(town, "2026-05-11 09:00"))
    assert (clock(later).limit_text, day(clock(later).due_at)) == ("2工作日", date(2026, 5, 13))


def test_an_earlier_promise_binds_where_tickets_are_merged(town: Town) -> None:
    first = called(town)
    town.now = at("2026-04-30 09:00")
    second = town.report(channel="hotline", lon=112.1421)
    state = town.state(first)
    if second.merged:
        assert len([c for c in state.clocks if c.kind == TICKET]) == 1
    assert day(clock(state).due_at) == date(2026, 5, 9)


def test_a_reopened_ticket_promises_anew_and_the_old_fact_stays(town: Town) -> None:
    number = called(town)
    close(town, number, "2026-05-11 09:00")
    state = town.move(number, "reopen", "2026-05-11 10:00", note="没有解决")
    assert [c.late for c in state.clocks if c.kind == TICKET] == [True, None]
    assert clock(state).due_at > at("2026-05-11 10:00")


def test_every_end_stops_the_ticket(town: Town) -> None:
    number = called(town)
    town.now = at("2026-04-29 15:25")
    state = town.state(number)
    assert state.clock(TICKET) is not None
    unclear = town.report(channel="hotline", type=None, description="说不清的事情").number
    facts = {"reason": "5", "note": "不属于职责"}
    voided = moves.advance(town.officer("acceptor"), unclear, "reject", facts, town.now)
    assert voided.clock(TICKET) is None


def test_the_deadline_stands_on_the_ticket(city: None) -> None:
    office = Office()
    receipt = office.report("hotline", appeal="complaint", name="张先生", phone="13912345678")
    from yishi.systems.city_events.models import Report

    report = Report.objects.unscoped("test").get(case__number=receipt.number)
    path = f"/desk/cases/{receipt.number}/reports/{report.pk}/ticket/"
    page = office.client("hotline").get(path).content.decode()
    assert "答复期限" in page
    assert "139****5678" in page
    assert "13912345678" not in page
    elsewhere = office.client("hotline", scope="4206/420602")
    assert elsewhere.get(path).status_code == 404


def test_who_blows_the_whistle_is_secret_without_asking(city: None) -> None:
    office = Office()
    number = office.report("hotline", appeal="tipoff", name="某人", phone="13912345678").number
    assert office.state(number).secret


def test_the_unit_notes_once_a_round_that_it_got_in_touch(town: Town) -> None:
    number = called(town)
    town.move(number, "sign", timedelta(minutes=5))
    state = town.move(number, "contact_caller", timedelta(minutes=5))
    assert state.data["contacted_at"] == town.now.isoformat()
    with pytest.raises(MoveRefused, match="已登记"):
        town.move(number, "contact_caller", timedelta(minutes=5))
    assert timezone.is_aware(town.now)
