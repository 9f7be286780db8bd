"""Two officers look whether a promise is kept: met, not met and false are different things."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.limits import parse_limit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.models import Certificate
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences import due
from yishi.systems.pledge_licences.context import city
from yishi.systems.pledge_licences.models import Bar, Check, Finding, Licence, UnlicensedFile
from yishi.systems.pledge_licences.services import beginning, checking, leaving
from yishi.systems.pledge_licences.tests.shop import (
    NOW,
    applied,
    at,
    enterprise,
    finding,
    of,
    raw,
    regulators,
    sign,
    signed,
    state,
)

pytestmark = pytest.mark.usefixtures("city")


def test_met_is_archived_and_the_regulator_was_in_time() -> None:
    case = signed(enterprise())
    one, two = regulators(case)
    checking.receipt(one, case.number, NOW)
    done = checking.record_finding(one, case.number, finding(case, two), at("2026-05-20 10:00"))
    assert (done.state, done.timeliness) == ("qualified", "on_time")
    task = Check.objects.unscoped("test").get(case_id=case.id)
    assert task.state == Check.DONE


def test_one_officer_is_not_enough() -> None:
    case = signed(enterprise())
    one, _two = regulators(case)
    for second in (one.user_id, 999_999, None):
        with pytest.raises(FieldError) as refused:
            given = {**finding(case, one), "second": second}
            checking.record_finding(one, case.number, given, NOW)
        assert refused.value.field == "second"


def test_not_met_is_rectified_first_and_then_met() -> None:
    case = signed(enterprise())
    one, two = regulators(case)
    found = finding(case, two, "not_met", rectify_by="2026-05-20")
    done = checking.record_finding(one, case.number, found, at("2026-05-06 10:00"))
    assert done.state == "rectifying"
    assert Certificate.objects.get(pk=case.data["certificate"]).status == "valid"
    checking.report_rectified(of_case(case), case.number, at("2026-05-15 10:00"))
    last = checking.record_finding(one, case.number, finding(case, two), at("2026-05-21 10:00"))
    assert last.state == "qualified"
    kinds = Check.objects.unscoped("test").filter(case_id=case.id).order_by("id")
    assert [one.kind for one in kinds] == ["first", "recheck"]


def test_still_not_met_is_revoked_without_a_bar_on_applying_again() -> None:
    case = signed(enterprise())
    one, two = regulators(case)
    given = finding(case, two, "not_met", rectify_by="2026-05-20")
    checking.record_finding(one, case.number, given, at("2026-05-06 10:00"))
    again = finding(case, two, "not_met")
    done = checking.record_finding(one, case.number, again, at("2026-05-21 10:00"))
    assert (done.state, done.outcome) == ("revoked", "revoked")
    assert Certificate.objects.get(pk=case.data["certificate"]).status == "revoked"
    assert not Bar.objects.unscoped("test").filter(kind=Bar.REAPPLY).exists()
    assert not UnlicensedFile.objects.unscoped("test").exists()


def test_the_day_of_rectification_must_be_over_before_revoking_for_it() -> None:
    case = signed(enterprise())
    one, two = regulators(case)
    given = finding(case, two, "not_met", rectify_by="2026-05-20")
    checking.record_finding(one, case.number, given, at("2026-05-06 10:00"))
    with pytest.raises(MoveRefused, match="整改期限未到"):
        checking.revoke(one, case.number, "未整改", at("2026-05-20 23:00"))
    done = checking.revoke(one, case.number, "逾期未整改", at("2026-05-21 09:00"))
    assert done.state == "revoked"


def of_case(case: CaseState) -> Actor:
    return Actor("party", "account:1", "", party_id=uuid.UUID(case.data["holder"]))


def test_a_false_pledge_is_revoked_at_once_and_counts_as_without_a_licence() -> None:
    party = enterprise()
    case, other = signed(party), applied(party, address="示意路9号")
    one, two = regulators(case)
    given = finding(case, two, "false", evidence="租赁合同系伪造")
    done = checking.record_finding(one, case.number, given, at("2026-05-06 10:00"))
    assert (done.state, done.outcome) == ("revoked", "revoked")
    assert Certificate.objects.get(pk=case.data["certificate"]).status == "revoked"
    held = Licence.objects.unscoped("test").get(case_id=case.id)
    assert held.state == Licence.REVOKED
    file = UnlicensedFile.objects.unscoped("test").get(case_id=case.id)
    assert (str(file.since), file.state) == ("2026-04-10", "open")
    bars = Bar.objects.unscoped("test").filter(case_id=case.id).order_by("kind")
    assert [(one.kind, str(one.until)) for one in bars] == [
        ("fast_route", "None"),
        ("reapply", "2029-05-06"),
    ]
    with pytest.raises(FieldError) as refused:
        beginning.begin(of(party), raw(), at("2029-05-06 10:00"))
    assert refused.value.code == "barred"
    again = applied(party, at("2029-05-07 10:00"))
    assert again.state == "not_eligible"  # the fast route stays closed until repair
    with pytest.raises(FieldError) as refused:  # the ordinary route is barred as well
        leaving.to_ordinary(of(party), other.number, at("2026-05-07 10:00"))
    assert refused.value.code == "barred"
    cancelled = checking.cancel(canceller(done), case.number, at("2026-05-10 10:00"))
    assert cancelled.state == "cancelled"
    assert Certificate.objects.get(pk=case.data["certificate"]).status == "cancelled"


def canceller(case: CaseState) -> Actor:
    from yishi.systems.pledge_licences.tests.shop import officer

    return officer("approver", case.data["body"])


def test_false_needs_evidence_and_met_needs_every_condition() -> None:
    case = signed(enterprise())
    one, two = regulators(case)
    with pytest.raises(FieldError) as refused:
        checking.record_finding(one, case.number, finding(case, two, "false"), NOW)
    assert refused.value.field == "evidence"
    short = finding(case, two)
    short["conditions"] = short["conditions"][1:]
    with pytest.raises(FieldError) as refused:
        checking.record_finding(one, case.number, short, NOW)
    assert refused.value.field == "conditions"
    unmet = finding(case, two, "not_met", rectify_by="2026-05-20")
    with pytest.raises(FieldError) as refused:
        checking.record_finding(one, case.number, {**unmet, "result": "met"}, NOW)
    assert refused.value.field == "result"
    with pytest.raises(FieldError) as refused:
        checking.record_finding(one, case.number, {**unmet, "rectify_by": "2026-04-10"}, NOW)
    assert refused.value.field == "rectify_by"


def test_an_offline_device_that_sends_twice_is_counted_once() -> None:
    case = signed(enterprise())
    one, two = regulators(case)
    given = {
        **finding(case, two),
        "key": str(uuid.uuid4()),
        "found_at": "2026-04-20T10:00:00+08:00",
    }
    done = checking.record_finding(one, case.number, given, at("2026-04-20 18:00"))
    again = checking.record_finding(one, case.number, given, at("2026-04-20 18:05"))
    assert again.version == done.version
    assert Finding.objects.unscoped("test").filter(case_id=case.id).count() == 1


def test_great_harm_to_the_public_interest_is_decided_by_the_head_with_reasons() -> None:
    from yishi.systems.pledge_licences.tests.shop import officer

    case = signed(enterprise())
    one, two = regulators(case)
    given = finding(case, two, "false", evidence="检测报告系伪造", note="唯一的发热门诊陪护点")
    asked = checking.ask_exception(one, case.number, given, NOW)
    assert asked.state == "exception_review"
    assert Certificate.objects.get(pk=case.data["certificate"]).status == "valid"
    head = officer("agency_head", case.data["regulator"])
    with pytest.raises(MoveRefused):
        checking.keep(one, case.number, "理由", NOW)
    with pytest.raises(FieldError):
        checking.keep(head, case.number, " ", NOW)
    kept = checking.keep(head, case.number, "撤销将使片区无供应，依法不予撤销", NOW)
    assert (kept.state, kept.outcome, kept.data["level"]) == ("kept", "kept", "key")


def test_the_head_may_find_that_no_exception_holds() -> None:
    from yishi.systems.pledge_licences.tests.shop import officer

    case = signed(enterprise())
    one, two = regulators(case)
    given = finding(case, two, "false", evidence="检测报告系伪造", note="请审查")
    checking.ask_exception(one, case.number, given, NOW)
    head = officer("agency_head", case.data["regulator"])
    done = checking.revoke(head, case.number, "不存在重大损害", NOW)
    assert done.state == "revoked"
    assert UnlicensedFile.objects.unscoped("test").filter(case_id=case.id).exists()


def test_an_overdue_check_alarms_the_regulator_once_and_never_harms_the_holder() -> None:
    case = signed(enterprise())
    assert due.alarm_overdue(at("2026-06-10 23:00")) == 0
    assert due.alarm_overdue(at("2026-06-11 01:00")) == 1
    assert due.alarm_overdue(at("2026-06-12 01:00")) == 0
    later = state(case.number)
    assert later.state == "pushed" and later.data["check_overdue"]
    assert Certificate.objects.get(pk=case.data["certificate"]).status == "valid"
    one, two = regulators(case)
    done = checking.record_finding(one, case.number, finding(case, two), at("2026-06-20 10:00"))
    assert (done.state, done.timeliness) == ("qualified", "late")


def test_caught_before_the_grant_bars_for_one_year() -> None:
    from yishi.systems.pledge_licences.tests.shop import officer

    party = enterprise()
    case = applied(party)
    approver = officer("approver", case.unit_id)
    done = leaving.refuse_false(approver, case.number, {"note": "房屋证明系伪造"}, NOW)
    assert done.state == "refused"
    with pytest.raises(FieldError) as refused:
        beginning.begin(of(party), raw(), at("2027-04-10 10:00"))
    assert refused.value.code == "barred"
    assert beginning.begin(of(party), raw(), at("2027-04-11 10:00")).state == "screening"


def test_withdrawn_before_the_decision_and_not_afterwards() -> None:
    party = enterprise()
    case = signed(party, decide=False)
    assert case.state == "signed"
    assert leaving.withdraw(of(party), case.number, NOW).state == "withdrawn"
    done = signed(party)
    with pytest.raises(MoveRefused):
        leaving.withdraw(of(party), done.number, NOW)


def test_nobody_elses_case_is_found() -> None:
    from yishi.foundation.cases.advance import CaseNotFound

    case = applied(enterprise())
    with pytest.raises(CaseNotFound):
        sign(enterprise(), case)


def test_no_longer_time_is_given_than_the_city_allows() -> None:
    case = signed(enterprise())
    one, two = regulators(case)
    latest = city().base.calendar.due(NOW, parse_limit("90自然日", "licence")).day
    late = finding(case, two, "not_met", rectify_by=(latest + timedelta(days=1)).isoformat())
    with pytest.raises(FieldError, match=f"{latest:%Y-%m-%d}") as refused:
        checking.record_finding(one, case.number, late, NOW)
    assert refused.value.field == "rectify_by"
    done = checking.record_finding(one, case.number, late | {"rectify_by": latest.isoformat()}, NOW)
    assert done.state == "rectifying"
