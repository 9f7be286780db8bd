"""The rules of S1.4, S1.5, S1.8 and S10.5–6 on other days, in other orders, and when somebody is
late: the verbs themselves know the law, also before the job that comes every minute."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import pytest

from yishi.foundation.approvals import services
from yishi.foundation.approvals.due import give_cards, run_due
from yishi.foundation.approvals.models import Card
from yishi.foundation.approvals.starting import Wish
from yishi.foundation.approvals.tests.support import (
    CONTENT,
    again,
    at,
    begin,
    clerk,
    due_days,
    head,
    item,
    mayor,
    officer,
)
from yishi.foundation.cases import catalogue as versions
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("book")]


@pytest.fixture
def book(city: None) -> None:
    """The items of the other tests, and some that are no licences."""
    content = deepcopy(CONTENT)
    content["items"] += [
        item("service_days", "10工作日", kind="20"),
        item("tested_service", "10工作日", kind="20", special=["testing"]),
        item("registration", "1工作日", legal="3工作日", kind="07"),
        item("mixed_days", "10工作日", legal="30自然日", kind="05"),
    ]
    versions.load(
        "approvals",
        content,
        effective_from=datetime(2001, 1, 1, tzinfo=UTC),
        origin="file",
        actor_ref="test",
        now=datetime.now(UTC),
        force=True,
    )


def accepted(key: str, when: str, **more: Any) -> CaseState:
    case = begin(Wish(key, **more), at(when))
    return services.accept(clerk(), case.number, at(when))


def paused(
    case: CaseState, when: str, kind: str = "expert_review", notice: str = "1号"
) -> CaseState:
    return services.pause(
        officer(case), case.number, at(when), kind=kind, notice=notice, planned_days=5
    )


# --- acceptance ---


@pytest.mark.parametrize(
    ("received", "fifth", "silent", "due"),
    [
        # (S1-A6) over 清明: 7, 8, 9, 10, 13 April are the five days
        ("04-03 16:00", "04-13", "04-14 00:01", "05-06"),
        # received on a rest day, and on a make-up Saturday
        ("10-04 09:00", "10-13", "10-14 08:00", "10-30"),
        ("10-10 09:00", "10-16", "10-19 09:00", "11-06"),
        # before 春节: 14 February works, 15 to 23 do not
        ("02-13 10:00", "02-27", "02-28 08:00", "03-19"),
    ],
)
def test_s10_4_whoever_accepts_after_five_silent_days_accepts_as_of_receipt(
    received: str, fifth: str, silent: str, due: str
) -> None:
    case = begin("plain_licence", at(f"2026-{received}"))
    assert due_days(case)["tell"] == f"2026-{fifth}"
    with pytest.raises(MoveRefused, match="自收到申请材料之日起即为受理"):
        services.tell_gaps(officer(case), case.number, at(f"2026-{silent}"), gaps="缺图")
    case = services.accept(clerk(), case.number, at(f"2026-{silent}"))
    assert case.data["accepted_at"].startswith(f"2026-{received[:5]}")
    assert case.data["deemed"] is True
    assert due_days(case)["statutory"] == f"2026-{due}"
    in_time = begin("plain_licence", at(f"2026-{received}"))
    in_time = services.accept(clerk(), in_time.number, at(f"2026-{fifth} 23:59"))
    assert in_time.data["accepted_at"].startswith(f"2026-{fifth}")
    assert "deemed" not in in_time.data


def test_s1_4_what_silence_accepted_is_not_refused_for_its_papers_nor_accepted_without_some() -> (
    None
):
    case = begin("plain_licence", at("2026-04-03 16:00"))
    late = at("2026-04-14 09:00")
    with pytest.raises(MoveRefused):
        services.not_accept(
            clerk(), case.number, late, reason="not_correctable", note="不符合法定形式"
        )
    with pytest.raises(MoveRefused):
        services.defer(clerk(), case.number, late, materials=["plan"], until=date(2026, 4, 30))
    gone = services.not_accept(
        clerk(), case.number, late, reason="other_body", body="省厅", note="不归本机关"
    )
    assert gone.state == "not_accepted"


def test_s10_4_after_the_correction_silence_accepts_as_of_the_correction() -> None:
    case = begin("plain_licence", at("2026-04-03 16:00"))
    services.tell_gaps(officer(case), case.number, at("2026-04-13 17:00"), gaps="缺图；缺章")
    case = services.correct(clerk(), case.number, at("2026-04-20 10:00"))
    assert due_days(case)["tell"] == "2026-04-27"
    assert run_due(at("2026-04-27 23:59")) == 0
    assert run_due(at("2026-04-28 00:01")) == 1
    assert again(case).data["accepted_at"].startswith("2026-04-20")


def test_s1_4_a_correction_after_its_deadline_comes_too_late_even_before_the_job() -> None:
    case = begin("ten_days", at("2026-04-08 10:00"))
    until = date(2026, 4, 18)  # a Saturday that was named stays the day
    services.tell_gaps(officer(case), case.number, at("2026-04-09 10:00"), gaps="缺", until=until)
    with pytest.raises(MoveRefused, match="补正期限已过"):
        services.correct(clerk(), case.number, at("2026-04-19 00:00"))
    assert run_due(at("2026-04-19 00:01")) == 1
    assert again(case).outcome == "withdrawn"
    other = begin("ten_days", at("2026-04-08 10:00"))
    services.tell_gaps(officer(other), other.number, at("2026-04-09 10:00"), gaps="缺", until=until)
    assert services.correct(clerk(), other.number, at("2026-04-18 23:59")).state == "received"


# --- papers that come later ---


def test_s1_a11_the_first_missed_day_of_several_papers_counts() -> None:
    days = {"form": date(2026, 3, 18), "plan": date(2026, 3, 20)}
    case = begin(Wish("ten_days", unified=True, deferred=days), at("2026-03-10 10:00"))
    assert due_days(case)["deferred"] == "2026-03-18"
    case = services.supply(clerk(), case.number, at("2026-03-18 23:00"), material="form")
    assert due_days(case)["deferred"] == "2026-03-20"
    with pytest.raises(MoveRefused, match="期限已过"):
        services.supply(clerk(), case.number, at("2026-03-21 00:00"), material="plan")
    assert run_due(at("2026-03-21 00:01")) == 1
    assert again(case).outcome == "acceptance_revoked"


def test_s1_a11_the_clock_of_the_deferral_runs_through_a_special_step() -> None:
    days = {"plan": date(2026, 3, 20)}
    case = begin(Wish("ten_days", unified=True, deferred=days), at("2026-03-10 10:00"))
    paused(case, "2026-03-12 10:00")
    assert run_due(at("2026-03-21 00:01")) == 1
    case = again(case)
    promise = case.last_clock("promise")
    assert (case.state, promise is not None and promise.late) == ("acceptance_revoked", False)


def test_a_refusal_needs_no_deferred_paper() -> None:
    days = {"plan": date(2026, 3, 20)}
    case = begin(Wish("ten_days", unified=True, deferred=days), at("2026-03-10 10:00"))
    case = services.decide(
        officer(case), case.number, at("2026-03-12 10:00"), result="refused", reason="不符合条件"
    )
    assert "deferred" not in due_days(case)
    run_due(at("2026-03-25 10:00"))
    assert again(case).state == "refused"


# --- special steps ---


@pytest.mark.parametrize(
    ("told", "ended", "due"),
    [
        # accepted 2026-03-02 with ten days: on the day of acceptance, on the last day, on rest days
        ("03-02 15:00", "03-06 10:00", "03-20"),
        ("03-16 09:00", "03-20 17:00", "03-20"),
        ("03-07 09:00", "03-08 17:00", "03-16"),
        ("03-06 18:00", "03-08 09:00", "03-16"),
        ("03-08 10:00", "03-15 10:00", "03-23"),
        ("03-05 09:00", "03-05 18:00", "03-16"),
    ],
)
def test_s10_hard_case_2_and_3_special_steps_on_the_edges(told: str, ended: str, due: str) -> None:
    case = paused(accepted("ten_days", "2026-03-02 10:00"), f"2026-{told}")
    case = services.resume(officer(case), case.number, at(f"2026-{ended}"))
    assert due_days(case)["promise"] == f"2026-{due}"
    case = services.decide(officer(case), case.number, at(f"2026-{due} 20:00"), result="granted")
    assert case.timeliness == "on_time"


def test_s10_hard_case_2_steps_inside_each_other_are_merged_and_never_added() -> None:
    case = paused(accepted("ten_days", "2026-03-02 10:00"), "2026-03-05 10:00", notice="1号")
    paused(case, "2026-03-09 10:00", "testing", "2号")
    with pytest.raises(FieldError) as twice:
        paused(case, "2026-03-09 11:00", "testing", "2号")
    assert (twice.value.field, twice.value.code) == ("notice", "double")
    with pytest.raises(FieldError) as which:
        services.resume(officer(case), case.number, at("2026-03-10 10:00"))
    assert which.value.field == "notice"
    case = services.resume(officer(case), case.number, at("2026-03-10 10:00"), notice="1号")
    assert (case.state, case.next_due_at) == ("suspended", None)
    case = services.resume(officer(case), case.number, at("2026-03-11 16:00"))
    # (03-05, 03-11] as one: what S1-A5 gives for one step of the same days
    assert (case.state, due_days(case)["promise"]) == ("reviewing", "2026-03-20")
    assert [one["to"][:10] for one in case.data["pauses"]] == ["2026-03-10", "2026-03-11"]


def test_s10_8_a_step_may_be_said_by_its_name_and_no_other_name_is_one() -> None:
    case = paused(accepted("ten_days", "2026-03-02 10:00"), "2026-03-05 10:00", "专家评审")
    assert case.data["pauses"][0]["kind"] == "expert_review"
    for kind in ("领导出差", "放假", "", "on_site_inspection", "Expert_Review"):
        with pytest.raises(FieldError) as refused:
            paused(accepted("ten_days", "2026-03-02 10:00"), "2026-03-05 10:00", kind)
        assert refused.value.code == "SUSPENSION_KIND_NOT_STATUTORY"


def test_s1_hard_case_15_art_45_binds_licences_and_others_by_their_own_list_only() -> None:
    with pytest.raises(FieldError) as refused:
        paused(accepted("service_days", "2026-03-02 10:00"), "2026-03-05 10:00", "testing")
    assert refused.value.code == "SUSPENSION_KIND_NOT_STATUTORY"
    own = paused(accepted("tested_service", "2026-03-02 10:00"), "2026-03-05 10:00", "testing")
    assert own.state == "suspended"
    with pytest.raises(FieldError):
        paused(accepted("tested_service", "2026-03-02 10:00"), "2026-03-05 10:00", "hearing")


def test_of_two_clocks_in_other_units_only_working_days_stand_still() -> None:
    case = paused(accepted("mixed_days", "2026-03-02 10:00"), "2026-03-05 10:00", "公示")
    case = services.resume(officer(case), case.number, at("2026-03-11 10:00"))
    assert due_days(case) == {"promise": "2026-03-20", "statutory": "2026-04-01"}


def test_s10_6_a_special_step_that_lasts_is_never_overdue_and_gives_no_card() -> None:
    case = paused(accepted("ten_days", "2026-03-02 10:00"), "2026-03-16 10:00")
    give_cards(at("2026-04-20 10:00"))
    assert not Card.objects.unscoped("test").filter(case_id=case.id, clock="promise").exists()
    case = services.withdraw(clerk(), case.number, at("2026-04-20 11:00"))
    promise = case.last_clock("promise")
    assert promise is not None and promise.late is False
    # what stood still to the end was not used
    assert promise.pauses[-1][1].startswith("2026-04-20")


# --- extension ---


@pytest.mark.parametrize("days", [0, 11, 15, 20])
def test_s1_a4_the_head_of_the_agency_gives_one_to_ten_days(days: int) -> None:
    case = accepted("plain_licence", "2026-04-01 10:00")
    with pytest.raises((FieldError, MoveRefused)):
        services.extend(head(case), case.number, at("2026-04-20 10:00"), days=days, reason="复杂")
    assert due_days(again(case))["statutory"] == "2026-04-30"


def test_s1_a4_on_the_last_minute_it_counts_and_a_minute_later_it_does_not() -> None:
    case = accepted("plain_licence", "2026-04-01 10:00")
    case = services.extend(head(case), case.number, at("2026-04-30 23:59"), days=3, reason="复杂")
    assert due_days(case)["statutory"] == "2026-05-08"
    late = accepted("plain_licence", "2026-04-01 10:00")
    late = services.extend(head(late), late.number, at("2026-05-01 00:00"), days=10, reason="复杂")
    assert due_days(late)["statutory"] == "2026-04-30"
    assert late.data["extended"]["clocks"] == []
    with pytest.raises(MoveRefused, match="已延期过一次"):
        services.extend(head(late), late.number, at("2026-05-01 00:01"), days=1, reason="复杂")


def test_an_extension_and_a_special_step_together_in_either_order() -> None:
    first = accepted("ten_days", "2026-03-02 10:00")
    services.extend(head(first), first.number, at("2026-03-03 10:00"), days=5, reason="复杂")
    paused(first, "2026-03-05 10:00")
    first = services.resume(officer(first), first.number, at("2026-03-11 10:00"))
    then = paused(accepted("ten_days", "2026-03-02 10:00"), "2026-03-05 10:00")
    services.resume(officer(then), then.number, at("2026-03-11 10:00"))
    then = services.extend(head(then), then.number, at("2026-03-12 10:00"), days=5, reason="复杂")
    assert due_days(first)["promise"] == due_days(then)["promise"] == "2026-03-27"


def test_s1_hard_case_15_what_is_no_licence_has_no_ten_days_of_the_licensing_law() -> None:
    natural = accepted("natural_days", "2026-03-02 10:00")
    with pytest.raises(FieldError) as refused:
        services.extend(head(natural), natural.number, at("2026-03-03 10:00"), days=5, reason="多")
    assert (refused.value.code, "extended" in again(natural).data) == ("not_extendable", False)
    company = accepted("registration", "2026-03-02 10:00")
    when = at("2026-03-03 10:00")
    with pytest.raises(FieldError):
        services.extend(head(company), company.number, when, days=4, reason="复杂")
    company = services.extend(head(company), company.number, when, days=3, reason="复杂")
    assert due_days(company)["statutory"] == "2026-03-10"


def test_the_government_extends_joint_handling_by_less_than_fifteen_days_too() -> None:
    case = accepted("joint_review", "2026-01-05 10:00", joint=True)
    case = services.extend_joint(mayor(), case.number, at("2026-03-13 23:59"), days=1, reason="多")
    assert due_days(case)["statutory"] == "2026-03-16"


# --- decision, renewal, delivery, cards ---


@pytest.mark.parametrize(
    ("decided", "timeliness"),
    [
        # due Fri 2026-04-03; 4 to 6 April are 清明
        ("04-03 23:59", "on_time"),
        ("04-04 00:01", "on_time"),
        ("04-06 23:59", "on_time"),
        ("04-07 00:01", "late"),
    ],
)
def test_s10_hard_case_11_a_decision_in_the_holiday_after_the_last_day(
    decided: str, timeliness: str
) -> None:
    case = accepted("ten_days", "2026-03-20 10:00")
    assert due_days(case)["promise"] == "2026-04-03"
    give_cards(at(f"2026-{decided}"))
    colours = Card.objects.unscoped("test").filter(case_id=case.id, clock="promise")
    assert ("red" in set(colours.values_list("colour", flat=True))) is (timeliness == "late")
    case = services.decide(officer(case), case.number, at(f"2026-{decided}"), result="granted")
    assert case.timeliness == timeliness
    assert case.data["decided_at"].startswith(f"2026-{decided[:5]}")


@pytest.mark.parametrize(
    ("decided", "due"),
    [
        ("02-13", "03-06"),  # 14 and 28 February work
        ("04-28", "05-14"),  # T11
        ("10-03", "10-20"),  # decided on a rest day: day 1 is 8 October
        ("09-18", "10-09"),  # T7: day 1 is Sunday 20 September
    ],
)
def test_s1_a16_delivery_on_other_days(decided: str, due: str) -> None:
    case = accepted("thirty_days", f"2026-{decided} 09:00")
    case = services.decide(
        officer(case), case.number, at(f"2026-{decided} 10:00"), result="granted"
    )
    assert due_days(case) == {"delivery": f"2026-{due}"}


def renewal(applied: str, expires: str) -> CaseState:
    old = {"licence_no": "JY1", "expires_on": expires}
    return begin(Wish("thirty_days", renews=old), at(f"{applied} 10:00"))


@pytest.mark.parametrize(("applied", "in_time"), [("2026-04-25", True), ("2026-04-26", False)])
def test_s1_a14_thirty_days_before_are_natural_days_and_the_last_one_is_in_time(
    applied: str, in_time: bool
) -> None:
    case = renewal(applied, "2026-05-25")
    assert (case.data["renews"]["in_time"], "expiry" in due_days(case)) == (in_time, in_time)


@pytest.mark.parametrize("way", ["silent", "reviewing", "suspended"])
def test_s1_a14_undecided_in_whatever_state_it_is_renewed(way: str) -> None:
    case = renewal("2026-04-20", "2026-05-25")
    if way != "silent":
        services.accept(clerk(), case.number, at("2026-04-21 10:00"))
    if way == "suspended":
        paused(case, "2026-05-06 10:00")
    for _ in range(2):
        run_due(at("2026-05-26 00:01"))
    case = again(case)
    assert (case.state, case.outcome, case.data["licence_version"]) == (
        "issued",
        "deemed_granted",
        2,
    )


def test_s1_a14_what_the_law_has_renewed_is_not_refused_a_minute_later() -> None:
    case = renewal("2026-04-20", "2026-05-25")
    services.accept(clerk(), case.number, at("2026-04-21 10:00"))
    with pytest.raises(MoveRefused, match="视为准予延续"):
        services.decide(
            officer(case), case.number, at("2026-05-26 00:00"), result="refused", reason="不合"
        )
    other = renewal("2026-04-20", "2026-05-25")
    services.accept(clerk(), other.number, at("2026-04-21 10:00"))
    other = services.decide(
        officer(other), other.number, at("2026-05-25 23:59"), result="refused", reason="不合"
    )
    run_due(at("2026-05-26 00:01"))
    assert again(other).outcome == "refused"
