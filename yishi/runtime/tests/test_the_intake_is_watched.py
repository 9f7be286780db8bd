"""``/healthz`` knows the intake where there is a broker, and a start does not wait for one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from yishi.runtime.supervisor import _all_but_the_broker
from yishi.systems.city_events.devices.models import IntakeBeat


def parts(client: Client) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = client.get("/healthz").json()["parts"]
    return found


@pytest.mark.django_db
def test_without_a_broker_there_is_no_intake(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YISHI_MQTT_URL", raising=False)
    assert "intake" not in parts(client)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("silence", "connected", "running", "ok"),
    [(1, True, True, True), (1, False, True, False), (60, True, False, False)],
)
def test_the_intake_is_well_while_it_gives_signs_and_has_its_broker(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    silence: int,
    connected: bool,
    running: bool,
    ok: bool,
) -> None:
    monkeypatch.setenv("YISHI_MQTT_URL", "mqtt://127.0.0.1:1")
    assert parts(client)["intake"]["ok"] is False  # it never gave a sign
    at = timezone.now() - timedelta(seconds=silence)
    IntakeBeat.objects.create(name="i", at=at, connected=connected, taken=5, refused=2)
    told = parts(client)["intake"]
    assert (told["running"], told["ok"]) == (running, ok)
    assert (told["taken"], told["refused"]) == (5, 2)


def test_a_start_does_not_wait_for_a_broker() -> None:
    well, away = {"ok": True}, {"ok": False}
    assert _all_but_the_broker({"parts": {"web": well, "intake": away}})
    assert not _all_but_the_broker({"parts": {"web": away, "intake": away}})
    assert not _all_but_the_broker({})
