"""Repairs that go other ways: corrections, refusals, objections, extensions, other bodies."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.models import Trace
from yishi.foundation.credit import records
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.repair import due as dues
from yishi.foundation.credit.repair import services
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.applying import Application, Ruling, apply
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
    unit,
)
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.models import Decision

pytestmark = pytest.mark.usefixtures("city")
FIRE = "fire_rescue"
RULING = Ruling("襄阳市中级人民法院", "（2026）鄂06破3号", date(2026, 9, 1))


def test_without_a_pledge_nothing_is_accepted() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    _root, (case,) = hand_in(party, "2026-09-01", one, pledge=False)
    assert (case.state, codes(case)) == ("not_accepted", ["NO_PLEDGE"])


def test_what_is_not_known_waits_for_the_body_to_find_out() -> None:
    party = enterprise()
    one = record(party, "2026-05-20")
    _root, (case,) = hand_in(party, "2026-09-01", one)
    assert (case.state, codes(case)) == ("received", ["DUTY_UNKNOWN"])
    with pytest.raises(MoveRefused, match="尚不清楚"):
        do(body(), case, "accept", "2026-09-01")
    case = do(body(), case, "accept", "2026-09-01", duty_done_on="2026-06-10")
    assert (case.state, codes(case)) == ("checking", [])
    assert (again(one).duty_done_on, again(one).duty_open) == (date(2026, 6, 10), False)
    assert do(body(), case, "repair", "2026-09-02").state == "repaired"


def test_what_is_known_to_be_undone_goes_to_the_body_when_the_applicant_says_otherwise() -> None:
    party = enterprise()
    unpaid = record(party, "2026-05-20", unpaid=True)
    said = {unpaid.number: date(2026, 8, 30)}
    _root, (case,) = hand_in(party, "2026-09-01", unpaid, declared=said)
    assert (case.state, codes(case)) == ("received", ["DUTY_UNKNOWN"])
    assert case.data["declared_on"] == "2026-08-30"


def test_the_conditions_are_kept_as_decisions_that_answer_for_themselves() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", unpaid=True)
    _root, (case,) = hand_in(party, "2026-06-01", one)
    rows = Decision.objects.filter(subject_kind="case", subject_id=case.id)
    found = rows.order_by("id").last()
    assert found is not None and found.outcome == "false"
    assert found.conditions["MIN_PERIOD"] == "false"
    assert found.conditions["DUTY_NOT_DONE"] == "false"
    assert found.facts["earliest"] == "2026-08-21"


def test_each_body_decides_only_what_it_recorded() -> None:
    party = enterprise()
    ours = record(party, "2026-05-20", done="2026-06-01")
    theirs = record(party, "2026-05-21", done="2026-06-01", unit_id=unit(FIRE), authority="消防")
    root, (first, second) = hand_in(party, "2026-09-01", ours, theirs)
    assert (first.unit_id, second.unit_id) == (unit(), unit(FIRE))
    with pytest.raises(CaseNotFound):
        do(body(), second, "accept", "2026-09-01")
    do(body(), first, "accept", "2026-09-01")
    do(body(), first, "repair", "2026-09-01")
    assert stored(root).state == "forwarded"
    do(body(unit(FIRE)), second, "not_accept", "2026-09-02", reason="INCOMPLETE", note="缺凭证")
    assert (stored(root).state, stored(root).outcome) == ("answered", "some")
    assert again(theirs).state == "PUBLISHED"


def test_a_body_of_another_place_is_reached_through_the_window() -> None:
    party = enterprise()
    far = record(party, "2026-05-20", done="2026-06-01", unit_id=None, authority="某省某市局")
    root, (case,) = hand_in(party, "2026-09-01", far)
    assert (case.state, root.state) == ("forwarding", "submitted")
    case = do(
        keeper(), case, "answer_outside", "2026-09-07", result="repaired", document_no="外修1号"
    )
    assert (case.state, again(far).state) == ("repaired", "REPAIRED")
    assert stored(root).outcome == "all"


def test_the_window_forwards_to_a_body_of_this_city() -> None:
    party = enterprise()
    lost = record(party, "2026-05-20", done="2026-06-01", unit_id=None)
    root, (case,) = hand_in(party, "2026-09-01", lost)
    case = do(keeper(), case, "forward", "2026-09-01", unit=unit(FIRE))
    assert (case.state, case.unit_id) == ("received", unit(FIRE))
    assert stored(root).state == "forwarded"
    assert do(body(unit(FIRE)), case, "accept", "2026-09-02").state == "checking"


def test_gaps_are_told_once_and_the_window_waits_meanwhile() -> None:
    party = enterprise()
    one = record(party, "2026-05-20")
    root, (case,) = hand_in(party, "2026-09-07", one)
    case = do(body(), case, "tell_gaps", "2026-09-08", note="缴款凭证\n整改照片")
    clock = stored(root).clock(s.ANSWER)
    assert clock is not None and clock.paused_at is not None
    case = do(applicant(party), case, "correct", "2026-09-11", declared_on="2026-08-20", note="补")
    assert case.state == "received"
    assert due(case, s.ACCEPT) == "2026-09-16"
    clock = stored(root).clock(s.ANSWER)
    assert clock is not None and clock.paused_at is None
    with pytest.raises(MoveRefused, match="一次性告知"):
        do(body(), case, "tell_gaps", "2026-09-14", note="还要")


def test_what_is_not_corrected_in_time_counts_as_withdrawn() -> None:
    party = enterprise()
    one = record(party, "2026-05-20")
    root, (case,) = hand_in(party, "2026-09-07", one)
    do(body(), case, "tell_gaps", "2026-09-08", note="缴款凭证")
    assert dues.run_due(at("2026-09-09")) == 0
    assert dues.run_due(at("2026-10-15")) == 1
    assert (stored(case).state, stored(root).state) == ("withdrawn", "withdrawn")
    with pytest.raises(MoveRefused):
        do(applicant(party), case, "correct", "2026-10-16")
    _root, (new,) = hand_in(party, "2026-10-16", one)
    assert new.state == "received"


def test_an_extension_is_allowed_once_and_moves_the_windows_answer_too() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    root, (case,) = hand_in(party, "2026-11-02", one)
    before = due(root, s.ANSWER)
    case = do(body(), case, "accept", "2026-11-03")
    first = due(case, s.DECIDE)
    case = do(body(), case, "extend", "2026-11-04", note="需要函询")
    assert due(case, s.DECIDE) > first
    assert due(stored(root), s.ANSWER) > before
    with pytest.raises(MoveRefused, match="不能再延"):
        do(body(), case, "extend", "2026-11-05", note="再延")


def test_a_refusal_can_be_objected_to_once_and_reopened() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    _root, (case,) = hand_in(party, "2026-09-01", one)
    do(body(), case, "accept", "2026-09-01")
    do(body(), case, "refuse", "2026-09-02", reason="FALSE_MATERIAL", note="凭证存疑")
    case = do(applicant(party), case, "object", "2026-09-03", note="凭证属实")
    assert (case.state, case.closed_at) == ("objecting", None)
    case = do(body(), case, "answer_objection", "2026-09-04", result="reopened", note="重审")
    assert (case.state, case.outcome) == ("checking", "")
    assert do(body(), case, "repair", "2026-09-07").state == "repaired"
    assert again(one).state == "REPAIRED"


def test_a_kept_refusal_stays_and_is_not_objected_to_again() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    _root, (case,) = hand_in(party, "2026-09-01", one)
    do(body(), case, "not_accept", "2026-09-01", reason="INCOMPLETE", note="缺凭证")
    do(applicant(party), case, "object", "2026-09-03", note="已交")
    case = do(body(), case, "answer_objection", "2026-09-04", result="kept", note="没有收到")
    assert (case.state, case.outcome) == ("not_accepted", "not_accepted")
    with pytest.raises(MoveRefused, match="已提出过异议"):
        do(applicant(party), case, "object", "2026-09-05", note="再异议")


def test_an_objection_does_not_run_beside_a_new_application() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    _root, (case,) = hand_in(party, "2026-09-01", one)
    do(body(), case, "not_accept", "2026-09-01", reason="INCOMPLETE", note="缺凭证")
    hand_in(party, "2026-09-02", one)
    with pytest.raises(MoveRefused, match="另有办理中"):
        do(applicant(party), case, "object", "2026-09-03", note="已交")
    assert stored(case).state == "not_accepted"


def test_a_record_has_one_open_application() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    hand_in(party, "2026-09-01", one)
    _root, (second,) = hand_in(party, "2026-09-02", one)
    assert (second.state, codes(second)) == ("not_accepted", ["PENDING"])


def test_an_application_is_taken_back_with_all_that_is_undecided() -> None:
    party = enterprise()
    first = record(party, "2026-05-20", done="2026-06-01")
    second = record(party, "2026-05-21", done="2026-06-01")
    root, (one, two) = hand_in(party, "2026-09-01", first, second)
    do(body(), one, "accept", "2026-09-01")
    do(body(), one, "repair", "2026-09-01")
    services.withdraw(applicant(party), root.number, "不办了", at("2026-09-02"))
    assert (stored(one).state, stored(two).state) == ("repaired", "withdrawn")
    assert stored(root).state == "answered"
    with pytest.raises(MoveRefused):
        services.withdraw(applicant(party), root.number, "", at("2026-09-03"))


def test_nobody_applies_for_the_records_of_another() -> None:
    party, other = enterprise(), enterprise("襄阳模拟建筑有限公司")
    one = record(party, "2026-05-20", done="2026-06-01")
    with pytest.raises(FieldError) as refused:
        apply(applicant(other), Application(other, (one.number,), True), at("2026-09-01"))
    assert refused.value.field == "records"


@pytest.mark.parametrize(
    ("numbers", "code"),
    [((), "required"), (("XY-NONE",), "unknown"), (tuple(f"X{n}" for n in range(31)), "too_many")],
)
def test_bad_applications_name_their_field(numbers: tuple[str, ...], code: str) -> None:
    party = enterprise()
    with pytest.raises(FieldError) as refused:
        apply(applicant(party), Application(party, numbers, True), at("2026-09-01"))
    assert (refused.value.field, refused.value.code) == ("records", code)


def test_an_officer_of_another_unit_does_not_see_it() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    _root, (case,) = hand_in(party, "2026-09-01", one)
    stranger = Actor("user", "user:9", "", (ActorGrant(s.BODY, unit(FIRE), ""),))
    with pytest.raises(CaseNotFound):
        do(stranger, case, "accept", "2026-09-01")
    with pytest.raises(CaseNotFound):
        do(applicant(enterprise("襄阳模拟路人有限公司")), case, "withdraw", "2026-09-01")


def test_a_shield_covers_nothing_that_came_after_the_ruling() -> None:
    party = enterprise()
    before = record(party, "2026-08-01", unpaid=True)
    after = record(party, "2026-09-05", unpaid=True)
    root, (first, second) = hand_in(party, "2026-09-10", before, after, ruling=RULING)
    assert (first.state, second.state) == ("received", "not_accepted")
    assert codes(second) == ["AFTER_RULING"]
    do(body(), first, "shield", "2026-09-10")
    assert stored(root).outcome == "some"
    with pytest.raises(MoveRefused):
        do(body(), stored(first), "accept", "2026-09-11")


def test_a_plan_that_fails_after_the_longest_period_does_not_bring_a_done_record_back() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    root, (case,) = hand_in(party, "2026-09-10", one, ruling=RULING)
    do(body(), case, "shield", "2026-09-10")
    raw = {"on": "2027-06-01", "document_no": "之二"}
    services.end_shields(keeper(), root.number, "plan_failed", raw, at("2027-06-01"))
    assert (again(one).state, again(one).visible) == ("ENDED", False)


def test_only_the_window_ends_shields() -> None:
    party = enterprise()
    one = record(party, "2026-05-20")
    root, (case,) = hand_in(party, "2026-09-10", one, ruling=RULING)
    do(body(), case, "shield", "2026-09-10")
    raw = {"on": "2027-02-01", "document_no": "之二"}
    with pytest.raises((MoveRefused, CaseNotFound)):
        services.end_shields(applicant(party), root.number, "plan_done", raw, at("2027-02-01"))
    assert again(one).state == "SHIELDED"


def test_a_revoked_light_record_does_not_become_public() -> None:
    party = enterprise()
    light = record(party, "2026-06-01", "light", done="2026-06-05")
    _root, (case,) = hand_in(party, "2026-06-05", light)
    case = do(body(), case, "revoke", "2026-07-01", note="凭证系伪造")
    assert (again(light).state, again(light).visible) == ("UNPUBLISHED", False)
    case = do(body(), case, "not_flag", "2026-07-02", note="情节轻微")
    assert case.state == "not_flagged"


def test_a_revoked_repair_may_be_applied_for_again_once_the_duties_are_done() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    case = repaired(party, one, "2026-09-01")
    do(body(), case, "revoke", "2026-10-20", note="凭证系伪造")
    _root, (second,) = hand_in(party, "2026-10-21", one)
    assert codes(second) == ["DUTY_NOT_DONE"]
    records.note_duty(again(one), keeper(), at("2026-10-22"), done_on=date(2026, 10, 22))
    _root, (third,) = hand_in(party, "2026-10-23", one)
    assert third.state == "received"


def test_a_court_listing_is_not_repaired_here() -> None:
    party = enterprise()
    debtor = record(
        party, "2026-05-20", "serious", kind="listing", list_key="judgment_debtor",
        authority="襄阳市樊城区人民法院", done="2026-06-01",
    )  # fmt: skip
    _root, (case,) = hand_in(party, "2027-08-01", debtor)
    assert case.state == "not_accepted" and "OTHER_ROUTE" in codes(case)


def test_an_abnormal_listing_has_no_least_period() -> None:
    party = enterprise()
    one = record(party, "2026-07-01", kind="abnormal", done="2026-07-05")
    _root, (case,) = hand_in(party, "2026-07-06", one)
    assert do(body(), case, "accept", "2026-07-06").state == "checking"


def test_a_record_past_its_longest_period_is_repaired_when_its_duties_are_done() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", unpaid=True, profile="market_supervision")
    _root, (case,) = hand_in(party, "2029-06-01", one, declared={one.number: date(2029, 5, 31)})
    case = do(body(), case, "accept", "2029-06-01", duty_done_on="2029-05-31")
    assert do(body(), case, "repair", "2029-06-02").state == "repaired"
    assert again(one).state == "REPAIRED"


def test_what_is_repaired_has_nothing_left_to_repair() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    repaired(party, one, "2026-09-01")
    _root, (case,) = hand_in(party, "2026-09-03", one)
    assert codes(case) == ["NOTHING_TO_REPAIR"]


def test_record_and_case_change_together_or_not_at_all() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    case = repaired(party, one, "2026-09-01")
    do(body(), case, "revoke", "2026-10-20", note="凭证系伪造")
    traces = Trace.objects.unscoped("test").filter(case_id=case.id).count()
    with pytest.raises(FieldError) as refused, transaction.atomic():
        do(
            body(), case, "flag", "2026-10-27", document_no="信1号",
            document_date="2026-10-26", note="字" * 401,
        )  # fmt: skip
    assert refused.value.field == "note"
    assert Trace.objects.unscoped("test").filter(case_id=case.id).count() == traces
    assert stored(case).state == "revoked"
    assert not CreditRecord.objects.unscoped("test").filter(kind="false_repair").exists()


@pytest.mark.parametrize(
    ("move", "raw", "field"),
    [
        ("accept", {"duty_done_on": "2026-09-30"}, "duty_done_on"),
        ("accept", {"duty_done_on": "2026-05-01"}, "duty_done_on"),
        ("accept", {"duty_done_on": "昨天"}, "duty_done_on"),
        ("accept", {"surprise": 1}, "surprise"),
        ("not_accept", {"reason": "BECAUSE", "note": "x"}, "reason"),
        ("not_accept", {"reason": "INCOMPLETE"}, "note"),
        ("receive", {}, "move"),
        ("turn_down", {}, "move"),
        ("fly", {}, "move"),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(
    move: str, raw: dict[str, object], field: str
) -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    _root, (case,) = hand_in(party, "2026-09-01", one)
    with pytest.raises(FieldError) as refused:
        services.advance(body(), case.number, move, raw, at("2026-09-02"))
    assert refused.value.field == field
    assert stored(case).version == case.version
