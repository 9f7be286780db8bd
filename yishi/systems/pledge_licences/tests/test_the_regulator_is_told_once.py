"""The push to a regulator's platform: in the decision's commit, once, in order, with a receipt."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from django.db import connection

from yishi.foundation import revisions
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.exchange import partners, sending
from yishi.foundation.exchange.delivery import deliver_to
from yishi.foundation.exchange.models import Outgoing, Partner
from yishi.foundation.papers.models import Certificate
from yishi.foundation.places.models import Unit
from yishi.systems.pledge_licences import due
from yishi.systems.pledge_licences.models import Licence
from yishi.systems.pledge_licences.services import checking, signing
from yishi.systems.pledge_licences.tests.shop import (
    NOW,
    applied,
    enterprise,
    finding,
    regulators,
    sign,
    signed,
    state,
)

pytestmark = pytest.mark.usefixtures("city")


class Regulator:
    """A regulator's platform that answers as it is told and keeps what it took."""

    def __init__(self) -> None:
        self.up = True
        self.got: list[dict[str, Any]] = []
        self.ids: list[str] = []

    def post(self, url: str, headers: dict[str, str], body: bytes, **_more: Any) -> sending.Answer:
        if not self.up:
            raise sending.SendFailed("拒绝连接")
        self.ids.append(headers["Webhook-Id"])
        self.got.append(orjson.loads(body))
        return sending.Answer(200)


@pytest.fixture
def theirs() -> Iterator[Regulator]:
    yield Regulator()
    revisions.forget()


def partner_of(unit: int) -> Partner:
    code = Unit.objects.get(pk=unit).code
    partners.add(
        "pledge-reg", "监管平台（测试）", "unit", NOW - timedelta(days=1),
        callback_url="https://regulator.example/hook", units=[code], scopes=["cases:handle"],
    )  # fmt: skip
    return Partner.objects.get(key="pledge-reg")


def test_the_push_is_part_of_the_decision_and_its_answer_is_the_receipt(theirs: Regulator) -> None:
    party = enterprise()
    case = applied(party)
    partner = partner_of(case.data["regulator"])
    done = sign(party, case)
    queued = Outgoing.objects.filter(case_id=case.id)
    assert [row.kind for row in queued] == ["licence.granted"]
    deliver_to(partner.pk, NOW, post=theirs.post)
    deliver_to(partner.pk, NOW, post=theirs.post)
    assert len(theirs.got) == 1
    data = theirs.got[0]["data"]
    assert (data["number"], data["licence_no"]) == (done.number, done.data["licence_no"])
    assert due.take_receipts(NOW) == 1
    received = state(case.number)
    assert received.state == "pending_check" and received.data["receipt_at"]
    assert due.take_receipts(NOW) == 0


def test_an_endpoint_that_was_down_for_a_day_gets_everything_in_order(theirs: Regulator) -> None:
    party = enterprise()
    case = applied(party)
    partner = partner_of(case.data["regulator"])
    done = sign(party, case)
    one, two = regulators(done)
    theirs.up = False
    moment = NOW
    for hour in range(24):
        moment = NOW + timedelta(hours=hour)
        deliver_to(partner.pk, moment, post=theirs.post)
        if hour == 3:
            given = finding(done, two, "not_met", rectify_by="2026-04-30")
            checking.record_finding(one, done.number, given, moment)
        if hour == 8:
            signed(enterprise(), moment)
    assert theirs.got == []
    theirs.up = True
    for minute in range(0, 180, 30):
        deliver_to(partner.pk, moment + timedelta(minutes=minute), post=theirs.post)
    own = [got["type"] for got in theirs.got if got["data"]["number"] == done.number]
    assert own == ["licence.granted", "licence.checked"]
    assert len(theirs.ids) == len(set(theirs.ids)) == 3
    assert not Outgoing.objects.filter(state="queued").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["before_commit", "after_commit"])
def test_killed_between_decision_and_push_it_goes_out_once(
    theirs: Regulator, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    party = enterprise()
    case = applied(party)
    partner = partner_of(case.data["regulator"])
    _in_a_process_that_is_killed(lambda: _sign_and_die(party, case, moment))
    licences = Licence.objects.unscoped("test").filter(case_id=case.id)
    if moment == "before_commit":
        assert not licences.exists() and not Outgoing.objects.exists()
        assert state(case.number).state == "offered"
        sign(party, state(case.number))
    assert licences.count() == 1
    assert Certificate.objects.filter(about_kind="case", about_id=str(case.id)).count() == 1
    for _ in range(3):
        deliver_to(partner.pk, NOW + timedelta(minutes=1), post=theirs.post)
    assert [got["type"] for got in theirs.got] == ["licence.granted"]


def _sign_and_die(party: Any, case: Any, moment: str) -> None:
    if moment == "before_commit":
        signing._after = lambda done: os.kill(os.getpid(), signal.SIGKILL)
    sign(party, case)
    os.kill(os.getpid(), signal.SIGKILL)


def _in_a_process_that_is_killed(work: Any) -> None:
    """Forked from a thread of its own, which has no connection that the child could go on using."""
    ended: list[int] = []

    def fork() -> None:
        child = os.fork()
        if child == 0:
            try:
                work()
            finally:
                os._exit(1)
        ended.append(os.waitpid(child, 0)[1])

    thread = threading.Thread(target=fork)
    thread.start()
    thread.join(120)
    (status,) = ended
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.django_db(transaction=True)
def test_two_who_sign_at_once_get_one_licence() -> None:
    party = enterprise()
    cases = [applied(party), applied(party)]
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def work(case: Any) -> None:
        try:
            start.wait(20)
            outcomes.append(sign(party, case).state)
        except MoveRefused as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(case,)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["guard", "pushed"]
    held = Licence.objects.unscoped("test").filter(holder=party, state="valid")
    assert held.count() == 1
    assert Certificate.objects.filter(holder=party, status="valid").count() == 1


def test_a_unit_without_a_platform_receives_at_its_desk(now: datetime = NOW) -> None:
    case = signed(enterprise())
    one, _two = regulators(case)
    done = checking.receipt(one, case.number, now)
    assert done.state == "pending_check"
