"""Administrators of the whole city see partners and their deliveries, and can put them right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from yishi.foundation import revisions
from yishi.foundation.audit.models import Look
from yishi.foundation.exchange import partners
from yishi.foundation.exchange.models import Outgoing, Partner
from yishi.foundation.places.models import Unit
from yishi.systems.city_events.tests.office import Office


@pytest.fixture
def partner(city: None, office: Office) -> Iterator[Partner]:
    """A partner with messages of one case."""
    held = office.state(office.apart().number).unit_id
    unit = Unit.objects.get(pk=held or 0)
    partners.add(
        "weisheng",
        "环卫作业系统",
        "unit",
        timezone.now() - timedelta(minutes=1),
        callback_url="https://partner.example/hook",
        units=[unit.code],
    )
    number = office.apart().number
    office.until(number, "sign", "finish")
    yield Partner.objects.get(key="weisheng")
    revisions.forget()


def test_the_log_shows_each_message_with_its_state_and_last_error(
    partner: Partner, office: Office
) -> None:
    first = Outgoing.objects.order_by("seq")[0]
    Outgoing.objects.filter(pk=first.pk).update(state="failed", attempts=8, last_error="HTTP 422")
    client = office.client("administrator")
    assert "环卫作业系统" in client.get("/desk/partners/").content.decode()
    page = client.get("/desk/partners/weisheng/").content.decode()
    for words in ("被拒绝", "HTTP 422", "待推送", first.case.number, str(first.id)):
        assert words in page
    only = client.get("/desk/partners/weisheng/?state=failed").content.decode()
    assert only.count("row-card-head") == 1


def test_a_message_is_sent_again_under_its_id_or_given_up(partner: Partner, office: Office) -> None:
    first = Outgoing.objects.order_by("seq")[0]
    Outgoing.objects.filter(pk=first.pk).update(state="failed", attempts=8)
    client = office.client("administrator")
    client.post("/desk/partners/weisheng/act/", {"act": "again", "message": str(first.id)})
    first.refresh_from_db()
    assert (first.state, first.attempts) == ("queued", 0)
    client.post("/desk/partners/weisheng/act/", {"act": "skip", "message": str(first.id)})
    first.refresh_from_db()
    assert first.state == "skipped"
    assert Look.objects.filter(subject=f"message:{first.id}").count() == 2


def test_a_paused_partner_is_resumed_and_a_wrong_one_disabled(
    partner: Partner, office: Office
) -> None:
    Partner.objects.update(state="paused", failures=9, failing_since=timezone.now())
    client = office.client("administrator")
    client.post("/desk/partners/weisheng/act/", {"act": "resume"})
    partner.refresh_from_db()
    assert (partner.state, partner.failures) == ("active", 0)
    client.post("/desk/partners/weisheng/act/", {"act": "disable"})
    partner.refresh_from_db()
    assert partner.state == "disabled"


@pytest.mark.parametrize(
    "bad", [{}, {"act": "again"}, {"act": "again", "message": "x"}, {"act": "?"}]
)
def test_what_cannot_be_done_changes_nothing(
    partner: Partner, office: Office, bad: dict[str, str]
) -> None:
    before = list(Outgoing.objects.order_by("pk").values())
    answer = office.client("administrator").post("/desk/partners/weisheng/act/", bad, follow=True)
    assert "没有可以这样处理的消息" in answer.content.decode()
    assert list(Outgoing.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    ("role", "scope"), [("acceptor", "4206"), ("auditor", "4206"), ("administrator", "4206/420606")]
)
def test_partners_are_shown_to_administrators_of_the_whole_city_only(
    partner: Partner, office: Office, role: str, scope: str
) -> None:
    client = office.client(role, scope=scope)
    assert client.get("/desk/partners/").status_code == 404
    assert client.get("/desk/partners/weisheng/").status_code == 404
    assert client.post("/desk/partners/weisheng/act/", {"act": "disable"}).status_code == 404


def test_the_log_costs_the_same_for_any_number_of_rows(partner: Partner, office: Office) -> None:
    client = office.client("administrator")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/desk/partners/weisheng/").status_code == 200
        return len(queries)

    cost()
    few = cost()
    for _ in range(3):
        office.until(office.apart().number, "sign")
    assert cost() == few <= 5
