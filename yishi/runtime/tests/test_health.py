"""``GET /healthz`` says how each part is."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test import Client

from yishi.runtime import health


@pytest.mark.django_db
def test_it_names_every_part(client: Client) -> None:
    answer = client.get("/healthz", headers={"host": "anything"})
    assert answer.status_code == 200
    body = answer.json()
    assert body["parts"].keys() == {"web", "database", "worker", "live"}
    assert body["parts"]["database"]["ok"]
    assert not body["parts"]["worker"]["ok"]
    assert not body["ok"]


@pytest.mark.django_db
def test_a_worker_counts_while_its_heart_beats(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
        assert client.get("/healthz").json()["parts"]["worker"] == {"ok": True, "running": 1}
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '5 minutes'"
        )
    assert not client.get("/healthz").json()["parts"]["worker"]["ok"]


def test_without_the_database_it_answers_503(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> dict[str, object]:
        raise OperationalError("secret details")

    monkeypatch.setattr(health, "database_state", away)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"] == {"ok": False, "error": "OperationalError"}
