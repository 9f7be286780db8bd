"""The intake process: messages of devices from an MQTT 5 broker into the database.

Nothing is acknowledged to the broker before it is committed here (or refused, and the device told
so). A message whose acknowledgement is lost comes again and is recognised by its id. Nothing that
matters is kept in this process: the broker holds the session, the database everything else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import aiomqtt
import orjson
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.statements import execute
from yishi.systems.city_events.devices.broker import Broker
from yishi.systems.city_events.devices.payloads import key_of
from yishi.systems.city_events.devices.service import UnknownDevice, device_actor, take
from yishi.systems.city_events.intake import IntakeConflict

log = logging.getLogger("yishi.intake")
T = TypeVar("T")

#: The broker keeps the session that long while the intake is away.
SESSION_SECONDS = 7 * 24 * 3600
#: Messages that the broker sends ahead of their acknowledgement; the others wait there.
AHEAD = 100
MOST_UNSAFE = 5_000
LARGEST = 3 * 1024 * 1024
BEAT_SECONDS = 5.0
#: First and longest pause before broker or database is tried again.
PAUSES = (0.1, 3.0)
#: Tries before a message that something unforeseen happens to is refused.
TRIES = 3
_BEAT = """
INSERT INTO city_events_intakebeat (name, at, connected, taken, refused)
VALUES ($1, now(), $2::bool, $3::bigint, $4::bigint)
ON CONFLICT (name) DO UPDATE SET at = now(), connected = EXCLUDED.connected,
  taken = EXCLUDED.taken, refused = EXCLUDED.refused
"""


class Told(NamedTuple):
    """What a device is told about a message, and whether the message was taken in."""

    accepted: bool
    body: dict[str, Any]


class _Queue(asyncio.Queue[aiomqtt.Message]):
    """Messages that were received. Those that nobody will send again (QoS 0) are dropped before
    they fill the memory; of the others the broker sends only so many ahead."""

    def put_nowait(self, item: aiomqtt.Message) -> None:
        if item.qos == 0 and self.qsize() >= MOST_UNSAFE:
            raise asyncio.QueueFull
        super().put_nowait(item)


@dataclass(slots=True)
class Intake:
    """One intake process; `run` goes on until it is cancelled."""

    broker: Broker
    connected: bool = False
    taken: int = 0
    refused: int = 0
    #: One thread for the messages, in their order, and one for the sign of life.
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    beats: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    async def run(self) -> None:
        """Connect, take in, and connect again whenever the connection is lost."""
        beating = asyncio.create_task(self._beat())
        pause = PAUSES[0]
        try:
            while True:
                try:
                    async with self._client() as client:
                        pause = PAUSES[0]
                        await self._serve(client)
                except aiomqtt.MqttError as error:
                    log.warning("broker: %s; trying again in %.1f s", error, pause)
                self.connected = False
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSES[1])
        finally:
            beating.cancel()
            for threads in (self.threads, self.beats):
                threads.submit(_let_go)
                threads.shutdown(wait=True)

    def _client(self) -> aiomqtt.Client:
        connecting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        connecting.SessionExpiryInterval = SESSION_SECONDS
        connecting.ReceiveMaximum = AHEAD
        client = aiomqtt.Client(
            self.broker.host,
            self.broker.port,
            username=self.broker.username,
            password=self.broker.password,
            identifier=self.broker.client,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            properties=connecting,
            queue_type=_Queue,
            keepalive=20,
            timeout=10,
            tls_context=ssl.create_default_context() if self.broker.tls else None,
        )
        # aiomqtt has no word for it: acknowledged is what we say, not what has arrived.
        client._client.manual_ack_set(True)
        return client

    async def _serve(self, client: aiomqtt.Client) -> None:
        """Take in messages in the order in which they come, which is that of their answers too."""
        await client.subscribe([(topic, 1) for topic in self.broker.filters])
        self.connected = True
        queue = client.messages
        async for message in queue:
            await self._one(client, message)

    async def _one(self, client: aiomqtt.Client, message: aiomqtt.Message) -> None:
        ref, kind = self.broker.taken_apart(message.topic.value)
        payload = message.payload if isinstance(message.payload, bytes) else b""
        told = await self._safely(lambda: taken_in(ref, kind, payload))
        topic = self.broker.accepted(ref) if told.accepted else self.broker.errors(ref)
        self.taken += told.accepted
        self.refused += not told.accepted
        await client.publish(topic, orjson.dumps(told.body), qos=1)
        client._client.ack(message.mid, message.qos)

    async def _safely(self, act: Callable[[], Told]) -> Told:
        """*act* in the thread, again while the database is away: meanwhile the broker waits."""
        pause, tries = PAUSES[0], 0
        loop = asyncio.get_running_loop()
        while True:
            try:
                return await loop.run_in_executor(self.threads, act)
            except (OperationalError, InterfaceError) as error:
                log.warning("database: %s; trying again in %.1f s", error, pause)
            except Exception:
                tries += 1
                log.exception("a message could not be taken in (try %d)", tries)
                if tries >= TRIES:
                    return Told(False, _fault(None, "internal", "", "系统内部错误，请稍后重发"))
            await loop.run_in_executor(self.threads, _let_go)
            await asyncio.sleep(pause)
            pause = min(pause * 2, PAUSES[1])

    async def _beat(self) -> None:
        """The sign of life that ``/healthz`` reads."""
        loop = asyncio.get_running_loop()
        told = ("", 0.0)
        while True:
            now = (str(self.connected), time.monotonic())
            if now[0] != told[0] or now[1] - told[1] >= BEAT_SECONDS:
                with contextlib.suppress(Exception):  # the next one tells it
                    await loop.run_in_executor(self.beats, self._tell_beat)
                    told = now
            await asyncio.sleep(0.2)

    def _tell_beat(self) -> None:
        try:
            execute(_BEAT, [self.broker.client, self.connected, self.taken, self.refused])
        except Exception:
            connection.close()
            raise


def _let_go() -> None:
    """Give up the thread's own connection, which may be dead."""
    connection.close()


def taken_in(ref: str, kind: str, payload: bytes) -> Told:
    """Take in one message; what its device is told."""
    if len(payload) > LARGEST:
        return Told(False, _fault(None, "too_large", "body", "消息超过 3 MB"))
    try:
        raw = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return Told(False, _fault(None, "invalid", "body", "不是 JSON 文本"))
    key = key_of(raw) or None
    try:
        answer = take(device_actor(ref), ref, kind, raw, timezone.now(), trusted=True)
    except FieldError as error:
        return Told(False, _fault(key, "invalid", error.field, error.message))
    except IntakeConflict:
        return Told(False, _fault(key, "conflict", "id", "这个消息编号已用于另一份内容"))
    except UnknownDevice:
        return Told(False, _fault(key, "unknown_device", "device", "没有登记这台设备"))
    return Told(True, {"id": answer.id, "replayed": answer.replayed, "cases": answer.cases})


def _fault(key: str | None, code: str, name: str, message: str) -> dict[str, Any]:
    return {"id": key, "code": code, "field": name, "message": message}


def run(broker: Broker) -> None:
    """Run the intake until the process is asked to end."""

    async def main() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await Intake(broker).run()

    asyncio.run(main())
