"""The life of a record: published, ended, kept, objected to, deleted; and who may see it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from yishi.foundation.access.actors import PUBLIC, Actor, ActorGrant
from yishi.foundation.cases.scope import UnscopedQuery
from yishi.foundation.credit import effects, objections, publication, records, standing
from yishi.foundation.credit.book import book
from yishi.foundation.credit.models import CreditRecord, Deletion, Objection, RecordEvent
from yishi.foundation.credit.portal import published
from yishi.foundation.credit.records import RecordInput, RecordRefused
from yishi.foundation.credit.tests.making import (
    KEEPER,
    at,
    party,
    person_number,
    record,
)
from yishi.foundation.revisions.errors import FieldError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def stored(row: CreditRecord) -> CreditRecord:
    found: CreditRecord = CreditRecord.objects.unscoped("the test").get(pk=row.pk)
    return found


def test_s8_01_publication_stops_after_its_longest_term() -> None:
    row = record("2026-05-20", duty_done_on=date(2026, 6, 1), now=at("2026-06-02 09:00"))
    assert (row.state, row.max_end) == ("PUBLISHED", date(2027, 5, 20))
    publication.run(at("2027-05-20 23:59"))
    assert stored(row).state == "PUBLISHED"
    done = publication.run(at("2027-05-21 00:05"))
    assert (stored(row).state, stored(row).visible, done.ended) == ("ENDED", False, 1)
    assert publication.run(at("2027-05-21 00:06")).ended == 0


def test_before_the_nightly_run_the_day_already_counts() -> None:
    row = record("2026-05-20", duty_done_on=date(2026, 6, 1), now=at("2026-06-02 09:00"))
    known = book()
    assert published(date(2027, 5, 20), known).filter(pk=row.pk).exists()
    assert not published(date(2027, 5, 21), known).filter(pk=row.pk).exists()
    assert not standing.counts(stored(row), date(2027, 5, 21), known)


def test_with_the_fine_unpaid_a_person_is_asked_and_nothing_is_shown_meanwhile() -> None:
    row = record("2026-05-20", duty_open=True)
    done = publication.run(at("2027-05-21 00:05"))
    found = stored(row)
    assert (done.asked, found.state, found.visible, found.in_force) == (1, "PUBLISHED", False, True)
    assert publication.run(at("2027-05-22 00:05")).asked == 0
    records.answer_maximum(found, True, "催缴中", KEEPER, at("2027-05-22 09:00"))
    assert (stored(row).state, stored(row).visible) == ("KEPT", True)
    with pytest.raises(RecordRefused):
        records.answer_maximum(stored(row), False, "再次", KEEPER, at("2027-05-22 09:01"))


def test_where_the_sector_has_a_rule_the_record_is_kept_until_the_duty_is_done() -> None:
    row = record("2026-01-20", profile="market_supervision", duty_open=True)
    publication.run(at("2029-01-21 00:05"))
    assert (stored(row).state, stored(row).visible) == ("KEPT", True)
    paid = at("2029-03-01 10:00")
    records.note_duty(stored(row), KEEPER, paid, done_on=paid.date())
    assert (stored(row).state, stored(row).in_force) == ("ENDED", False)


def test_a_record_whose_term_is_over_when_it_arrives_is_never_published() -> None:
    row = record(
        "2024-01-10", duty_done_on=date(2024, 2, 1), now=at("2026-06-01 09:00"), severity="general"
    )
    assert (row.state, row.visible, row.published_from) == ("ENDED", False, None)


def test_the_term_begins_with_the_document_not_with_its_entry() -> None:
    row = record("2026-05-20", now=at("2026-08-30 09:00"))
    assert (row.published_from, row.min_end) == (date(2026, 8, 30), date(2026, 8, 20))


def test_a_new_order_gives_published_records_their_new_terms() -> None:
    row = record("2025-11-10")
    assert (row.rules.partition("@")[0], row.max_end) == ("ndrc58", date(2028, 11, 10))
    done = publication.run(at("2026-04-01 00:05"))
    found = stored(row)
    assert (found.rules.partition("@")[0], found.max_end) == ("ndrc36", date(2026, 11, 10))
    assert done.recomputed == 1
    assert "recomputed" in {event.what for event in found.events.all()}


def test_s8_04_a_light_record_is_seen_by_its_subject_and_its_keepers_only() -> None:
    file = party()
    row = record("2026-06-01", severity="light", on=file, duty_done_on=date(2026, 6, 1))
    subject = Actor("party", "account:1", "本人", party_id=file.pk)
    other = Actor("party", "account:2", "他人", party_id=party("别的公司", "91350100M000100Y43").pk)
    seen = {
        who.name: CreditRecord.objects.visible_to(who).filter(pk=row.pk).exists()
        for who in (KEEPER, subject, other, PUBLIC)
    }
    assert seen == {"信用管理": True, "本人": True, "他人": False, "群众": False}
    publication.run(at("2026-06-02 00:05"))
    assert stored(row).state == "UNPUBLISHED"


def test_officers_of_a_unit_see_what_their_unit_recorded() -> None:
    from yishi.foundation.places.models import Unit

    mine, theirs = Unit.objects.order_by("pk")[:2]
    row = record("2026-06-01", severity="light", unit_id=mine.pk)
    officer = Actor("user", "user:1", "", (ActorGrant("unit_officer", mine.pk, ""),))
    stranger = Actor("user", "user:2", "", (ActorGrant("unit_officer", theirs.pk, ""),))
    county = Actor("user", "user:3", "", (ActorGrant("credit_officer", None, "4206/420602"),))
    rows = CreditRecord.objects.filter(pk=row.pk)
    assert rows.visible_to(officer).exists()
    assert not rows.visible_to(stranger).exists()
    assert not rows.visible_to(county).exists()


def test_a_query_that_nobody_narrowed_raises() -> None:
    with pytest.raises(UnscopedQuery):
        list(CreditRecord.objects.all())


def test_names_and_numbers_of_people_are_sealed() -> None:
    number = person_number()
    row = record(name="张模拟", identifier=number, identifier_kind="resident_id")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(r)::text FROM credit_creditrecord r")
        text = cursor.fetchone()[0]
    assert "张模拟" not in text and number not in text
    from yishi.foundation.credit import subjects

    assert (subjects.open_name(row), subjects.open_number(row)) == ("张模拟", number)
    assert subjects.shown_name(row) == "张**" and number not in subjects.shown_number(row)


def test_a_deletion_is_done_within_three_working_days_of_its_ground_or_told_late() -> None:
    row = record("2026-01-20", kind="listing", list_key="judgment_debtor")
    found = records.ground_arose(
        row, "performed", date(2026, 2, 13), KEEPER, at("2026-02-13 15:00")
    )
    # 14 February is worked, the 15th to 23rd are not.
    assert found.due_on == date(2026, 2, 25)
    records.delete(stored(row), "performed", date(2026, 2, 13), KEEPER, at("2026-02-25 17:00"))
    assert Deletion.objects.get().late is False
    assert not published(date(2026, 2, 25), book()).filter(pk=row.pk).exists()
    late = record("2026-01-21", kind="listing", list_key="judgment_debtor")
    records.delete(late, "terminated", date(2026, 2, 13), KEEPER, at("2026-02-26 09:00"))
    assert Deletion.objects.get(record=late).late is True


def test_a_deleted_record_stays_deleted() -> None:
    row = record()
    now = at("2026-06-01 09:00")
    records.delete(row, "annulled", date(2026, 5, 30), KEEPER, now)
    for verb in (
        lambda: records.delete(stored(row), "annulled", date(2026, 5, 30), KEEPER, now),
        lambda: records.note_duty(stored(row), KEEPER, now, done_on=date(2026, 5, 30)),
        lambda: objections.raise_(stored(row), "不对", KEEPER, now),
    ):
        with pytest.raises(RecordRefused):
            verb()
    again = record(now=now)
    assert again.state == "PUBLISHED"


def test_an_objection_is_flagged_and_answered_within_working_days() -> None:
    row = record()
    found = objections.raise_(row, "金额不对", KEEPER, at("2026-06-18 10:00"))
    # 19 to 21 June are the dragon boat festival.
    assert found.flag_due.date() == date(2026, 6, 22)
    assert found.decide_due.date() == date(2026, 6, 26)
    with pytest.raises(RecordRefused, match="正在处理"):
        objections.raise_(stored(row), "又一次", KEEPER, at("2026-06-18 11:00"))
    objections.flag(found, KEEPER, at("2026-06-22 09:00"))
    assert stored(row).disputed and stored(row).visible
    objections.decide(found, False, "经核查无误", KEEPER, at("2026-06-24 09:00"))
    assert (stored(row).disputed, stored(row).state) == (False, "PUBLISHED")
    assert objections.words(Objection.objects.get()) == "金额不对"


def test_an_objection_that_is_upheld_deletes_the_record_at_once() -> None:
    row = record()
    found = objections.raise_(row, "不是本公司", KEEPER, at("2026-06-18 10:00"))
    objections.decide(found, True, "主体错误，删除", KEEPER, at("2026-06-18 15:00"))
    assert stored(row).state == "DELETED"
    assert Deletion.objects.get().ground == "wrong"
    with pytest.raises(RecordRefused):
        objections.withdraw(found, KEEPER, at("2026-06-18 16:00"))


def test_every_change_is_in_the_chain_and_a_cut_or_a_change_is_found() -> None:
    row = record()
    records.note_duty(row, KEEPER, at("2026-06-01 09:00"), done_on=date(2026, 5, 30))
    found = stored(row)
    assert records.broken(found) is None
    assert [event.what for event in found.events.order_by("seq")] == ["recorded", "duty"]
    with pytest.raises(IntegrityError), transaction.atomic():
        RecordEvent.objects.filter(record=row).update(what="other")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE credit_recordevent DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM credit_recordevent WHERE seq = 2")
        cursor.execute("ALTER TABLE credit_recordevent ENABLE TRIGGER USER")
    assert records.broken(found) is not None


def test_measures_follow_from_rules_and_end_with_the_record() -> None:
    file, now = party(), at("2026-06-01 09:00")
    row = record("2026-05-20", kind="false_pledge", on=file)
    assert {one.measure for one in effects.all_of(file, now)} >= {
        "closes_pledge_route",
        "closes_benefits",
        "key_supervision",
    }
    (closed,) = effects.in_force(file, "closes_pledge_route", now)
    assert closed.rule == "credit.effect.closes_pledge_route.bad_faith" and closed.conditions
    assert effects.in_force(file, "closes_loan_code", now) == []
    records.delete(row, "annulled", date(2026, 5, 30), KEEPER, now)
    assert effects.all_of(file, now) == []


def test_a_general_penalty_raises_checks_for_a_year_only() -> None:
    file = party()
    record("2026-05-20", on=file, activity="food")
    when = at("2027-05-20 09:00")
    assert [one.measure for one in effects.all_of(file, when)] == ["key_supervision"]
    assert effects.all_of(file, when + timedelta(days=1)) == []


def test_listeners_hear_of_changes_in_the_same_transaction() -> None:
    heard: list[tuple[str, str]] = []

    def listen(changes: object, now: object) -> None:
        heard.extend((one.before, one.after) for one in changes)  # type: ignore[attr-defined]
        if heard[-1][1] == "DELETED":
            raise RuntimeError("no")

    effects.register_listener(listen)
    try:
        row = record()
        with pytest.raises(RuntimeError):
            records.delete(row, "annulled", date(2026, 5, 30), KEEPER, at("2026-06-01 09:00"))
    finally:
        effects._LISTENERS.remove(listen)
    assert heard == [("", "PUBLISHED"), ("PUBLISHED", "DELETED")]
    assert stored(row).state == "PUBLISHED"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"kind": "fraud"}, "kind"),
        ({"kind": "listing"}, "list_key"),
        ({"list_key": "judgment_debtor"}, "list_key"),
        ({"severity": ""}, "severity"),
        ({"activity": "magic"}, "activity"),
        ({"summary": ""}, "summary"),
        ({"identifier": "91420600MA48X2K129"}, "identifier"),
        ({"duty_done_on": date(2026, 5, 1)}, "duty_done_on"),
        ({"fine_fen": -1}, "fine_fen"),
        ({"source": "moon"}, "source"),
    ],
)
def test_bad_input_names_the_field(more: dict[str, object], field: str) -> None:
    with pytest.raises(FieldError) as refused:
        record(**more)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_minors_are_never_listed_as_judgment_debtors() -> None:
    with pytest.raises(FieldError, match="未成年人"):
        record(
            kind="listing",
            list_key="judgment_debtor",
            name="王模拟",
            identifier=person_number("20090101"),
            identifier_kind="resident_id",
        )


def test_one_document_is_taken_up_once_for_a_subject() -> None:
    record()
    with pytest.raises(FieldError, match="已经登记"):
        record()


def test_a_system_writes_a_record_in_its_own_commit() -> None:
    from yishi.foundation.cases.commit import commit

    file = party()
    raw = RecordInput(
        "false_pledge",
        "樊城区市场监督管理局",
        "撤销1号",
        date(2026, 5, 20),
        "虚假承诺（模拟）",
        party=file,
        about=("pledge_licences", 7),
    )
    with transaction.atomic():
        commit([], rows=records.plan(raw, KEEPER, at("2026-05-20 10:00")))
    (row,) = CreditRecord.objects.unscoped("the test").filter(about_id=7)
    assert (row.party_id, row.state, records.broken(row)) == (file.pk, "PUBLISHED", None)
