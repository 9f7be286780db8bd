"""The scenarios of §S10.11 that are about a project: days, order, acceptance, early acceptance."""

from __future__ import annotations

from datetime import date

import pytest

from yishi.foundation.approvals import services as approvals
from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction.lifecycle.counting import used_of
from yishi.systems.construction.services.applying import ItemWish, apply
from yishi.systems.construction.services.moving import advance
from yishi.systems.construction.services.picture import light_of, turns
from yishi.systems.construction.tests.site import Site, at, day, officer, state, used

pytestmark = pytest.mark.usefixtures("city")


def test_s10_1_the_projects_deadline_light_and_overdue_days() -> None:
    site = Site("2026-02-10 09:00", kind="GOV")
    (number,) = site.apply("gc_site_opinion")
    site.accept(number)
    clock = site.case.clock("project")
    assert clock is not None and day(clock.due_at) == date(2026, 5, 28)
    calendar = active_calendar()
    assert light_of(site.project, calendar, at("2026-05-28 23:59")) == "yellow"
    assert light_of(site.project, calendar, at("2026-05-29 00:01")) == "red"
    days, limit = used_of(site.case, calendar, at("2026-05-29 09:00"))
    assert days - limit == 1
    assert not state(number).outcome  # overdue is never approval


def test_s10_2_suspensions_of_an_item_are_not_the_projects_days() -> None:
    site = Site("2026-09-15 09:00")
    site.done("gc_filing", "gc_land_use_permit")
    (number,) = site.apply("gc_scheme_review")
    site.accept(number)
    for begin, end, kind in (
        ("2026-09-24", "2026-10-12", "expert_review"),
        ("2026-10-20", "2026-10-27", "public_notice"),
    ):
        approvals.pause(
            site.approver(number),
            number,
            at(f"{begin} 10:00"),
            kind=kind,
            notice="襄自规特告〔2026〕7号",
            planned_days=9,
        )
        if begin == "2026-10-20":
            assert used(site, "2026-10-20 12:00") == 14
        approvals.resume(site.approver(number), number, at(f"{end} 17:00"))
    clock = site.case.clock("project")
    assert clock is not None and day(clock.due_at) == date(2026, 12, 16)


def test_s10_5_a_stage_counts_parallel_days_once() -> None:
    site = Site("2026-02-25 09:00")
    site.done("gc_filing", "gc_land_use_permit")
    (a,) = site.apply("gc_civil_defence", when="2026-03-02 09:00")
    (b,) = site.apply("gc_scheme_review")
    site.accept(a, "2026-03-02 10:00")
    site.accept(b, "2026-03-04 10:00")
    actor = site.approver(b)
    approvals.pause(
        actor, b, at("2026-03-06 10:00"), kind="expert_review", notice="专告3号", planned_days=8
    )
    site.grant(a, "2026-03-11 16:00")
    (c,) = site.apply("gc_greening", when="2026-03-16 09:00")
    site.accept(c, "2026-03-16 10:00")
    approvals.resume(actor, b, at("2026-03-18 17:00"))
    site.grant(c, "2026-03-20 16:00")
    site.grant(b, "2026-03-24 16:00")
    assert used_of(site.case, active_calendar(), at("2026-04-01 09:00"), "stage_2")[0] == 13
    assert site.case.data["stages"]["2"].get("closed") is None  # the planning permit is to come


def test_the_owners_own_time_between_items_counts_nothing() -> None:
    site = Site("2026-03-02 09:00")
    site.done("gc_filing")
    (number,) = site.apply("gc_land_use_permit")
    site.accept(number, "2026-03-02 10:00")
    site.grant(number, "2026-03-04 10:00")
    assert used(site, "2026-03-04 12:00") == used(site, "2026-06-30 12:00") == 2
    clock = site.case.clock("project")
    assert clock is not None and clock.paused_at is not None
    assert turns(site.project, None)[0].owner  # type: ignore[arg-type]


def test_an_item_withdrawn_and_applied_for_again_keeps_its_old_days() -> None:
    site = Site("2026-03-02 09:00")
    site.done("gc_filing")
    (first,) = site.apply("gc_land_use_permit")
    site.accept(first, "2026-03-02 10:00")
    approvals.withdraw(site.owner, first, at("2026-03-06 10:00"))
    (again,) = site.apply("gc_land_use_permit", when="2026-03-16 09:00")
    assert again != first
    site.accept(again, "2026-03-16 10:00")
    site.grant(again, "2026-03-18 10:00")
    assert used(site, "2026-04-01 09:00") == 4 + 2


def test_a_later_item_waits_may_be_pre_reviewed_and_is_decided_the_same_day() -> None:
    site = Site("2026-03-02 09:00")
    site.done("gc_filing")
    land, scheme = site.apply("gc_land_use_permit", "gc_scheme_review")
    assert state(scheme).state == "waiting"
    approvals.pre_review(site.approver(scheme), scheme, site.now, opinion="ready")
    with pytest.raises(MoveRefused):
        site.accept(scheme)
    site.accept(land)
    site.grant(land, "2026-03-04 10:00")
    assert state(scheme).state == "received"
    site.accept(scheme, "2026-03-04 11:00")
    assert site.grant(scheme, "2026-03-04 15:00").outcome == "granted"


def test_what_needs_a_refused_item_is_not_started_and_the_siblings_go_on() -> None:
    site = Site("2026-03-02 09:00")
    site.done("gc_filing", "gc_land_use_permit")
    scheme, permit, greening = site.apply(
        "gc_scheme_review", "gc_planning_permit", "gc_greening", when="2026-04-01 09:00"
    )
    site.accept(scheme)
    site.grant(scheme, result="refused")
    assert state(permit).outcome == "not_started"
    assert state(greening).state == "received"


def test_an_item_whose_predecessor_was_never_applied_for_is_refused_with_its_name() -> None:
    site = Site("2026-03-02 09:00")
    with pytest.raises(FieldError, match="建设用地规划许可证核发") as refused:
        site.apply("gc_scheme_review")
    assert (refused.value.field, refused.value.code) == ("items", "order")


def test_an_item_of_another_kind_of_project_or_mode_is_refused() -> None:
    site = Site("2026-03-02 09:00")
    for wish in (ItemWish("gc_proposal"), ItemWish("gc_filing", mode="pledge")):
        with pytest.raises(FieldError):
            apply(site.owner, site.number, [wish], site.now)


def test_starting_items_of_a_later_stage_opens_it_under_its_own_lead() -> None:
    site = Site("2026-03-02 09:00")
    before = site.case.duty("lead")
    site.done("gc_filing", "gc_land_use_permit")
    assert site.case.data["stages"]["1"]["closed"] == "2026-03-02"
    site.apply("gc_scheme_review")
    after = site.case
    assert (after.state, after.stage) == ("stage_2", "stage_2")
    assert before is not None and after.duty("lead").unit_id != before.unit_id  # type: ignore[union-attr]


def test_s10_13_a_new_calendar_moves_the_projects_deadline_with_one_row_and_one_message() -> None:
    from yishi.foundation.calendars.services import import_year
    from yishi.foundation.cases.models import Trace
    from yishi.foundation.cases.recalculation import recalculate_open
    from yishi.foundation.messages.models import Message

    site = Site("2026-11-23 09:00", kind="LAND_WITH_PLAN")
    site.done("gc_filing")
    (number,) = site.apply("gc_land_use_permit")
    site.accept(number)
    clock = site.case.clock("project")
    assert clock is not None and clock.provisional and day(clock.due_at) == date(2027, 1, 5)
    rows = Trace.objects.unscoped("test").filter(case_id=site.case.id)
    before = rows.count()
    import_year(
        2027,
        holidays={date(2027, 1, 1): "元旦", date(2027, 1, 2): "元旦"},
        makeup={date(2027, 1, 3): "元旦"},
        source="国办发明电〔2026〕99号（测试）",
        now=at("2026-11-25 09:00"),
    )
    recalculate_open(active_calendar(), at("2026-11-25 09:00"))
    clock = site.case.clock("project")
    assert clock is not None and not clock.provisional and day(clock.due_at) == date(2027, 1, 4)
    assert rows.count() == before + 1
    told = Message.objects.filter(template="construction.dates", about_id=str(site.case.id))
    assert told.count() == 1


def test_s10_14_works_start_in_time_with_two_extensions_and_no_third() -> None:
    site = Site("2026-11-02 09:00")
    site.now = at("2026-11-30 10:00")
    site.done("gc_filing", "gc_land_use_permit", when="2026-11-30 10:00")
    site.done("gc_scheme_review")
    site.done("gc_planning_permit", "gc_civil_defence", "gc_greening")
    site.done("gc_drawing_review", "gc_quality_safety")
    site.done("gc_construction_permit")
    clock = site.case.clock("start")
    assert clock is not None and clock.provisional and day(clock.due_at) == date(2027, 3, 1)
    window = officer("window_clerk")
    for due in (date(2027, 5, 31), date(2027, 8, 30)):
        facts = {"months": "3", "note": "设备到货推迟"}
        after = advance(window, site.number, "extend_start", facts, at("2026-12-01 09:00"))
        extended = after.clock("start")
        assert extended is not None and day(extended.due_at) == due
    with pytest.raises(MoveRefused, match="以2次为限"):
        advance(
            window,
            site.number,
            "extend_start",
            {"months": "1", "note": "再延"},
            at("2026-12-02 09:00"),
        )


def test_cards_press_and_never_approve() -> None:
    site = Site("2026-03-02 09:00", kind="GOV")
    (number,) = site.apply("gc_site_opinion")
    site.accept(number)
    facts = {"level": "yellow", "note": "请加快"}
    carded = advance(officer("project_office"), site.number, "give_card", facts, site.now)
    held = carded.duty("card")
    assert held is not None and not state(number).outcome
    lead = officer("stage_lead", unit=held.unit_id)
    answered = advance(lead, site.number, "answer_card", {"note": "本周办结"}, site.now)
    assert answered.duty("card") is None and site.project.cards[0].answer == "本周办结"


def test_days_that_run_out_give_one_yellow_and_one_red_card_and_no_approval() -> None:
    from yishi.systems.construction.due import card_due

    site = Site("2026-02-10 09:00", kind="GOV")
    (number,) = site.apply("gc_site_opinion")
    site.accept(number)
    for when in ("2026-05-20 09:00", "2026-05-20 09:01", "2026-05-29 09:00", "2026-06-30 09:00"):
        card_due(at(when))
    assert [(card.level, card.automatic) for card in site.project.cards] == [
        ("yellow", True),
        ("red", True),
    ]
    assert site.case.duty("card") is not None and not state(number).outcome


def test_a_project_is_archived_when_all_its_units_are_filed() -> None:
    site = Site()
    site.built()
    site.measured("1#", "2#", "3#")
    (item,) = site.apply("gc_joint_acceptance", when="2026-09-21 09:00")
    site.accept(item)
    site.opinions(item, "2026-09-24 10:00")
    site.conclude(item, "2026-09-25 10:00")
    with pytest.raises(MoveRefused, match="备案"):
        advance(site.clerk(), site.number, "complete", {}, site.now)
    site.done("gc_completion_filing", when="2026-09-28 09:00")
    done = advance(site.clerk(), site.number, "complete", {}, site.now)
    assert (done.state, done.outcome) == ("completed", "completed")


def test_a_terminated_project_takes_what_is_open_with_it() -> None:
    site = Site("2026-03-02 09:00")
    site.done("gc_filing")
    (number,) = site.apply("gc_land_use_permit")
    advance(site.clerk(), site.number, "terminate", {"note": "投资人退出"}, site.now)
    assert (site.case.state, state(number).outcome) == ("terminated", "withdrawn")


def test_the_owner_hands_in_papers_and_the_body_sees_them() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from yishi.systems.construction.services.submitting import hand_in, show

    site = Site("2026-03-02 09:00")
    (number,) = site.apply("gc_filing")
    file = SimpleUploadedFile("申请表.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")
    hand_in(site.owner, site.number, number, "gc_application_form", file, site.now)
    given = show(site.clerk(), site.case.id, state(number), site.now)
    assert [(paper.status, len(paper.attachments)) for paper in given.papers] == [("已提交", 1)]
    assert {field.value for field in given.fields} >= {site.case.data["owner"]}


def test_what_may_come_later_is_supplied_before_the_grant() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from yishi.systems.construction.services.submitting import hand_in

    site = Site()
    site.now = at("2026-06-01 10:00")
    site.done("gc_filing", "gc_land_use_permit", when="2026-06-01 10:00")
    site.done("gc_scheme_review")
    site.done("gc_planning_permit", "gc_civil_defence", "gc_greening")
    (number,) = site.apply("gc_quality_safety", mode="deferred")
    site.accept(number)
    assert state(number).data["deferred"]
    with pytest.raises(MoveRefused, match="容缺"):
        site.grant(number)
    file = SimpleUploadedFile("方案.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")
    hand_in(site.owner, site.number, number, "gc_quality_plan", file, site.now)
    assert site.grant(number).outcome == "granted"


def test_a_pledge_is_kept_with_the_item() -> None:
    site = Site("2026-03-02 09:00")
    site.done("gc_filing", "gc_land_use_permit")
    (number,) = site.apply("gc_civil_defence", mode="pledge")
    approvals.accept(site.approver(number), number, site.now, mode="pledge")
    assert state(number).data["mode"] == "pledge"
    site.grant(number)
    head = officer("agency_head", unit=state(number).unit_id)
    approvals.revoke(head, number, at("2026-03-20 09:00"), reason="承诺不实")
    assert state(number).state == "revoked"


def test_one_window_accepts_all_at_once_and_the_days_run_from_then() -> None:
    site = Site("2026-03-02 09:00")
    wishes = [ItemWish("gc_filing"), ItemWish("gc_land_use_permit")]
    made = apply(site.clerk(), site.number, wishes, site.now, channel="window", unified=True)
    assert [case.state for case in made] == ["reviewing", "waiting"]
    site.grant(made[0].number)
    assert state(made[1].number).state == "reviewing"
    assert site.case.clock("project") is not None


def test_starting_many_items_costs_a_fixed_number_of_statements(
    django_assert_max_num_queries: object,
) -> None:
    few, many = Site("2026-03-02 09:00"), Site("2026-03-02 09:00")
    few.done("gc_filing", "gc_land_use_permit")
    many.done("gc_filing", "gc_land_use_permit")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as one:
        few.apply("gc_scheme_review")
    with CaptureQueriesContext(connection) as four:
        many.apply("gc_scheme_review", "gc_planning_permit", "gc_civil_defence", "gc_greening")
    assert len(four) <= len(one) + 1
