"""An item from receipt to delivery: the scenarios of S1 and S10 by number."""

from __future__ import annotations

from datetime import date

import pytest

from yishi.foundation.approvals import services
from yishi.foundation.approvals.due import give_cards, run_due
from yishi.foundation.approvals.lifecycle import states as s
from yishi.foundation.approvals.models import Card
from yishi.foundation.approvals.starting import Wish
from yishi.foundation.approvals.tests.support import (
    again,
    at,
    begin,
    book,
    clerk,
    due_days,
    head,
    mayor,
    officer,
)
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError

__all__ = ["book"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("book")]


def accepted(item: str, when: str, **more: object) -> CaseState:
    case = begin(Wish(item, **more), at(when))  # type: ignore[arg-type]
    return services.accept(clerk(), case.number, at(when))


def test_s1_a4_ten_days_by_the_head_of_the_agency_and_no_more() -> None:
    case = accepted("plain_licence", "2026-01-05 10:00")
    assert due_days(case)["statutory"] == "2026-02-02"
    with pytest.raises(FieldError) as refused:
        services.extend(head(case), case.number, at("2026-01-30 10:00"), days=20, reason="复杂")
    assert (refused.value.field, refused.value.code) == ("days", "EXTENSION_TOO_LONG")
    case = services.extend(head(case), case.number, at("2026-01-30 10:00"), days=10, reason="复杂")
    assert due_days(case)["statutory"] == "2026-02-14"
    with pytest.raises(MoveRefused, match="已延期过一次"):
        services.extend(head(case), case.number, at("2026-02-02 10:00"), days=5, reason="再延")


def test_s1_a4_fifteen_days_of_joint_handling_by_the_head_of_the_government() -> None:
    case = accepted("joint_review", "2026-01-05 10:00", joint=True)
    assert due_days(case)["statutory"] == "2026-03-13"
    when = at("2026-03-10 10:00")
    with pytest.raises(FieldError):
        services.extend_joint(mayor(), case.number, when, days=20, reason="复杂")
    case = services.extend_joint(mayor(), case.number, when, days=15, reason="复杂")
    assert due_days(case)["statutory"] == "2026-04-03"
    single = accepted("plain_licence", "2026-01-05 10:00")
    with pytest.raises(MoveRefused, match="不是联合办理"):
        services.extend_joint(mayor(), single.number, when, days=15, reason="复杂")


def test_only_the_head_of_the_agency_extends() -> None:
    case = accepted("plain_licence", "2026-01-05 10:00")
    with pytest.raises(MoveRefused) as refused:
        services.extend(officer(case), case.number, at("2026-01-06 10:00"), days=5, reason="忙")
    assert refused.value.code == "role"


def test_s10_hard_case_7_an_extension_after_the_deadline_leaves_it_overdue() -> None:
    case = accepted("ten_days", "2026-01-05 10:00")
    case = services.extend(head(case), case.number, at("2026-01-26 10:00"), days=10, reason="复杂")
    assert due_days(case) == {"promise": "2026-01-19", "statutory": "2026-02-14"}
    case = services.decide(officer(case), case.number, at("2026-01-26 11:00"), result="granted")
    assert case.timeliness == "late"
    statutory = case.last_clock("statutory")
    assert statutory is not None and statutory.late is False


def test_s1_a5_an_expert_review_with_notice_does_not_count() -> None:
    case = accepted("ten_days", "2026-03-02 10:00")
    assert due_days(case)["promise"] == "2026-03-16"
    actor = officer(case)
    case = services.pause(
        actor,
        case.number,
        at("2026-03-05 11:00"),
        kind="expert_review",
        notice="特告〔2026〕7号",
        planned_days=5,
    )
    assert (case.state, case.next_due_at) == ("suspended", None)
    case = services.resume(actor, case.number, at("2026-03-11 16:00"))
    assert due_days(case)["promise"] == "2026-03-20"
    assert case.data["pauses"][0]["notice"] == "特告〔2026〕7号"


@pytest.mark.parametrize(
    ("kind", "notice", "days", "code"),
    [
        ("领导出差", "特告〔2026〕7号", 5, "SUSPENSION_KIND_NOT_STATUTORY"),
        ("on_site_inspection", "特告〔2026〕7号", 5, "SUSPENSION_KIND_NOT_STATUTORY"),
        ("expert_review", "", 5, "SUSPENSION_NOTICE_MISSING"),
        ("expert_review", "特告〔2026〕7号", None, "SUSPENSION_NOTICE_MISSING"),
    ],
)
def test_s10_8_no_other_kind_and_nothing_without_a_notice_stops_a_clock(
    kind: str, notice: str, days: int | None, code: str
) -> None:
    case = accepted("ten_days", "2026-03-02 10:00")
    with pytest.raises(FieldError) as refused:
        services.pause(
            officer(case),
            case.number,
            at("2026-03-05 11:00"),
            kind=kind,
            notice=notice,
            planned_days=days,
        )
    assert refused.value.code == code
    assert due_days(again(case))["promise"] == "2026-03-16"


@pytest.mark.parametrize("kind", [*s.STATUTORY_STEPS, *s.LOCAL_STEPS])
def test_every_step_of_the_closed_list_stops_the_clock(kind: str) -> None:
    case = accepted("ten_days", "2026-03-02 10:00")
    case = services.pause(
        officer(case), case.number, at("2026-03-05 11:00"), kind=kind, notice="1号", planned_days=3
    )
    assert case.state == "suspended"


def test_limits_in_calendar_days_are_not_paused() -> None:
    case = accepted("natural_days", "2026-03-02 10:00")
    with pytest.raises(FieldError) as refused:
        services.pause(
            officer(case),
            case.number,
            at("2026-03-05 11:00"),
            kind="public_notice",
            notice="1号",
            planned_days=3,
        )
    assert refused.value.code == "not_pausable"


def test_s10_10_a_joint_acceptance_waits_for_rectification() -> None:
    case = accepted("ten_days", "2026-09-21 10:00")
    assert due_days(case)["promise"] == "2026-10-12"
    actor = officer(case)
    services.pause(
        actor,
        case.number,
        at("2026-09-28 10:00"),
        kind="rectification",
        notice="整改〔2026〕3号",
        planned_days=10,
    )
    case = services.resume(actor, case.number, at("2026-10-12 10:00"))
    assert due_days(case)["promise"] == "2026-10-20"


def test_s1_a7_gaps_are_told_once() -> None:
    case = begin("ten_days", at("2026-04-08 10:00"))
    actor = officer(case)
    services.tell_gaps(actor, case.number, at("2026-04-10 17:00"), gaps="缺平面图；缺签字")
    services.correct(actor, case.number, at("2026-04-14 10:00"))
    with pytest.raises(MoveRefused, match="只能一次性告知"):
        services.tell_gaps(actor, case.number, at("2026-04-15 10:00"), gaps="还缺健康证")
    case = services.accept(clerk(), case.number, at("2026-04-15 11:00"))
    assert case.state == "reviewing"
    assert due_days(case)["promise"] == "2026-04-29"


def test_s10_4_silence_for_five_days_is_acceptance_as_of_receipt() -> None:
    case = begin("plain_licence", at("2026-09-24 15:00"))
    assert due_days(case)["tell"] == "2026-10-09"
    assert run_due(at("2026-10-09 23:59")) == 0
    assert run_due(at("2026-10-10 00:01")) == 1
    case = again(case)
    assert (case.state, case.data["deemed"]) == ("reviewing", True)
    assert case.data["accepted_at"].startswith("2026-09-24")
    assert due_days(case)["statutory"] == "2026-10-29"


def test_s10_4_a_notice_on_the_fifth_day_is_in_time_and_later_is_not() -> None:
    case = begin("plain_licence", at("2026-09-24 15:00"))
    with pytest.raises(MoveRefused, match="自收到申请材料之日起即为受理"):
        services.tell_gaps(officer(case), case.number, at("2026-10-10 00:00"), gaps="缺图")
    case = services.tell_gaps(officer(case), case.number, at("2026-10-09 17:00"), gaps="缺图")
    assert case.state == "correcting"
    run_due(at("2026-10-10 00:01"))
    assert again(case).state == "correcting"


def test_a_missed_correction_is_deemed_a_withdrawal() -> None:
    case = begin("ten_days", at("2026-04-08 10:00"))
    until = date(2026, 4, 20)
    services.tell_gaps(officer(case), case.number, at("2026-04-09 10:00"), gaps="缺图", until=until)
    run_due(at("2026-04-20 23:00"))
    assert again(case).state == "correcting"
    run_due(at("2026-04-21 00:01"))
    assert (again(case).state, again(case).outcome) == ("withdrawn", "withdrawn")


def test_what_is_still_wrong_after_correction_is_not_accepted_with_reasons() -> None:
    case = begin("ten_days", at("2026-04-08 10:00"))
    actor = officer(case)
    with pytest.raises(FieldError, match="尚未告知补正"):
        services.not_accept(
            actor, case.number, at("2026-04-08 11:00"), reason="still_incomplete", note="仍缺"
        )
    services.tell_gaps(actor, case.number, at("2026-04-09 10:00"), gaps="缺图")
    services.correct(actor, case.number, at("2026-04-10 10:00"))
    case = services.not_accept(
        actor, case.number, at("2026-04-10 11:00"), reason="still_incomplete", note="仍缺"
    )
    assert (case.state, case.data["reason"]) == ("not_accepted", "补正后仍不符合要求")


def test_another_body_has_to_be_named() -> None:
    case = begin("ten_days", at("2026-04-08 10:00"))
    with pytest.raises(FieldError) as refused:
        services.not_accept(
            clerk(), case.number, at("2026-04-08 11:00"), reason="other_body", note="不归我们管"
        )
    assert refused.value.field == "body"


def test_s1_a13_online_applications_are_looked_at_within_one_working_day() -> None:
    case = begin(Wish("ten_days", channel="web"), at("2026-05-09 22:30"))
    assert due_days(case)["prereview"] == "2026-05-11"
    assert "prereview" not in due_days(begin("ten_days", at("2026-05-09 22:30")))


def test_s1_a14_a_renewal_without_decision_is_granted_by_law() -> None:
    old = {"licence_no": "JY1", "expires_on": "2026-05-25", "version": 2}
    case = begin(Wish("plain_licence", renews=old), at("2026-04-20 10:00"))
    services.accept(clerk(), case.number, at("2026-04-28 10:00"))
    services.extend(head(case), case.number, at("2026-05-20 10:00"), days=10, reason="复杂")
    run_due(at("2026-05-25 23:59"))
    assert again(case).state == "reviewing"
    run_due(at("2026-05-26 00:01"))
    case = again(case)
    assert (case.state, case.outcome) == ("issued", "deemed_granted")
    assert (case.data["licence_no"], case.data["licence_version"]) == ("JY1", 3)
    assert case.data["valid_from"] == "2026-05-26"
    card = Card.objects.unscoped("test").get(case_id=case.id)
    assert (card.colour, card.reason, card.unit_id) == ("red", "deemed_renewal", case.unit_id)


def test_a_renewal_applied_for_too_late_is_not_granted_by_silence() -> None:
    old = {"licence_no": "JY1", "expires_on": "2026-05-25"}
    case = begin(Wish("plain_licence", renews=old), at("2026-05-01 10:00"))
    assert case.data["renews"]["in_time"] is False
    assert "expiry" not in due_days(case)


def test_s1_a16_delivery_is_due_ten_working_days_after_the_decision() -> None:
    case = accepted("ten_days", "2026-02-10 10:00")
    case = services.decide(officer(case), case.number, at("2026-02-27 10:00"), result="granted")
    assert due_days(case) == {"delivery": "2026-03-12"}


def test_s1_a10_overdue_is_judged_on_the_decision_and_a_refusal_says_what_can_be_done() -> None:
    case = accepted("licence_a", "2026-02-13 10:00")
    actor = officer(case)
    case = services.decide(actor, case.number, at("2026-02-25 10:00"), result="granted")
    assert (case.timeliness, due_days(case)["delivery"]) == ("on_time", "2026-03-10")
    with pytest.raises(MoveRefused):
        services.deliver(clerk(), case.number, at("2026-02-26 10:00"), way="window")
    case = services.issue(actor, case.number, at("2026-02-26 10:00"), licence_no="JY24206")
    assert (case.data["licence_no"], case.data["valid_to"]) == ("JY24206", "2031-02-25")
    case = services.deliver(clerk(), case.number, at("2026-03-13 10:00"), way="post")
    assert (case.state, case.timeliness) == ("delivered", "on_time")
    delivery = case.last_clock("delivery")
    assert delivery is not None and delivery.late is True

    refused = accepted("licence_b", "2026-02-13 10:00")
    with pytest.raises(FieldError) as reason:
        services.decide(officer(refused), refused.number, at("2026-02-25 10:00"), result="refused")
    assert reason.value.field == "note"
    refused = services.decide(
        officer(refused),
        refused.number,
        at("2026-02-25 10:00"),
        result="refused",
        reason="不合条件",
    )
    assert "行政复议" in refused.data["remedy"] and "行政诉讼" in refused.data["remedy"]
    assert refused.state == "refused"


def test_s10_hard_case_11_a_decision_on_a_rest_day_counts_with_the_working_day_before() -> None:
    case = accepted("ten_days", "2026-09-16 10:00")
    assert due_days(case)["promise"] == "2026-09-30"
    case = services.decide(officer(case), case.number, at("2026-10-03 10:00"), result="granted")
    promise = case.last_clock("promise")
    assert promise is not None and promise.late is False and case.timeliness == "on_time"
    late = accepted("ten_days", "2026-09-15 10:00")
    late = services.decide(officer(late), late.number, at("2026-10-03 10:00"), result="granted")
    assert late.timeliness == "late"


def test_s10_hard_case_4_acceptance_on_a_made_up_saturday_is_legal() -> None:
    case = accepted("joint_review", "2026-10-10 10:00")
    assert due_days(case)["statutory"] == "2026-12-11"


def test_overdue_gives_cards_and_never_an_approval() -> None:
    case = accepted("ten_days", "2026-03-02 10:00")
    assert give_cards(at("2026-03-11 23:59")) == 0
    assert give_cards(at("2026-03-12 10:00")) == 1
    assert give_cards(at("2026-03-12 11:00")) == 0
    assert give_cards(at("2026-03-17 00:01")) == 1
    run_due(at("2026-06-01 00:01"))
    give_cards(at("2026-06-01 00:01"))
    rows = Card.objects.unscoped("test").filter(case_id=case.id)
    cards = set(rows.values_list("clock", "colour"))
    assert cards == {("promise", "yellow"), ("promise", "red"), ("statutory", "red")}
    assert again(case).state == "reviewing"


def test_an_exempt_item_is_over_at_once() -> None:
    case = begin(Wish("ten_days", exempt="已持有有效许可证"), at("2026-03-02 10:00"))
    assert (case.state, case.outcome, case.closed_at is not None) == ("exempted", "exempt", True)
    other = begin("ten_days", at("2026-03-02 10:00"))
    other = services.exempt(clerk(), other.number, at("2026-03-02 11:00"), reason="无需办理")
    assert other.state == "exempted"


def test_a_false_pledge_is_revoked_after_delivery() -> None:
    case = begin("licence_b", at("2026-03-02 10:00"))
    services.accept(clerk(), case.number, at("2026-03-02 10:00"), mode="pledge")
    services.decide(officer(case), case.number, at("2026-03-02 11:00"), result="granted")
    case = services.deliver(clerk(), case.number, at("2026-03-02 12:00"), way="window")
    case = services.revoke(head(case), case.number, at("2026-04-02 12:00"), reason="承诺不实")
    assert (case.state, case.outcome, case.data["mode"]) == ("revoked", "revoked", "pledge")


def test_the_applicant_may_withdraw_before_the_decision_only() -> None:
    case = accepted("ten_days", "2026-03-02 10:00")
    assert services.withdraw(clerk(), case.number, at("2026-03-03 10:00")).outcome == "withdrawn"
    case = accepted("ten_days", "2026-03-02 10:00")
    services.decide(officer(case), case.number, at("2026-03-03 10:00"), result="granted")
    with pytest.raises(MoveRefused):
        services.withdraw(clerk(), case.number, at("2026-03-03 11:00"))
