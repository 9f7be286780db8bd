"""One version of a certificate counts at a time, and what lost its force never gets it back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.foundation.papers.certificates import changing, states
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.models import (
    STATUSES,
    Certificate,
    CertificateChange,
)
from yishi.foundation.papers.certificates.tests.making import NOW, TODAY, issued, said
from yishi.foundation.parties import services as parties
from yishi.foundation.parties.licence_ids import LicenceId, check_licence_id
from yishi.foundation.parties.models import HeldMaterial
from yishi.foundation.parties.tests.making import SYSTEM, firm, person
from yishi.foundation.revisions.errors import FieldError

pytestmark = pytest.mark.django_db
KEYS = [key for key, _label in STATUSES]


@pytest.fixture(autouse=True)
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[certificates.StatusChange]]:
    """What a listener is told."""
    told: list[certificates.StatusChange] = []
    monkeypatch.setattr(changing, "_LISTENERS", [told.append])
    yield told


def test_identifiers_of_the_standard_are_read_and_made() -> None:
    good = (
        "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
        "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
        "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9",
    )
    for text in good:
        assert str(check_licence_id("identifier", text)) == text
    first = LicenceId("11100000000013338W009", "11330105002500287C", "2025052201", 2)
    assert str(first.renewed()).endswith(".003.Y")
    sample = (
        "1.2.156.3005.2.11100000000013661B006.113700000045046442"
        ".209FA4E88F9E4C878F3E9BED2CE7EA49.001."
    )
    with pytest.raises(FieldError, match="校验位"):
        check_licence_id("identifier", sample + "M")
    assert check_licence_id("identifier", sample + "D").version == 1


def test_an_issued_certificate_has_its_identifier_and_lies_in_the_holders_file() -> None:
    company = firm(1)
    one = issued(company)
    parts = check_licence_id("identifier", one.identifier)
    assert (parts.type, parts.issuer, parts.serial, parts.version) == (
        one.type_code,
        one.issuer_code,
        one.serial,
        1,
    )
    assert one.serial.startswith("20261130")
    assert (one.holder_code_kind, one.holder_name) == ("001", company.name)
    (paper,) = parties.held(company, TODAY)
    assert (paper.licence_id, paper.source) == (one.identifier, "store")
    (change,) = certificates.history(one)
    assert (change.before, change.after) == ("", "valid")


def test_a_persons_name_number_and_personal_fields_are_sealed() -> None:
    one = issued(person(3, "欧阳模拟"), number="证2026001")
    assert (one.holder_code_kind, one.personal) == ("111", True)
    row = Certificate.objects.filter(pk=one.pk).values().get()
    text = repr(row)
    assert "欧阳" not in text and "王模拟" not in text
    name, code = certificates.open_holder(one)
    assert (name, len(code)) == ("欧阳模拟", 18)
    assert certificates.shown_holder(one)[0] != name
    assert code not in certificates.shown_holder(one)[1]
    public = {line.key for line in certificates.lines_of(one, personal=False)}
    whole = {line.key for line in certificates.lines_of(one, personal=True)}
    assert whole - public == {"person_in_charge"}


def test_an_identity_number_is_no_number_of_a_certificate() -> None:
    somebody = person(4)
    code = certificates.holder_of(somebody).code
    with pytest.raises(FieldError, match="公民身份号码") as caught:
        issued(somebody, number=code)
    assert caught.value.field == "number"


def test_issuing_costs_the_same_whatever_the_certificate_says() -> None:
    company = firm(1)
    parts = [issued(company) for _ in range(5)]
    counts = []
    for fields, components in (((), ()), (said(company).fields, parts)):
        raw = said(company, fields=fields, components=components)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            certificates.issue(raw, actor=SYSTEM, now=NOW)
        counts.append(len(asked))
    # One more where there are components: they have a table of their own.
    assert counts[1] == counts[0] + 1 <= 9, counts


def test_the_plan_asks_the_database_nothing_and_issues_in_the_callers_transaction() -> None:
    raw = said(firm(1))
    with CaptureQueriesContext(connection) as asked:
        planned = certificates.plan_issue(raw, actor=SYSTEM, now=NOW)
    assert not len(asked)
    with pytest.raises(RuntimeError), transaction.atomic():
        certificates.write(planned.rows)
        raise RuntimeError
    assert certificates.find(planned.verify_code) is None
    certificates.write(planned.rows)
    found = certificates.find(planned.verify_code.lower())
    assert found is not None and found.identifier == planned.identifier


def test_a_new_version_takes_the_place_of_the_old_one(
    heard: list[certificates.StatusChange],
) -> None:
    company = firm(1)
    old = issued(company)
    fresh = certificates.renew(old, said(company, valid_to=date(2036, 1, 1)), actor=SYSTEM, now=NOW)
    old.refresh_from_db()
    assert (fresh.version, fresh.serial, fresh.supersedes_id) == (2, old.serial, old.pk)
    assert fresh.number == old.number
    assert (old.status, certificates.newest(old)) == ("superseded", fresh)
    (told,) = heard
    assert (told.certificate.pk, told.before) == (old.pk, "valid")
    (paper,) = parties.held(company, TODAY)
    assert paper.licence_id == fresh.identifier
    assert HeldMaterial.objects.get(licence_id=old.identifier).status == "superseded"
    assert paper.replaces == HeldMaterial.objects.get(licence_id=old.identifier)
    with pytest.raises(FieldError, match="只有有效"):
        certificates.renew(old, said(company), actor=SYSTEM, now=NOW)
    with pytest.raises(FieldError, match="持证主体"):
        certificates.renew(fresh, said(firm(2)), actor=SYSTEM, now=NOW)


@settings(max_examples=60)
@given(steps=st.lists(st.sampled_from(KEYS), min_size=1, max_size=6), direct=st.booleans())
def test_a_status_never_comes_back_from_a_final_one(steps: list[str], direct: bool) -> None:
    """By the verb and past it: the database refuses what the verb would."""
    with transaction.atomic():
        one = issued(firm(1))
        ended = False
        for after in steps:
            before = Certificate.objects.get(pk=one.pk).status
            try:
                with transaction.atomic():
                    if direct:
                        Certificate.objects.filter(pk=one.pk).update(status=after, reason="测试")
                    else:
                        certificates.set_status(one, after, "测试", actor=SYSTEM, now=NOW)
            except (FieldError, IntegrityError):
                assert Certificate.objects.get(pk=one.pk).status == before
                continue
            assert not ended or after not in states.IN_FORCE
            if not direct:
                assert states.may_follow(before, after)
            ended = ended or after not in states.IN_FORCE
        transaction.set_rollback(True)


def test_a_change_of_status_is_told_stored_and_reaches_the_file(
    heard: list[certificates.StatusChange],
) -> None:
    company = firm(1)
    one = issued(company)
    for field, status, reason in (("status", "nonsense", "x"), ("reason", "revoked", " ")):
        with pytest.raises(FieldError) as caught:
            certificates.set_status(one, status, reason, actor=SYSTEM, now=NOW)
        assert caught.value.field == field
    certificates.set_status(one, "suspended", "停业整顿", actor=SYSTEM, now=NOW)
    certificates.set_status(one, "valid", "整改完成", actor=SYSTEM, now=NOW)
    certificates.set_status(one, "revoked", "虚假承诺", actor=SYSTEM, now=NOW)
    certificates.set_status(one, "cancelled", "撤销后注销", actor=SYSTEM, now=NOW)
    assert [t.certificate.status for t in heard] == ["suspended", "valid", "revoked", "cancelled"]
    assert [c.after for c in certificates.history(one)][1:] == [t.certificate.status for t in heard]
    assert parties.held(company, TODAY) == []


def test_the_database_keeps_what_was_issued() -> None:
    one = issued(firm(1))
    values = {
        f.attname: getattr(one, f.attname)
        for f in one._meta.concrete_fields
        if f.attname not in ("id", "status_index")
    }
    fresh: dict[str, Any] = {"identifier": "x", "verify_code": "C" * 20, "version": 2}
    for change in (
        {},  # a second version in force
        {"status": "nonsense"},
        {"status": "revoked", "reason": ""},
        {"status": "revoked", "reason": "x", "valid_to": date(2026, 11, 1)},
        {"status": "revoked", "reason": "x", "version": 0},
        {"status": "revoked", "reason": "x", "holder_name": ""},
        {"status": "revoked", "reason": "x", "version": 1},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Certificate.objects.create(id=firm(9).pk, **{**values, **fresh, **change})
    for column, value in (("number", "Y"), ("data", {}), ("issued_on", date(2020, 1, 1))):
        with pytest.raises(IntegrityError), transaction.atomic():
            Certificate.objects.filter(pk=one.pk).update(**{column: value})
    for rows in (Certificate.objects.filter(pk=one.pk), CertificateChange.objects.all()):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows._raw_delete(rows.db)
    with pytest.raises(IntegrityError), transaction.atomic():
        CertificateChange.objects.update(reason="anders")


def test_the_end_of_a_term_is_shown_at_once_and_stored_at_night() -> None:
    one = issued(firm(1), valid_to=TODAY, valid_from=TODAY)
    assert states.standing(one, TODAY).key == "valid"
    assert states.standing(one, TODAY - timedelta(days=1)).key == "not_yet"
    after = states.standing(one, TODAY + timedelta(days=1))
    assert (after.key, after.counts, after.code) == ("expired", False, "05")
    assert certificates.lapse_expired(SYSTEM, NOW) == 0
    assert certificates.lapse_expired(SYSTEM, NOW + timedelta(days=1)) == 1
    one.refresh_from_db()
    assert one.status == "lapsed"
    assert certificates.lapse_expired(SYSTEM, NOW + timedelta(days=2)) == 0


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("type_code", {"type_code": "11"}),
        ("issuer_code", {"issuer_code": "襄阳"}),
        ("type_key", {"type_key": "Bad Key"}),
        ("serial", {"serial": "ab-1"}),
        ("name", {"name": " "}),
        ("issuer_name", {"issuer_name": ""}),
        ("valid_to", {"valid_to": TODAY - timedelta(days=1)}),
        ("layout", {"layout": "round"}),
        ("fields", {"fields": [certificates.CertificateField("a", "甲", "1")] * 2}),
        ("number", {"number": "x" * 81}),
    ],
)
def test_bad_input_is_refused_naming_its_field(field: str, change: dict[str, Any]) -> None:
    with pytest.raises(FieldError) as caught:
        issued(firm(1), **change)
    assert caught.value.field == field
    assert not Certificate.objects.exists()
