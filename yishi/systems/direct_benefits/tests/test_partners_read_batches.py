"""The API: batches and payouts of the key's unit and of nobody else; papers of a batch."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.actors import ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.foundation.papers import issuing
from yishi.systems.direct_benefits import papers
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.due import run_due
from yishi.systems.direct_benefits.services import clawing, funding
from yishi.systems.direct_benefits.tests import street, town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
PATH = "/api/v1/benefits"


def client(function: str = "industry") -> Client:
    grants = [ActorGrant(s.OFFICER, town.unit(function), "")]
    key = issue_key(f"测试接口 {function}", "api", grants, timezone.now())
    return Client(headers={"X-API-Key": key})


def test_batches_payouts_and_candidates_of_ones_own_unit() -> None:
    batch = street.noticed()
    mine = client()
    (one,) = mine.get(f"{PATH}/batches").json()
    assert (one["number"], one["counts"], one["state_label"]) == (
        batch.number,
        {"noticed": 3},
        "公示中",
    )
    rows = mine.get(f"{PATH}/batches/{batch.number}/payouts?limit=2").json()
    assert [row["award_fen"] for row in rows] == [10_000, 20_000]
    more = town.enterprises(1, 500)
    town.candidates(batch.run, batch.item_version, {more[0].pk: 5})
    (waiting,) = mine.get(f"{PATH}/candidates?item={batch.item_key}").json()
    assert waiting["amount_fen"] == 5


def test_another_unit_sees_none_of_it() -> None:
    batch = street.noticed([10_000])
    other = client("commerce")
    assert other.get(f"{PATH}/batches").json() == []
    assert other.get(f"{PATH}/batches/{batch.number}/payouts").status_code == 404
    assert Client().get(f"{PATH}/batches").status_code == 401


@pytest.mark.parametrize("asked", ["limit=0", "limit=501", "offset=-1", "state=x"])
def test_bad_questions_name_the_field(asked: str) -> None:
    answer = client().get(f"{PATH}/batches?{asked}")
    assert answer.status_code == 422
    assert asked.partition("=")[0] in answer.content.decode()


def test_the_notice_is_a_numbered_paper_and_keeps_its_number() -> None:
    batch = street.noticed()
    now = town.at("2026-06-03", 12)
    made = papers.notice(town.officer(), batch.number, now, lambda code: f"https://x/{code}")
    again = papers.notice(town.officer(), batch.number, now, lambda code: f"https://x/{code}")
    assert made.pdf.startswith(b"%PDF")
    assert made.paper.number == again.paper.number
    assert street.fresh(batch).notice_number == made.paper.number
    assert issuing.find(made.paper.code) == made.paper


def test_a_clawback_is_told_on_paper_with_the_ways_to_object() -> None:
    batch = street.paid([10_000])
    (one,) = town.batch_payouts(batch)
    raw = {"ground": "duplicate", "erred": "administration", "facts": "重复（模拟）"}
    clawing.notice(town.officer(), one.case.number, raw, town.at("2026-07-01"))
    verify = "https://x/{}".format
    told = papers.claw_notice(town.officer(), one.case.number, town.at("2026-07-01"), verify)
    assert told.paper.kind == papers.CLAW_NOTICE
    plan = {"decision": "重复部分退还", "plan": [{"due": "2026-09-30", "fen": 10_000}]}
    clawing.decide(town.officer(), one.case.number, plan, town.at("2026-07-20"))
    order = papers.claw_decision(town.officer(), one.case.number, town.at("2026-07-20"), verify)
    assert order.pdf.startswith(b"%PDF")


def test_what_is_due_is_told_once_to_whoever_has_the_next_step() -> None:
    batch = street.noticed()
    assert run_due(town.at("2026-06-09", 23)) == {}
    assert run_due(street.ASKED) == {"notice_over": 1}
    assert run_due(street.ASKED) == {}
    funding.ask_funds(town.officer(), batch.number, street.ASKED)
    assert run_due(town.at("2026-06-20")) == {"pay_late": 1}
    late = street.opened([10_000], key="late", start=300)
    assert run_due(town.at("2026-06-20")) == {"review_late": 1}
    assert late.state == "listed"


def test_a_policy_without_items_reminds_the_keeper_of_the_platform_once() -> None:
    from datetime import date

    from yishi.foundation.messages.models import Message
    from yishi.systems.direct_benefits.policies.models import Policy

    Policy.objects.create(
        key="new-policy",
        number="襄测发〔2026〕9号",
        title="新政策（模拟）",
        issuer="市政府",
        level="city",
        text=[],
        plain="—",
        valid_from=date(2026, 3, 2),
        hash="1" * 64,
        created_at=town.START,
    )
    assert run_due(town.at("2026-03-03"))["policy_task"] == 2
    assert run_due(town.at("2026-03-04"))["policy_task"] == 0
    rows = Message.objects.filter(template="benefit.policy_task")
    assert {row.params["due"] for row in rows} == {"2026-03-11", "2026-03-16"}
    assert {row.unit_id for row in rows} == {town.unit("government_services")}
