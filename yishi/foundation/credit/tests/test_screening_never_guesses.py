"""Screening: scenarios S3-A1, A2, A4, A5, A7, A19, A20 and what varies of them."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from yishi.foundation.credit import near, records
from yishi.foundation.credit.asking import Subject, check_holder
from yishi.foundation.credit.judging import Policy
from yishi.foundation.credit.models import CreditSource, NearMatch, Screening, SourceCheck
from yishi.foundation.credit.sources import Answer, SourceGarbled
from yishi.foundation.credit.stored import configured
from yishi.foundation.credit.tests.making import (
    COMPANY,
    FOREIGN,
    INSTITUTION,
    KEEPER,
    Live,
    at,
    entry,
    fresh_lists,
    listing,
    party,
    person_number,
    record,
    screened,
)
from yishi.foundation.parties.identifiers import check_uscc
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook import decisions

NOW = at("2026-04-10 10:00")
ASK = Subject(name="襄阳示例食品有限公司", identifier=COMPANY)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


@pytest.fixture(autouse=True)
def lists(city: None) -> None:
    fresh_lists(NOW)


def codes(found: Screening) -> list[str]:
    return [one["code"] for one in found.reasons]


def test_s3_a1_numbers_are_checked_before_anybody_is_asked() -> None:
    assert screened(NOW, [Subject(name="某某公司", identifier=FOREIGN.lower())]).outcome == "PASS"
    for wrong, message in (("91350100M000100Y48", "校验位"), ("91350100M000100Y4Z", "Z")):
        with pytest.raises(FieldError, match=message) as refused:
            screened(NOW, [Subject(name="某某公司", identifier=wrong)])
        assert refused.value.field == "subjects[0].identifier"


def test_s3_a2_an_institution_is_no_market_entity() -> None:
    holders = ("enterprise", "individual_business")
    check_holder("identifier", check_uscc("identifier", COMPANY).legal_kind, holders)
    with pytest.raises(FieldError, match="不是经营主体"):
        check_holder("identifier", check_uscc("identifier", INSTITUTION).legal_kind, holders)


def test_who_is_on_no_list_passes_with_every_source_named() -> None:
    found = screened(NOW, [ASK])
    assert found.outcome == "PASS"
    assert codes(found) == ["CLEAR"]
    assert {one["key"]: one["state"] for one in found.sources} == {
        "own": "ok",
        "court": "ok",
        "serious": "ok",
    }
    assert all(one["as_of"] and one["asked_at"] and one["version"] for one in found.sources)


def test_the_answer_is_a_decision_that_still_holds() -> None:
    entry(number=COMPANY)
    found = screened(NOW, [ASK])
    assert found.outcome == "EXCLUDED" and found.decision is not None
    assert found.decision.subject_id == found.pk
    assert decisions.verify(found.decision) == []
    assert str(decisions.explain(found.decision)[1]).startswith("  ✗")


def test_a_listing_by_number_excludes_with_its_document() -> None:
    entry(number=COMPANY)
    (reason,) = screened(NOW, [ASK]).reasons
    assert (reason["code"], reason["effect"]) == ("LISTED", "excluded")
    assert reason["document_no"] == "（2025）鄂06执1号"
    assert reason["source"] == "court"


def test_s3_a4_a_term_that_ended_yesterday_does_not_count_though_the_copy_shows_it() -> None:
    entry(number=COMPANY, ends_on="2026-04-09")
    found = screened(NOW, [ASK])
    assert (found.outcome, codes(found)) == ("PASS", ["CLEAR", "TERM_OVER"])


def test_s3_a4_what_a_platform_says_now_goes_before_the_copy() -> None:
    entry(number=COMPANY)
    found = screened(NOW, [ASK], sources=[*configured(), Live()])
    assert found.outcome == "PASS"
    listed = listing()
    again = Live(answer=lambda now: Answer(now, "v1", 1000, [listed]))
    assert screened(NOW, [ASK], sources=[*configured(), again]).outcome == "EXCLUDED"


def test_a_platform_that_is_silent_is_not_replaced_by_the_copy() -> None:
    down = Live(answer=_raise(ConnectionError()))
    found = screened(NOW, [ASK], sources=[*configured(), down])
    assert (found.outcome, codes(found)) == ("UNKNOWN", ["SOURCE_DOWN"])


def test_s3_a5_a_light_record_is_neither_counted_nor_shown() -> None:
    row = record("2026-04-02", severity="light", summary="警告（简易程序，模拟）")
    assert (row.state, row.visible, row.in_force) == ("UNPUBLISHED", False, False)
    found = screened(NOW, [ASK])
    assert (found.outcome, codes(found)) == ("PASS", ["CLEAR"])


def test_a_general_penalty_is_no_serious_bad_record() -> None:
    record("2026-04-02")
    assert screened(NOW, [ASK]).outcome == "PASS"


def test_s3_a7_a_serious_listing_excludes_until_it_is_over() -> None:
    record("2026-04-10", kind="listing", list_key="serious_safety", authority="襄阳市应急管理局")
    for when, outcome in (("2026-04-10", "EXCLUDED"), ("2029-04-09", "EXCLUDED")):
        moment = at(f"{when} 23:00")
        fresh_lists(moment)
        assert screened(moment, [ASK]).outcome == outcome
    moment = at("2029-04-10 00:01")
    fresh_lists(moment)
    found = records.note_duty(
        record_of(found=screened(moment, [ASK])), KEEPER, moment, done_on=moment.date()
    )
    assert found.state == "ENDED"
    assert screened(moment, [ASK]).outcome == "PASS"


def record_of(found: Screening) -> Any:
    from yishi.foundation.credit.models import CreditRecord

    return CreditRecord.objects.unscoped("the test").get()


def _raise(error: BaseException) -> Any:
    def answer(now: datetime) -> Any:
        raise error

    return answer


def _sleep(now: datetime) -> Any:
    time.sleep(3)
    return Answer(now, "v1", 1000, [])


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (_raise(TimeoutError()), "SOURCE_SLOW"),
        (_raise(ConnectionRefusedError()), "SOURCE_DOWN"),
        (_raise(RuntimeError("boom")), "SOURCE_DOWN"),
        (_raise(SystemExit()), "SOURCE_DOWN"),
        (_raise(SourceGarbled("答复过长")), "SOURCE_GARBLED"),
        (lambda now: None, "SOURCE_GARBLED"),
        (lambda now: b"<html>login</html>", "SOURCE_GARBLED"),
        (lambda now: Answer(now, "v1", 0, []), "SOURCE_EMPTY"),
        (lambda now: Answer(now, "v1", None, []), "SOURCE_GARBLED"),
        (lambda now: Answer(now, "", 10, []), "SOURCE_GARBLED"),
        (lambda now: Answer(None, "v1", 10, []), "SOURCE_NEVER"),
        (lambda now: Answer(now - timedelta(hours=2), "v1", 10, []), "SOURCE_STALE"),
        (lambda now: Answer(now + timedelta(days=1), "v1", 10, []), "SOURCE_GARBLED"),
        (lambda now: Answer(now.replace(tzinfo=None), "v1", 10, []), "SOURCE_GARBLED"),
        (lambda now: Answer(now, "v1", 10, [{"name": "x"}]), "SOURCE_GARBLED"),  # type: ignore[list-item]
        (lambda now: Answer(now, "v1", 10, None), "SOURCE_GARBLED"),  # type: ignore[arg-type]
    ],
)
def test_s3_a19_a_source_that_fails_is_unknown_and_tried_again(answer: Any, code: str) -> None:
    live = Live(answer=answer)
    found = screened(NOW, [ASK], sources=[*configured(), live])
    assert (found.outcome, codes(found)) == ("UNKNOWN", [code])
    assert len(live.tries) == 2
    tried = next(one for one in found.sources if one["key"] == "live")["attempts"]
    assert len(tried) == 2 and all(one["state"] for one in tried)


def test_s3_a19_a_source_that_does_not_answer_in_time_is_left_behind() -> None:
    began = time.monotonic()
    found = screened(NOW, [ASK], sources=[*configured(), Live(answer=_sleep)])
    assert (found.outcome, codes(found)) == ("UNKNOWN", ["SOURCE_SLOW"])
    assert time.monotonic() - began < 6


def test_a_source_that_answers_at_the_second_try_is_used_and_the_first_is_logged() -> None:
    answers = iter([ConnectionError(), None])

    def answer(now: datetime) -> Any:
        error = next(answers)
        if error:
            raise error
        return Answer(now, "v1", 1000, [])

    found = screened(NOW, [ASK], sources=[*configured(), Live(answer=answer)])
    assert found.outcome == "PASS"
    tried = next(one for one in found.sources if one["key"] == "live")["attempts"]
    assert [one["state"] for one in tried] == ["down", "ok"]


def test_lists_that_are_stale_or_were_never_loaded_are_unknown_and_logged() -> None:
    CreditSource.objects.filter(key="court").update(as_of=NOW - timedelta(hours=37))
    found = screened(NOW, [ASK])
    assert (found.outcome, codes(found)) == ("UNKNOWN", ["SOURCE_STALE"])
    assert CreditSource.objects.get(key="court").state == "stale"
    assert SourceCheck.objects.filter(source__key="court", state="stale").exists()
    CreditSource.objects.filter(key="court").update(as_of=None, rows=0, version="")
    assert codes(screened(NOW, [ASK])) == ["SOURCE_NEVER"]


def test_a_certain_listing_excludes_though_another_source_is_down() -> None:
    entry(number=COMPANY, list_key="serious_market")
    CreditSource.objects.filter(key="court").update(as_of=None)
    found = screened(NOW, [ASK])
    assert found.outcome == "EXCLUDED"
    assert set(codes(found)) == {"SOURCE_NEVER", "LISTED"}


def test_without_any_source_nobody_passes() -> None:
    found = screened(NOW, [ASK], sources=[])
    assert found.outcome == "UNKNOWN"
    assert set(codes(found)) == {"NOT_COVERED"}


def test_without_the_rule_nobody_passes() -> None:
    found = screened(at("2009-01-01 10:00"), [ASK], sources=[])
    assert found.outcome == "UNKNOWN" and found.decision is None


def test_s3_a20_a_namesake_with_another_number_passes_and_is_only_noted() -> None:
    entry(name="王伟", number=person_number(serial="003"), number_kind="resident_id", person=True)
    who = Subject(
        name="王伟", identifier=person_number(serial="005"), identifier_kind="resident_id"
    )
    found = screened(NOW, [who])
    assert (found.outcome, codes(found)) == ("PASS", ["CLEAR", "NAMESAKE"])
    assert NearMatch.objects.get().state == "DISTINCT"
    assert "王伟" not in str(found.reasons) + str(found.subjects)


def test_a_namesake_without_a_number_waits_for_a_person_and_never_excludes() -> None:
    entry(name="王伟", person=True, masked="420606********0054")
    number = person_number(serial="005")
    masked = "420606********" + number[-4:]
    other = entry(name="王伟", person=True, masked=masked, external_id="2")
    who = Subject(name="王伟", identifier=number, identifier_kind="resident_id")
    found = screened(NOW, [who])
    assert found.outcome == "UNKNOWN"
    assert sorted(codes(found)) == ["NAMESAKE", "NEAR_MATCH"]
    (open_one,) = NearMatch.objects.filter(state="OPEN")
    assert open_one.entry_id == other.pk


def test_a_persons_answer_holds_from_then_on() -> None:
    entry(name="襄阳示例食品有限公司")
    found = screened(NOW, [ASK])
    assert (found.outcome, codes(found)) == ("UNKNOWN", ["NEAR_MATCH"])
    match = NearMatch.objects.get()
    near.answer(match, False, "经营地址不同", KEEPER, NOW)
    assert screened(NOW, [ASK]).outcome == "PASS"
    near.answer(match, True, "更正：法院函复为同一公司", KEEPER, NOW)
    again = screened(NOW, [ASK])
    assert (again.outcome, codes(again)) == ("EXCLUDED", ["CONFIRMED"])


def test_an_old_registration_number_counts_with_the_name_only() -> None:
    file = party()
    from yishi.foundation.parties.registering import add_identifier

    add_identifier(file, "reg_no", "420600000012345", source="registry", actor=KEEPER, now=NOW)
    entry(number="420600000012345", number_kind="reg_no")
    ask = [Subject(party=file.pk)]
    assert screened(NOW, ask).outcome == "EXCLUDED"


def test_an_old_registration_number_of_another_name_is_nobody() -> None:
    file = party()
    from yishi.foundation.parties.registering import add_identifier

    add_identifier(file, "reg_no", "420600000012345", source="registry", actor=KEEPER, now=NOW)
    entry(name="完全不同的公司", number="420600000012345", number_kind="reg_no")
    assert screened(NOW, [Subject(party=file.pk)]).outcome == "PASS"


def test_the_organisation_code_within_the_credit_code_counts_with_the_name() -> None:
    entry(number=COMPANY[8:17], number_kind="org_code")
    assert screened(NOW, [ASK]).outcome == "EXCLUDED"


def test_a_former_name_is_compared_too() -> None:
    from yishi.foundation.parties.registering import rename

    file = party("襄阳旧名贸易有限公司")
    rename(file, "襄阳新名贸易有限公司", NOW.date(), actor=KEEPER, now=NOW)
    entry(name="襄阳旧名贸易有限公司")
    assert codes(screened(NOW, [Subject(party=file.pk)])) == ["NEAR_MATCH"]


def test_a_name_without_a_number_never_passes() -> None:
    assert codes(screened(NOW, [Subject(name="襄阳无号公司")])) == ["NO_NUMBER"]


def test_a_closed_file_never_passes() -> None:
    from yishi.foundation.parties.merging import end

    file = party()
    end(file, NOW.date(), "注销登记", actor=KEEPER, now=NOW)
    found = screened(NOW, [Subject(party=file.pk)])
    assert (found.outcome, codes(found)) == ("UNKNOWN", ["ENDED"])


def test_the_legal_representatives_listing_counts_only_where_the_matter_says_so() -> None:
    number = person_number()
    entry(name="李明", number=number, number_kind="resident_id", person=True)
    boss = Subject("legal_representative", None, "李明", number, "resident_id")
    found = screened(NOW, [ASK, boss])
    assert (found.outcome, codes(found)) == ("PASS", ["CLEAR", "NOT_COUNTED"])
    both = Policy(frozenset({"applicant", "legal_representative"}), frozenset({"judgment_debtor"}))
    assert screened(NOW, [ASK, boss], policy=both).outcome == "EXCLUDED"
    company_only = screened(
        NOW, [Subject("legal_representative", None, "李明", number, "resident_id")], policy=both
    )
    assert company_only.outcome == "EXCLUDED"


def test_a_company_on_a_list_does_not_exclude_its_representative() -> None:
    entry(number=COMPANY)
    boss = Subject("applicant", None, "李明", person_number(), "resident_id")
    found = screened(NOW, [boss, Subject("company", None, ASK.name, ASK.identifier)])
    assert (found.outcome, codes(found)) == ("PASS", ["CLEAR", "NOT_COUNTED"])


def test_a_ground_that_does_not_count_in_a_matter_does_not_exclude() -> None:
    entry(number=COMPANY)
    policy = Policy(frozenset({"applicant"}), frozenset({"serious_list"}))
    found = screened(NOW, [ASK], policy=policy)
    assert (found.outcome, codes(found)) == ("PASS", ["CLEAR", "NOT_COUNTED"])


def test_a_deleted_record_is_out_of_screening_at_once() -> None:
    row = record(
        "2026-04-01", kind="listing", list_key="judgment_debtor", authority="襄阳市樊城区人民法院"
    )
    assert screened(NOW, [ASK]).outcome == "EXCLUDED"
    deleted = records.delete(row, "performed", NOW.date(), KEEPER, NOW)
    assert (deleted.state, deleted.visible, deleted.in_force) == ("DELETED", False, False)
    assert screened(NOW, [ASK]).outcome == "PASS"


def test_an_answer_that_was_given_is_not_rewritten_by_a_later_listing() -> None:
    found = screened(NOW, [ASK])
    entry(number=COMPANY)
    later = screened(NOW + timedelta(minutes=5), [ASK])
    found.refresh_from_db()
    assert (found.outcome, later.outcome) == ("PASS", "EXCLUDED")


def test_a_near_match_of_a_live_source_can_be_answered() -> None:
    from dataclasses import replace

    CreditSource.objects.create(
        key="live",
        name="执行信息网",
        kind="live",
        address="https://zx.example/",
        max_age=timedelta(hours=1),
        lists=["judgment_debtor"],
    )
    bare = replace(listing(), identifier_kind="", identifier_hash="")
    live = Live(answer=lambda now: Answer(now, "v1", 1000, [bare]))
    sources = [one for one in configured() if one.key != "live"] + [live]
    assert screened(NOW, [ASK], sources=sources).outcome == "UNKNOWN"
    near.answer(NearMatch.objects.get(), False, "电话核实不是", KEEPER, NOW)
    assert screened(NOW, [ASK], sources=sources).outcome == "PASS"
