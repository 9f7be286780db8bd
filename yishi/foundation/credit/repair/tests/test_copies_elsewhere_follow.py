"""Copies elsewhere are told with the commit; one that differs is reported and must follow."""

from __future__ import annotations

import pytest

from yishi.foundation.access.actors import PUBLIC
from yishi.foundation.credit.repair import copies
from yishi.foundation.credit.repair.models import CopyReport
from yishi.foundation.credit.repair.tests.support import (
    again,
    applicant,
    at,
    body,
    do,
    enterprise,
    keeper,
    record,
    repaired,
)
from yishi.foundation.exchange import partners as exchanging
from yishi.foundation.exchange.content import content_of
from yishi.foundation.exchange.models import Outgoing, Partner
from yishi.foundation.revisions.errors import FieldError

pytestmark = pytest.mark.usefixtures("city")


@pytest.fixture
def agency(city: None) -> Partner:
    """A credit agency that keeps copies."""
    exchanging.add(
        "agency", "模拟征信机构", Partner.Kind.OTHER, at("2026-01-01"),
        callback_url="https://agency.example.com/hook", scopes=(exchanging.COPIES,),
    )  # fmt: skip
    return Partner.objects.get(key="agency")


def test_a_repair_is_pushed_with_its_commit_and_says_what_to_show(agency: Partner) -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    case = repaired(party, one, "2026-09-01")
    (message,) = Outgoing.objects.filter(case_id=case.id)
    said = content_of(message, agency)
    assert said["type"] == "credit.repaired"
    assert (said["data"]["record"], said["data"]["show"]) == (one.number, False)
    do(body(), case, "revoke", "2026-10-20", note="凭证系伪造")
    kinds = Outgoing.objects.filter(case_id=case.id).order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["credit.repaired", "credit.republished"]
    assert [one.state for one in copies.receipts_of(case.id)] == ["queued", "queued"]


def test_nobody_is_told_of_what_changes_nothing_that_is_shown(agency: Partner) -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    case = repaired(party, one, "2026-09-01")
    assert Outgoing.objects.filter(case_id=case.id).count() == 1


def test_a_copy_that_differs_is_kept_open_until_it_follows(agency: Partner) -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    repaired(party, one, "2026-09-01")
    first = copies.report(one.number, True, PUBLIC, at("2026-09-05"), partner=agency)
    again_said = copies.report(one.number, True, PUBLIC, at("2026-09-06"), partner=agency)
    assert (first.pk, first.ours) == (again_said.pk, False)
    assert [row.pk for row in copies.differences(keeper())] == [first.pk]
    assert copies.remind(keeper(), first.pk, at("2026-09-06"))
    copies.report(one.number, False, PUBLIC, at("2026-09-07"), partner=agency)
    assert list(copies.differences(keeper())) == []
    assert CopyReport.objects.get(pk=first.pk).settled_at == at("2026-09-07")


def test_the_party_reports_a_site_and_the_window_settles_it() -> None:
    party = enterprise()
    one = record(party, "2026-05-20", done="2026-06-01")
    repaired(party, one, "2026-09-01")
    found = copies.report(
        one.number, True, applicant(party), at("2026-09-05"), site="某企业查询网站"
    )
    assert not copies.remind(keeper(), found.pk, at("2026-09-06"))
    with pytest.raises(FieldError) as refused:
        copies.settle(keeper(), found.pk, " ", at("2026-09-06"))
    assert refused.value.field == "how"
    copies.settle(keeper(), found.pk, "已致函，对方已删除", at("2026-09-08"))
    assert list(copies.differences(keeper())) == []
    assert list(copies.differences(applicant(party))) == []


def test_strangers_report_only_on_records_that_they_may_see() -> None:
    party, other = enterprise(), enterprise("襄阳模拟建筑有限公司")
    one = record(party, "2026-05-20", done="2026-06-01")
    repaired(party, one, "2026-09-01")
    assert not again(one).visible
    with pytest.raises(FieldError) as refused:
        copies.report(one.number, True, applicant(other), at("2026-09-05"), site="某网站")
    assert refused.value.field == "record"
