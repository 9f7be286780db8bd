"""Papers on file are used while they count, and never after they were replaced or revoked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yishi.foundation.parties import services
from yishi.foundation.parties.materials import shown_number
from yishi.foundation.parties.models import HeldMaterial, Party
from yishi.foundation.parties.tests.making import NOW, SYSTEM, TODAY, firm, person
from yishi.foundation.revisions.errors import FieldError

pytestmark = pytest.mark.django_db
LICENCE = "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0"


def record(party: Party, **said: object) -> HeldMaterial:
    raw = services.MaterialInput("food_business_licence_doc", "食品经营许可证", **said)  # type: ignore[arg-type]
    return services.record_material(party, raw, actor=SYSTEM, now=NOW)


def test_a_paper_counts_from_its_issue_to_its_last_day() -> None:
    company = firm()
    paper = record(company, issued_on=TODAY, valid_to=TODAY + timedelta(days=30))
    for days, counts in ((-1, False), (0, True), (30, True), (31, False)):
        found = services.held(company, TODAY + timedelta(days=days))
        assert found == ([paper] if counts else []), days


def test_a_renewed_paper_replaces_the_old_one() -> None:
    company = firm()
    old = record(company, number="JY1", licence_id=LICENCE)
    raw = services.MaterialInput("food_business_licence_doc", "食品经营许可证", "JY2")
    fresh = services.renew(old, raw, actor=SYSTEM, now=NOW)
    assert services.held(company, TODAY) == [fresh]
    old.refresh_from_db()
    assert (old.status, fresh.replaces_id) == ("superseded", old.pk)
    with pytest.raises(FieldError, match="失去效力"):
        services.renew(old, raw, actor=SYSTEM, now=NOW)


def test_a_suspended_paper_counts_again_and_a_revoked_one_never() -> None:
    company = firm()
    paper = record(company)
    services.set_status(paper, "suspended", "暂扣三个月", actor=SYSTEM, now=NOW)
    assert services.held(company, TODAY) == []
    services.set_status(paper, "valid", "期满", actor=SYSTEM, now=NOW)
    assert services.held(company, TODAY) == [paper]
    services.set_status(paper, "revoked", "吊销决定书", actor=SYSTEM, now=NOW)
    with pytest.raises(FieldError, match="失去效力"):
        services.set_status(paper, "valid", "x", actor=SYSTEM, now=NOW)


def test_numbers_of_peoples_papers_are_sealed_and_shown_at_their_ends() -> None:
    who = person()
    paper = record(who, number="420606199001010003")
    assert paper.number == ""
    assert "19900101" not in shown_number(paper)
    assert shown_number(record(firm(), number="JY24206060001")) == "JY24206060001"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"issued_on": TODAY, "valid_to": TODAY - timedelta(days=1)}, "valid_to"),
        ({"licence_id": LICENCE[:-1] + "7"}, "licence_id"),
        ({"source": "street"}, "source"),
        ({"number": "x" * 81}, "number"),
    ],
)
def test_a_paper_that_cannot_be_names_its_field(said: dict[str, object], field: str) -> None:
    with pytest.raises(FieldError) as refused:
        record(firm(), **said)
    assert refused.value.field == field
    assert not HeldMaterial.objects.exists()


def test_one_licence_identifier_is_recorded_once() -> None:
    record(firm(), licence_id=LICENCE)
    with pytest.raises(FieldError) as refused:
        record(firm(1), licence_id=LICENCE)
    assert refused.value.field == "licence_id"
