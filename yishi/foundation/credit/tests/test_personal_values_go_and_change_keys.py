"""Personal values of the credit file: erased when nothing needs them, sealed and hashed anew."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.audit.retention import KINDS
from yishi.foundation.cases.erasure import NotErased
from yishi.foundation.cases.party_erasure import erase_person, purge_idle
from yishi.foundation.credit import keeping, near, objections, records, screening, subjects
from yishi.foundation.credit.models import CreditRecord, ListEntry, NearMatch, Objection
from yishi.foundation.credit.tests.making import (
    KEEPER,
    at,
    entry,
    fresh_lists,
    party,
    person_number,
    record,
    screened,
)
from yishi.foundation.parties import crypto
from yishi.foundation.parties.models import Party

NOW = at("2026-06-10 09:00")
ADMINISTRATOR = Actor("user", "user:8", "管理员", (ActorGrant("administrator", None, "4206"),))
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def stored(row: CreditRecord) -> CreditRecord:
    found: CreditRecord = CreditRecord.objects.unscoped("the test").get(pk=row.pk)
    return found


def test_a_person_with_a_published_record_is_not_erased_and_then_is() -> None:
    person = party("张模拟", person_number(), "resident_id")
    row = record(on=person)
    with pytest.raises(NotErased, match="信用记录"):
        erase_person(ADMINISTRATOR, person, "本人申请", NOW)
    assert purge_idle(NOW + timedelta(days=1), 100) == 0
    records.delete(row, "annulled", date(2026, 6, 1), KEEPER, NOW)
    certificate = erase_person(ADMINISTRATOR, person, "本人申请", NOW)
    found = stored(row)
    assert (found.subject_name_enc, found.identifier_enc, found.name_hash) == ("", "", "")
    assert subjects.shown_name(found) == "（已删除）"
    assert records.broken(found) is None
    assert certificate is not None


def test_what_is_over_loses_its_names_after_the_citys_period() -> None:
    number = person_number()
    row = record(name="张模拟", identifier=number, identifier_kind="resident_id")
    raised = objections.raise_(row, "不是我", KEEPER, NOW)
    objections.decide(raised, True, "成立", KEEPER, NOW)
    keeper = record(
        name="李模拟",
        identifier=person_number(serial="003"),
        document_no="2号",
        identifier_kind="resident_id",
    )
    later = NOW + timedelta(days=1)
    assert keeping._purge_records(NOW, 100) == 0
    assert keeping._purge_records(later, 100) == 1
    assert stored(row).subject_name_enc == "" and stored(keeper).subject_name_enc
    assert keeping._purge_objections(later, 100) == 1
    assert objections.words(Objection.objects.get()) == ""
    assert {"credit_record", "credit_near", "credit_objection", "credit_list"} <= set(KINDS)


def test_removed_entries_lose_their_names() -> None:
    gone = entry(name="王模拟", number=person_number(), number_kind="resident_id", person=True)
    ListEntry.objects.filter(pk=gone.pk).update(removed_at=NOW, removed_why="removed")
    assert keeping._purge_entries(NOW + timedelta(days=1), 100) == 1
    gone.refresh_from_db()
    assert (gone.name_enc, gone.identifier_enc, gone.identifier_hash) == ("", "", "")


def test_records_lists_and_answers_survive_a_change_of_all_keys(
    tmp_path: Path, settings: Any
) -> None:
    from yishi.foundation.parties import rotation

    settings.YISHI_KEYS_FILE = tmp_path / "keys.json"
    Party.objects.all().delete()
    fresh_lists(NOW)
    number = person_number()
    row = record(
        "2026-06-01",
        kind="listing",
        list_key="judgment_debtor",
        name="张模拟",
        identifier=number,
        identifier_kind="resident_id",
    )
    raised = objections.raise_(row, "不是我", KEEPER, NOW)
    entry(name="李模拟", person=True)
    listed = screening.Subject("applicant", None, "张模拟", number, "resident_id")
    other = screening.Subject(
        "applicant", None, "李模拟", person_number(serial="007"), "resident_id"
    )
    assert screened(NOW, [listed]).outcome == "EXCLUDED"
    assert screened(NOW, [other]).outcome == "UNKNOWN"
    match = NearMatch.objects.get()
    near.answer(match, False, "住址不同", KEEPER, NOW)
    before = (stored(row).identifier_hash, NearMatch.objects.get().subject_key)
    rotation.begin(data=True, lookup=True)
    assert screened(NOW, [listed]).outcome == "EXCLUDED"
    rotation.renew()
    crypto.forget_old_lookup()
    after = (stored(row).identifier_hash, NearMatch.objects.get().subject_key)
    assert before[0] != after[0] and before[1] != after[1]
    assert subjects.open_number(stored(row)) == number
    assert crypto.key_id_of(stored(row).subject_name_enc) == crypto.key_ring().current
    assert objections.words(Objection.objects.get(pk=raised.pk)) == "不是我"
    assert screened(NOW, [listed]).outcome == "EXCLUDED"
    assert screened(NOW, [other]).outcome == "PASS"
    assert rotation.status().outdated == 0
