"""The two doors of devices are the same: S2-A11 and bad messages over HTTP and over MQTT."""

from __future__ import annotations

import base64
import io
import itertools
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from tests.brokers import Mosquitto, Senders
from tests.world import HERE, THERE, World
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import CasePaper
from yishi.systems.city_events.devices.broker import BrokerError, read_url
from yishi.systems.city_events.devices.mqtt import LARGEST, taken_in

_ids = itertools.count(1)
LIFT = "SIM-LIFT-01"


def post(client: Client, ref: str, kind: str, body: dict[str, Any]) -> Any:
    raw = {"id": f"m-{next(_ids)}"} | body
    return client.post(f"/api/v1/devices/{ref}/{kind}", raw, content_type="application/json")


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (20, 90, 160)).save(out, "JPEG")
    return out.getvalue()


def test_s2_a11_over_http(world: World) -> None:
    client = world.program(HERE)
    begun = time.monotonic()
    first = post(client, LIFT, "detections", {"confidence": 0.93})
    assert time.monotonic() - begun < 5
    (told,) = first.json()["cases"]
    assert (first.status_code, told["state"], told["merged"]) == (201, "assigned", False)
    state = load_states(number=told["number"])[0]
    assert state.managed_path.endswith("/420606007010")
    (again,) = post(client, LIFT, "detections", {"confidence": 0.95}).json()["cases"]
    assert again["merged"] and again["number"] == told["number"]


def test_a_picture_comes_along_by_either_way(world: World) -> None:
    client = world.program(HERE)
    image = base64.b64encode(jpeg()).decode()
    told = post(client, LIFT, "detections", {"confidence": 0.7, "image": image}).json()["cases"][0]
    assert told["state"] == "checking"
    papers = CasePaper.objects.unscoped("test")
    assert papers.filter(case__number=told["number"], step="before").count() == 1
    photo = client.post(
        "/api/v1/photos", {"file": SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg")}
    )
    body = {"confidence": 0.7, "photo": photo.json()["id"]}
    told = post(client, "SIM-LIFT-02", "detections", body).json()["cases"][0]
    assert papers.filter(case__number=told["number"], step="before").count() == 1


def test_a_key_reports_for_the_devices_of_its_scope_only(world: World) -> None:
    elsewhere = world.program(THERE)
    assert post(elsewhere, LIFT, "detections", {"confidence": 0.93}).status_code == 404
    assert post(elsewhere, "nobody", "status", {}).status_code == 404
    assert post(Client(), LIFT, "status", {}).status_code == 401


def test_http_says_what_is_wrong_and_knows_a_message_again(world: World) -> None:
    client = world.program(HERE)
    wrong = post(client, "SIM-WATER-01", "readings", {"values": {"water_depth": -1}})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "values.water_depth"
    body = {"id": "same", "values": {"water_depth": 1.5}}
    assert post(client, "SIM-WATER-01", "readings", body).status_code == 201
    known = post(client, "SIM-WATER-01", "readings", body)
    assert (known.status_code, known.json()["replayed"]) == (200, True)
    other = post(client, "SIM-WATER-01", "readings", body | {"values": {"water_depth": 2}})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


BAD: list[tuple[str, str, bytes, str, str]] = [
    (LIFT, "status", b"\xff\xfe", "invalid", "body"),
    (LIFT, "status", b"[]", "invalid", "body"),
    (LIFT, "status", b"3", "invalid", "body"),
    (LIFT, "status", b"{}", "invalid", "id"),
    (LIFT, "status", b'{"id": 7}', "invalid", "id"),
    (LIFT, "status", b'{"id": "a", "id2": 1}', "invalid", "id2"),
    (LIFT, "status", b" " * (LARGEST + 1), "too_large", "body"),
    (LIFT, "detections", b'{"id": "a"}', "invalid", "confidence"),
    (LIFT, "readings", b'{"id": "a", "values": {"wind": 1}}', "invalid", "values.wind"),
    ("nobody", "status", b'{"id": "a"}', "unknown_device", "device"),
    ("\x00", "status", b'{"id": "a"}', "unknown_device", "device"),
    ("x" * 500, "status", b'{"id": "a"}', "unknown_device", "device"),
]


@pytest.mark.parametrize(("ref", "kind", "payload", "code", "field"), BAD)
def test_a_bad_payload_is_answered_with_code_and_field(
    city: None, ref: str, kind: str, payload: bytes, code: str, field: str
) -> None:
    told = taken_in(ref, kind, payload)
    assert not told.accepted
    assert (told.body["code"], told.body["field"]) == (code, field)


@pytest.mark.parametrize(
    "url",
    [
        *("http://x", "mqtt://", "mqtt://x:port", "mqtt://x/a/+/b", "mqtt://x/a?client=a%20b"),
        "mqtt://x/a?other=1",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BrokerError):
        read_url(url)


def test_the_address_says_all() -> None:
    found = read_url("mqtts://in%40take:geheim@broker.example/city/a?client=yishi-2")
    assert (found.host, found.port, found.tls, found.prefix) == (
        *("broker.example", 8883, True, "city/a"),
    )
    assert (found.username, found.password, found.client) == ("in@take", "geheim", "yishi-2")
    assert "geheim" not in repr(found)
    assert found.taken_apart("city/a/devices/W-1/readings") == ("W-1", "readings")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    found = Mosquitto(tmp_path / "broker")
    process = found.spawn()
    yield found
    process.kill()
    process.wait()


@pytest.mark.django_db(transaction=True)
def test_s2_a11_and_bad_messages_over_mqtt(broker: Mosquitto, city: None) -> None:
    """The whole way: device, broker, intake, database, and back on the topics of answers."""
    import asyncio

    from yishi.systems.city_events.devices.mqtt import Intake

    now = timezone.now().isoformat()
    senders = Senders(broker.port)
    senders.add(LIFT, "detections", {"id": "first", "at": now, "confidence": 0.93})
    senders.add(LIFT, "detections", {"id": "second", "at": now, "confidence": 0.97})
    senders.add(LIFT, "detections", {"id": "wrong", "at": now, "confidence": 9})
    senders.add(LIFT, "status", b"not json")
    senders.add("SIM-WATER-01", "readings", {"id": "w", "values": {"water_depth": 2}})
    intake = Intake(read_url(broker.url))
    sending = threading.Thread(target=senders.run)
    begun = time.monotonic()

    async def until_told() -> None:
        running = asyncio.create_task(intake.run())
        while (senders.waiting or not senders.others) and time.monotonic() - begun < 120:
            await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    sending.start()
    try:
        asyncio.run(until_told())
    finally:
        senders.done.set()
        sending.join(10)
    assert not senders.waiting, senders.told
    ((ending, first), *_) = senders.told[LIFT, "first"]
    assert ending == "accepted" and first["cases"][0]["state"] == "assigned"
    ((_, second), *_) = senders.told[LIFT, "second"]
    assert second["cases"][0]["number"] == first["cases"][0]["number"]
    # Both bear the same moment: whichever was taken up first, the other joined it.
    assert {one["cases"][0]["merged"] for one in (first, second)} == {False, True}
    ((ending, wrong), *_) = senders.told[LIFT, "wrong"]
    assert (ending, wrong["field"]) == ("errors", "confidence")
    assert senders.others[0]["field"] == "body" and senders.others[0]["device"] == LIFT
    assert senders.told["SIM-WATER-01", "w"][0] == (
        "accepted",
        {"id": "w", "replayed": False, "cases": []},
    )
    assert json.dumps(first)
