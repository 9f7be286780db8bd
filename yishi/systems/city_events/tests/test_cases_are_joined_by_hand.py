"""并案 by hand: the reports of one case go on in another; hot issues count them all."""

from __future__ import annotations

import pytest

from yishi.foundation.access.actors import PUBLIC
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.models import IntakeKey
from yishi.foundation.cases.verify import verify_traces
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import hot, joining, merging
from yishi.systems.city_events.context import city
from yishi.systems.city_events.intake import report
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tests.conftest import Town
from yishi.systems.city_events.tracking_view import track

pytestmark = pytest.mark.django_db
FAR = {"lon": 112.1520, "lat": 32.0600}


def two(town: Town) -> tuple[str, str, str]:
    """The numbers of two open cases, and the tracking code of the first's reporter."""
    one = town.report(phone="13800138000", external_id="one")
    other = town.report(phone="13900139000", **FAR)
    assert one.number != other.number
    return one.number, other.number, one.tracking_code


def test_everybody_is_answered_by_the_case_that_goes_on(town: Town) -> None:
    number, into, code = two(town)
    before = town.state(into)
    case = joining.join(town.officer("acceptor"), number, into, "同一堆垃圾", town.now)
    assert case.number == into
    assert case.data["reports"] == 2
    assert len(case.data["contacts"]) == len(before.data["contacts"]) + 1
    ended = town.state(number)
    assert (ended.state, ended.stage, ended.outcome) == ("voided", "void", "joined")
    assert ended.data["joined"] == into
    assert not any(clock.running for clock in ended.clocks)
    progress = track(code)
    assert progress is not None and progress.case.number == into
    assert Report.objects.unscoped("test").filter(case__number=into).count() == 2
    assert all(not faults for _, faults in verify_traces())


def test_a_repeated_key_leads_to_the_case_that_goes_on(town: Town) -> None:
    number, into, _ = two(town)
    joining.join(town.officer("acceptor"), number, into, "同一堆垃圾", town.now)
    key = IntakeKey.objects.get(channel="portal", key="one")
    assert key.answer["number"] == into
    raw = {
        "type": town.RUBBISH,
        "description": "生活垃圾堆在路边没人清运",
        "external_id": "one",
        "phone": "13800138000",
        **town.SPOT,
    }
    again = report(PUBLIC, raw, "portal", town.now)
    assert (again.replayed, again.number) == (True, into)


def test_a_wrong_join_is_undone_report_by_report(town: Town) -> None:
    number, into, _ = two(town)
    acceptor = town.officer("acceptor")
    joining.join(acceptor, number, into, "同一堆垃圾", town.now)
    came = Report.objects.unscoped("test").get(case__number=into, external_id="one")
    new = merging.unmerge(acceptor, into, came.pk, town.now)
    assert new.number not in (number, into)
    assert town.state(into).data["reports"] == 1


@pytest.mark.parametrize("into", ["same", "unknown", "closed"])
def test_only_another_open_case_goes_on(town: Town, into: str) -> None:
    number, other, _ = two(town)
    if into == "closed":
        town.handled(other)
        town.move(other, "close")
    target = {"same": number, "unknown": "XY000", "closed": other}[into]
    with pytest.raises(FieldError) as refused:
        joining.join(town.officer("acceptor"), number, target, "同一件事", town.now)
    assert refused.value.field == "into"
    assert town.state(number).state == "assigned"


def test_whoever_handles_already_is_not_passed_over(town: Town) -> None:
    number, into, _ = two(town)
    town.move(number, "sign")
    with pytest.raises(MoveRefused):
        joining.join(town.officer("acceptor"), number, into, "同一件事", town.now)
    with pytest.raises(MoveRefused):
        joining.join(town.officer("dispatcher"), into, number, "同一件事", town.now)


def test_hot_issues_count_reports_merged_or_not(town: Town) -> None:
    for n in range(4):
        town.report(description="垃圾没人收", lat=32.05 + n * 1e-5)
    town.report(**FAR)
    _, catalogue = city().catalogue(town.now)
    label = city().register.label
    leader = town.officer("duty_leader")
    (found,) = hot.groups(leader, catalogue, label, town.now, 7, 4).groups
    assert (found.type_key, found.reports) == (town.RUBBISH, 4)
    assert found.cases < 4
    members = hot.members(leader, found.type_key, found.division, town.now, 7)
    assert sum(case.data["reports"] for case in members) == 4
    assert hot.groups(leader, catalogue, label, town.now, 7, 6).groups == []
    foreign = town.officer("duty_leader", scope="4206/420602")
    assert hot.groups(foreign, catalogue, label, town.now, 7, 1).groups == []
