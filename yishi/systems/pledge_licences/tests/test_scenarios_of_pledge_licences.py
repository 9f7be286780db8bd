"""The scenarios of §S3.9 that this system answers for, under their numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from yishi.foundation.approvals import services as approvals
from yishi.foundation.cases.load import load_states
from yishi.foundation.credit import records
from yishi.foundation.credit.models import CreditRecord, NearMatch
from yishi.foundation.credit.record_models import REPAIRED
from yishi.foundation.credit.sources import Answer
from yishi.foundation.credit.tests.making import KEEPER, Live, entry, fresh_lists, person_number
from yishi.foundation.credit.tests.making import record as credit_record
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.models import Certificate
from yishi.foundation.parties.services import PartyInput, find_or_create
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences import due
from yishi.systems.pledge_licences.context import city
from yishi.systems.pledge_licences.models import Check, Composite, Licence, UnlicensedFile
from yishi.systems.pledge_licences.services import (
    beginning,
    bundles,
    checking,
    composite,
    granting,
    leaving,
    ordinary,
    screening,
    signing,
    texts,
)
from yishi.systems.pledge_licences.tests.shop import (
    CHIEF,
    NOW,
    PLACE,
    applied,
    at,
    enterprise,
    finding,
    of,
    officer,
    raw,
    regulators,
    sign,
    signed,
    state,
    system,
)

pytestmark = pytest.mark.usefixtures("city")


@pytest.mark.parametrize(
    ("uscc", "name", "code"),
    [
        ("91420600MA48X2K128", "襄阳示意商贸有限公司", ""),
        ("12420600MB1A2C3D0L", "襄阳示意事业单位", "not_market_entity"),
        ("52420600MJH5K7N26P", "襄阳示意民办非企业", "not_market_entity"),
    ],
)
def test_s3_a2_an_institution_is_no_market_entity(uscc: str, name: str, code: str) -> None:
    raw_party = PartyInput(name, uscc, "uscc")
    party, _new = find_or_create(raw_party, actor=system(), purpose="测试", now=NOW)
    if not code:
        assert signed(party).state == "pushed"
        return
    with pytest.raises(FieldError, match="不是经营主体") as refused:
        beginning.begin(of(party), raw(), NOW)
    assert (refused.value.field, refused.value.code) == ("holder", code)


@pytest.mark.parametrize(("ends", "state_"), [("2026-04-09", "pushed"), ("2026-04-10", "")])
def test_s3_a4_a_listing_that_ended_yesterday_does_not_count(ends: str, state_: str) -> None:
    party = enterprise("91420600MA48X2K128", "襄阳示例食品有限公司")
    entry(number="91420600MA48X2K128", ends_on=ends)
    case = applied(party, at("2026-04-10 09:00"))
    if state_:
        assert sign(party, case).state == state_
    else:
        assert case.state == "not_eligible"
        assert case.data["screening"]["outcome"] == "EXCLUDED"


def test_s3_a5_a_warning_is_no_bad_record_and_is_not_shown() -> None:
    party = enterprise()
    credit_record("2026-04-02", on=party, severity="light", summary="警告（简易程序）")
    assert signed(party, at("2026-04-10 09:00")).state == "pushed"
    assert not CreditRecord.objects.unscoped("test").get(party=party).visible


@pytest.mark.parametrize(
    ("when", "wanted"),
    [
        ("2025-12-31 16:00", "2026-02-28"),  # S3-A10: a worked Saturday, no roll
        ("2026-08-03 09:00", "2026-10-08"),  # S3-A11: over the National Day holidays
        ("2026-03-10 09:00", "2026-05-11"),  # a Sunday rolls
        ("2025-12-30 23:59", "2026-02-28"),
    ],
)
def test_s3_a10_and_a11_two_months_for_the_check(when: str, wanted: str) -> None:
    case = signed(enterprise(), at(when))
    task = Check.objects.unscoped("test").get(case_id=case.id)
    assert (str(task.due_on), task.provisional) == (wanted, False)


def test_past_the_calendar_the_day_of_the_check_is_provisional() -> None:
    case = signed(enterprise(), at("2026-12-01 09:00"))
    task = Check.objects.unscoped("test").get(case_id=case.id)
    assert (str(task.due_on), task.provisional) == ("2027-02-01", True)


def test_s3_a13_a_forged_lease_is_revoked_at_once() -> None:
    party = enterprise()
    case = signed(party)
    one, two = regulators(case)
    day = at("2026-05-06 10:00")
    given = finding(case, two, "false", evidence="租赁合同系伪造")
    done = checking.record_finding(one, case.number, given, day)
    assert (done.state, done.data.get("rectify_by")) == ("revoked", None)
    assert UnlicensedFile.objects.unscoped("test").get(case_id=case.id).state == "open"
    with pytest.raises(FieldError) as refused:
        beginning.begin(of(party), raw(), at("2029-05-06 23:00"))
    assert refused.value.code == "barred"
    record = CreditRecord.objects.unscoped("test").get(party=party)
    assert (record.kind, record.ground, record.in_force) == ("false_pledge", "false_pledge", True)
    other = {"licence": "food_sale", "address": "示意路8号"}
    assert applied(party, at("2026-06-01 10:00"), **other).state == "not_eligible"
    with_repair = at("2027-05-10 10:00")
    records.move(record, REPAIRED, "repaired", KEEPER, with_repair)
    assert applied(party, with_repair, **other).state == "offered"


def test_s3_a14_hazardous_chemicals_are_never_offered() -> None:
    _version, book = city().list_at(NOW)
    assert "hazchem_trade_licence" not in book.by_item
    with pytest.raises(FieldError) as refused:
        beginning.begin(of(enterprise()), raw("hazchem_trade_licence"), NOW)
    assert (refused.value.field, refused.value.code) == ("licence", "unknown")


def opened(party: Any, now: datetime = NOW, **answers: bool) -> list[Any]:
    """A convenience store with what the answers add, signed in one go."""
    fresh_lists(now)
    values = {"premises_address": "示意路1号", **CHIEF}
    wanted = {
        "trade": "convenience_store",
        "answers": answers,
        "division": PLACE,
        "values": values,
    }
    bundle = bundles.begin(of(party), wanted, now)
    raws = {}
    for case in bundle.cases:
        shown = texts.show(of(party), case.number, now)
        agreed = [key for key, _text, _when in shown.conditions]
        raws[case.number] = {"shown_hash": shown.hash, "agreed": agreed}
    done = signing.sign_all(of(party), raws, now)
    for item in bundle.items:  # what may not be pledged goes the ordinary way
        approver = officer("approver", item.unit_id)
        approvals.accept(approver, item.number, now)
        approvals.decide(approver, item.number, now, result="granted")
        approvals.issue(approver, item.number, now)
    ordinary.adopt(now)
    return [*done, *bundle.items]


def test_s3_a16_three_licences_are_one_and_one_is_none() -> None:
    party = enterprise()
    cases = opened(party, tobacco=True, big=True)
    assert [case.system for case in cases] == ["pledge_licences"] * 2 + ["approvals"]
    (one,) = composite.of_party(party)
    parts = certificates.components_of(one.certificate)
    assert len(parts) == 3 and one.certificate.version == 2
    alone = enterprise()
    (single,) = opened(alone)
    assert single.state == "pushed" and composite.of_party(alone) == []


def test_s3_a17_what_expires_leaves_the_composite(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = {"public_place_hygiene": date(2027, 3, 1)}
    monkeypatch.setattr(
        granting, "_valid_to", lambda licence, day: ends.get(licence.key, date(2030, 4, 9))
    )
    party = enterprise()
    opened(party, tobacco=True, big=True)  # tobacco by the ordinary route: 60 months
    (first,) = composite.of_party(party)
    said = [line.value for line in certificates.lines_of(first.certificate, personal=False)]
    assert sum("2027-03-01" in line for line in said) == 1
    assert sum("2030-04-09" in line for line in said) == 1
    assert sum("2031-04-09" in line for line in said) == 1
    assert due.expire(at("2027-03-01 23:59")) == 0
    assert due.expire(at("2027-03-02 00:10")) == 1
    (second,) = composite.of_party(party)
    assert second.certificate.version == first.certificate.version + 1
    assert second.certificate.supersedes_id == first.certificate.pk
    assert len(certificates.components_of(second.certificate)) == 2
    old = Certificate.objects.get(pk=first.certificate.pk)
    assert old.status == "superseded"


def test_down_to_one_the_composite_is_withdrawn_and_the_single_one_stays() -> None:
    party = enterprise()
    food, hygiene = opened(party, big=True)
    (one,) = composite.of_party(party)
    leaving.give_up(of(party), hygiene.number, at("2026-06-01 10:00"))
    assert composite.of_party(party) == []
    assert Certificate.objects.get(pk=one.certificate.pk).status == "cancelled"
    assert Certificate.objects.get(pk=food.data["certificate"]).status == "valid"
    assert Composite.objects.get(pk=one.pk).state == "withdrawn"


def test_old_firms_get_no_composite_by_themselves() -> None:
    party = enterprise()
    signed(party, licence="food_sale")
    signed(party, licence="public_place_hygiene")
    assert composite.of_party(party) == []
    signed(party, licence="otc_b_retail", trade="convenience_store")
    assert len(composite.of_party(party)) == 1


def _slow(now: datetime) -> Answer:
    raise TimeoutError


def test_s3_a19_a_source_that_times_out_is_never_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    from yishi.foundation.credit import stored

    monkeypatch.setattr(stored, "configured", lambda: [Live(answer=_slow)])
    party = enterprise()
    case = applied(party)
    assert case.state == "not_eligible"
    assert case.data["screening"]["outcome"] == "UNKNOWN"
    opened_ = leaving.to_ordinary(of(party), case.number, NOW)
    assert opened_.system == "approvals" and opened_.type_key == "public_place_hygiene"
    assert state(case.number).data["item_number"] == opened_.number


def test_a_source_that_fails_at_the_moment_of_decision_stops_the_grant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from yishi.foundation.credit import stored

    party = enterprise()
    case = applied(party)
    monkeypatch.setattr(stored, "configured", lambda: [Live(answer=_slow)])
    done = sign(party, case)
    assert done.state == "not_eligible"
    assert not Licence.objects.unscoped("test").filter(case_id=case.id).exists()
    monkeypatch.undo()
    again = screening.screen(of(party), case.number, NOW)  # it may be asked again
    assert again.state == "offered"
    assert sign(party, again).state == "pushed"


def test_s3_a20_a_namesake_with_another_number_is_only_noted() -> None:
    entry(
        name="王伟",
        number=person_number("19770707", "005"),
        number_kind="resident_id",
        person=True,
        external_id="77",
    )
    party = enterprise()
    chief = {"legal_representative": "王伟", "legal_representative_id": person_number("19900101")}
    assert signed(party, values=chief).state == "pushed"
    assert set(NearMatch.objects.values_list("state", flat=True)) <= {"DISTINCT"}


def test_s3_8_15_a_listing_after_the_decision_leaves_the_grant_and_watches_closely() -> None:
    party = enterprise()
    case = signed(party)
    assert state(case.number).data.get("delivered_at") is None
    credit_record(
        "2026-04-12", now=at("2026-04-12 10:00"), on=party, kind="listing",
        list_key="serious_market", summary="列入严重违法失信名单",
    )  # fmt: skip
    held = Licence.objects.unscoped("test").get(case_id=case.id)
    assert (held.state, held.listed_after, held.level) == ("valid", True, "key")
    assert Certificate.objects.get(pk=case.data["certificate"]).status == "valid"
    later = load_states([case.id])[0]
    assert later.data["level"] == "key" and later.state == "pushed"


def test_the_version_that_was_shown_is_signed_though_a_newer_one_came() -> None:
    party = enterprise()
    day = at("2026-03-31 23:50")
    case = applied(party, day)
    shown = texts.show(of(party), case.number, day)
    assert shown.notice.version == 1  # version 2 holds from 2026-04-01
    agreed = [key for key, _text, _when in shown.conditions]
    next_day = at("2026-04-01 00:10")
    given = {"shown_hash": shown.hash, "agreed": agreed}
    done = signing.sign(of(party), case.number, given, next_day)
    assert done.data["shown"]["notice"]["version"] == 1


def test_profiles_of_the_check() -> None:
    """60 working days, 20 working days, and none: no clock, no task's day."""
    version, book = city().list_at(NOW)
    wanted = {"sixty_wd": 60, "twenty_wd": 20}
    calendar = city().base.calendar
    for profile, days in wanted.items():
        key = next(k for k, one in book.licences.items() if one.check.profile == profile)
        limit = replace(book.profiles[profile]).limit
        assert limit == f"{days}工作日" and key
        from yishi.foundation.calendars.limits import parse_limit

        due_ = calendar.due(NOW, parse_limit(limit, "licence"))
        assert due_.day == calendar.add_wd(NOW.date(), days).day
    assert version
