"""The acceptance scenarios of credit repair (S3.9 and S8, §5.9), under their numbers."""

from __future__ import annotations

from datetime import date

import pytest

from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.credit import effects
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.repair import services
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.applying import Ruling
from yishi.foundation.credit.repair.models import RepairedRecord, Shield
from yishi.foundation.credit.repair.tests.support import (
    again,
    applicant,
    at,
    body,
    codes,
    do,
    due,
    enterprise,
    hand_in,
    keeper,
    record,
    repaired,
    stored,
)

pytestmark = pytest.mark.usefixtures("city")
RULING = Ruling("襄阳市中级人民法院", "（2026）鄂06破3号", date(2026, 9, 1))


def test_s3_a7_a_serious_listing_is_repaired_after_a_year_at_the_earliest() -> None:
    party = enterprise()
    listing = record(
        party, "2026-04-10", "serious", kind="listing", list_key="serious_safety",
        authority="樊城区应急管理局", done="2026-09-01",
    )  # fmt: skip
    _root, (early,) = hand_in(party, "2026-09-02", listing)
    assert (early.state, codes(early)) == ("not_accepted", ["MIN_PERIOD"])
    assert early.data["earliest"] == "2027-04-10"
    _root, (later,) = hand_in(party, "2027-04-10", listing)
    assert later.state == "received"
    assert do(body(), later, "accept", "2027-04-10").state == "checking"
    assert listing.max_end in (date(2029, 4, 9), date(2029, 4, 10))


def test_s3_a8_an_unpaid_fine_is_not_repaired_though_the_period_is_over() -> None:
    party = enterprise()
    unpaid = record(party, "2026-04-10", fine_fen=500_000, unpaid=True)
    _root, (case,) = hand_in(party, "2026-09-01", unpaid)
    assert (case.state, codes(case)) == ("not_accepted", ["DUTY_NOT_DONE"])


def test_s8_01_a_general_record_is_accepted_from_the_day_after_three_months() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    _root, (early,) = hand_in(party, "2026-08-20", one)
    assert (early.state, codes(early)) == ("not_accepted", ["MIN_PERIOD"])
    assert early.data["earliest"] == "2026-08-21"
    _root, (case,) = hand_in(party, "2026-08-21", one)
    assert do(body(), case, "accept", "2026-08-21").state == "checking"
    assert one.max_end == date(2027, 5, 20)


def test_s8_02_three_months_from_the_end_of_november_end_with_february() -> None:
    party = enterprise()
    one = record(party, "2025-11-30", done="2025-12-10", profile="market_supervision")
    _root, (early,) = hand_in(party, "2026-02-28", one)
    assert early.data["earliest"] == "2026-03-01"
    _root, (case,) = hand_in(party, "2026-03-01", one)
    assert case.state == "received"


def test_s8_04_a_light_record_is_never_public_and_repaired_once_its_duties_are_done() -> None:
    party = enterprise()
    light = record(party, "2026-06-01", "light", unpaid=True)
    assert (light.state, light.visible) == ("UNPUBLISHED", False)
    _root, (early,) = hand_in(party, "2026-06-04", light)
    assert codes(early) == ["DUTY_NOT_DONE"]
    from yishi.foundation.access.actors import SYSTEM
    from yishi.foundation.credit import records

    records.note_duty(light, SYSTEM, at("2026-06-05 08:00"), done_on=date(2026, 6, 5))
    root, (case,) = hand_in(party, "2026-06-05", light)
    assert (case.state, case.outcome) == ("repaired", "repaired")
    assert (root.state, root.outcome) == ("answered", "all")
    assert (again(light).state, again(light).visible) == ("REPAIRED", False)


def test_s8_05_the_clocks_of_an_application_before_the_national_day() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01", profile="market_supervision")
    root, (case,) = hand_in(party, "2026-09-28", one)
    assert due(case, s.ACCEPT) == "2026-10-08"
    assert due(root, s.ANSWER) == "2026-10-16"
    case = do(body(), case, "accept", "2026-10-08")
    assert due(case, s.DECIDE) == "2026-10-16"
    assert do(body(), case, "repair", "2026-10-16 23:00").timeliness == "on_time"
    assert stored(root).timeliness == "on_time"


def test_s8_07_the_rule_of_the_day_of_the_application_decides() -> None:
    party = enterprise()
    one = record(party, "2025-09-01", done="2025-10-01", profile="market_supervision")
    _root, (first,) = hand_in(party, "2025-12-20", one)
    assert codes(first) == ["MIN_PERIOD"]
    assert first.data["earliest"] == "2026-03-02"
    _root, (second,) = hand_in(party, "2026-01-05", one)
    case = do(body(), second, "accept", "2026-01-05")
    clock = case.clock(s.DECIDE)
    assert clock is not None and clock.limit_text == "7工作日"


def test_s8_08_each_record_of_one_application_is_decided_for_itself() -> None:
    party = enterprise()
    ready = record(party, "2026-05-20", done="2026-06-01")
    young = record(party, "2026-08-01", done="2026-08-10")
    unpaid = record(party, "2026-05-21", unpaid=True)
    root, cases = hand_in(party, "2026-09-01", ready, young, unpaid)
    assert [one.state for one in cases] == ["received", "not_accepted", "not_accepted"]
    assert [codes(one) for one in cases[1:]] == [["MIN_PERIOD"], ["DUTY_NOT_DONE"]]
    do(body(), cases[0], "accept", "2026-09-01")
    do(body(), cases[0], "repair", "2026-09-02")
    assert (stored(root).state, stored(root).outcome) == ("answered", "some")
    assert [again(one).state for one in (ready, young, unpaid)] == [
        "REPAIRED",
        "PUBLISHED",
        "PUBLISHED",
    ]
    shown = CreditRecord.objects.unscoped("test").filter(party=party, visible=True)
    assert shown.count() == 2


def test_s8_10_a_shield_rests_the_record_and_ends_when_the_plan_fails() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", "serious", kind="listing", list_key="serious_tax",
                 authority="税务局")  # fmt: skip
    before = one.max_end
    assert effects.in_force(party, "key_supervision", at("2026-08-31"))
    root, (case,) = hand_in(party, "2026-09-01", one, ruling=RULING)
    case = do(body(), case, "shield", "2026-09-01")
    assert (case.state, stored(root).outcome) == ("shielded", "all")
    assert (again(one).state, again(one).visible) == ("SHIELDED", False)
    assert effects.in_force(party, "key_supervision", at("2026-09-02")) == []
    raw = {"on": "2027-02-01", "document_no": "（2026）鄂06破3号之二"}
    services.end_shields(keeper(), root.number, "plan_failed", raw, at("2027-02-01"))
    assert stored(case).state == "shield_ended"
    assert (again(one).state, again(one).max_end) == ("PUBLISHED", before)
    assert effects.in_force(party, "key_supervision", at("2027-02-02"))
    shield = Shield.objects.unscoped("test").get(record=one)
    assert (shield.ended_how, shield.ended_on) == ("failed", date(2027, 2, 1))


def test_s8_10_a_shield_is_final_after_the_plan_is_carried_out() -> None:
    party = enterprise()
    one = record(party, "2026-05-20")
    root, (case,) = hand_in(party, "2026-09-01", one, ruling=RULING)
    do(body(), case, "shield", "2026-09-01")
    raw = {"on": "2026-12-01", "document_no": "（2026）鄂06破3号之三"}
    services.end_shields(keeper(), root.number, "plan_done", raw, at("2026-12-01"))
    assert (stored(case).state, again(one).state) == ("repaired", "REPAIRED")


def test_s8_11_a_false_pledge_is_revoked_published_again_and_leads_to_a_serious_record() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    before = one.max_end
    case = repaired(party, one, "2026-09-01")
    assert (again(one).state, again(one).visible, again(one).in_force) == (
        "REPAIRED",
        False,
        False,
    )
    case = do(body(), case, "revoke", "2026-10-20", note="缴款凭证系伪造")
    assert (case.state, case.outcome) == ("revoked", "revoked")
    found = again(one)
    assert (found.state, found.visible, found.in_force) == ("REVOKED", True, True)
    assert (found.max_end, found.duty_done_on) == (before, None)
    assert case.duty(s.FLAG) is not None and case.clock(s.FLAGGING) is not None
    case = do(
        body(),
        case,
        "flag",
        "2026-10-27",
        document_no="樊市监信〔2026〕9号",
        document_date="2026-10-26",
        note="在信用修复中提交伪造的缴款凭证",
    )
    assert case.state == "flagged"
    serious = CreditRecord.objects.unscoped("test").get(kind="false_repair")
    assert (serious.severity, serious.state, serious.party_id) == (
        "serious",
        "PUBLISHED",
        party.pk,
    )
    assert effects.in_force(party, "closes_pledge_route", at("2026-10-28"))


def test_an_applicant_cannot_decide_on_its_own_record() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    _root, (case,) = hand_in(party, "2026-09-01", one)
    with pytest.raises(MoveRefused):
        do(applicant(party), case, "accept", "2026-09-01")
    assert RepairedRecord.objects.unscoped("test").get(case_id=case.id).open
