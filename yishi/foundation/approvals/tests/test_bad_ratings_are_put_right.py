"""好差评: codes and stars, once each, and the loop of a bad rating that bears a name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.approvals import ratings, roles, services
from yishi.foundation.approvals.tests.support import (
    again,
    at,
    begin,
    book,
    clerk,
    due_days,
    officer,
)
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Case, Evaluation
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError

__all__ = ["book"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("book")]
NOW = at("2026-03-02 10:00")


@pytest.fixture
def done(book: None) -> CaseState:
    case = begin("licence_b", NOW)
    services.accept(clerk(), case.number, NOW)
    services.decide(officer(case), case.number, NOW, result="granted")
    return services.deliver(clerk(), case.number, NOW, way="window")


def applicant(case: CaseState) -> Actor:
    return Actor("reporter", "party:1", "申请人", own_cases=frozenset({case.id}))


def opened() -> list[CaseState]:
    ids = Case.objects.unscoped("test").filter(system="ratings").values_list("pk", flat=True)
    return load_states(ids)


def test_s1_hard_case_10_code_1_is_five_stars(done: CaseState) -> None:
    ratings.rate(applicant(done), done.number, NOW, stars=5)
    assert Evaluation.objects.unscoped("test").get(case_id=done.id).score == 1
    assert [ratings.code_of(None, stars) for stars in (1, 2, 3, 4, 5)] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("code", "stars", "field"), [(6, None, "code"), (None, 0, "stars"), (1, 5, "stars")]
)
def test_what_is_no_rating_is_refused(
    done: CaseState, code: int | None, stars: int | None, field: str
) -> None:
    with pytest.raises(FieldError) as refused:
        ratings.rate(applicant(done), done.number, NOW, code=code, stars=stars)
    assert refused.value.field == field


def test_once_a_case_online_and_once_a_visit_at_the_window(done: CaseState) -> None:
    ratings.rate(applicant(done), done.number, NOW, code=1)
    with pytest.raises(FieldError, match="已经评价过"):
        ratings.rate(applicant(done), done.number, NOW, code=2)
    ratings.rate(clerk(), done.number, NOW, code=2, way="visit", visit="A012")
    ratings.rate(clerk(), done.number, NOW, code=3, way="visit", visit="A077")
    with pytest.raises(FieldError, match="已经评价过"):
        ratings.rate(clerk(), done.number, NOW, code=1, way="visit", visit="A077")
    assert again(done).trace_length == done.trace_length + 3


def test_only_a_bad_rating_with_a_name_opens_a_case(done: CaseState) -> None:
    ratings.rate(clerk(), done.number, NOW, code=3, way="visit", visit="1", named=True)
    ratings.rate(clerk(), done.number, NOW, code=5, way="visit", visit="2")
    assert opened() == []
    ratings.rate(clerk(), done.number, NOW, code=4, way="visit", visit="3", named=True)
    (case,) = opened()
    assert (case.unit_id, case.data["about"]) == (done.unit_id, done.number)
    assert due_days(case) == {"contact": "2026-03-03", "rectify": "2026-03-23"}


def test_contact_rectify_feed_back_and_ask_again(done: CaseState) -> None:
    ratings.rate(applicant(done), done.number, NOW, code=5, named=True, text="等了很久")
    (case,) = opened()
    body = officer(case)
    watcher = Actor("user", "user:9", "监督", (ActorGrant(roles.OFFICE, None, "4206"),))
    later = NOW + timedelta(hours=3)
    raw = {"complexity": "complex", "note": "已电话联系"}
    ratings.advance(body, case.number, "contact", raw, later)
    case = ratings.advance(body, case.number, "feed_back", {"note": "已增设窗口"}, later)
    assert (case.state, case.timeliness) == ("fed_back", "on_time")
    raw = {"result": "unsettled", "note": "仍不满意"}
    case = ratings.advance(watcher, case.number, "follow_up", raw, later)
    assert (case.state, case.data["round"]) == ("rectifying", 2)
    late = at("2026-03-24 10:00")
    case = ratings.advance(body, case.number, "feed_back", {"note": "再次整改"}, late)
    assert case.timeliness == "late"
    raw = {"result": "settled", "note": "认可"}
    case = ratings.advance(watcher, case.number, "follow_up", raw, late)
    assert (case.state, case.closed_at is not None) == ("closed", True)
