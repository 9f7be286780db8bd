"""A real broker and devices that send to it, for tests."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt

from yishi.runtime.processes import tied_to_parent

PREFIX = "yishi/v1"
#: As docs/devices.md tells a city to set it up, but for accounts.
SETTINGS = """
listener {port} 127.0.0.1
allow_anonymous true
user {user}
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1
max_queued_messages 0
max_inflight_messages 100
log_dest file {folder}/mosquitto.log
"""


def mosquitto() -> str:
    """The program, which a test run must have."""
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert found, "no mosquitto here: apt-get install -y mosquitto"
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Mosquitto:
    """A broker with a folder of its own; what it holds outlives its being killed."""

    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}/{PREFIX}"

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start it; returns once it listens."""
        self.folder.mkdir(exist_ok=True)
        settings = self.folder / "mosquitto.conf"
        settings.write_text(
            SETTINGS.format(port=self.port, folder=self.folder, user=getpass.getuser())
        )
        process = subprocess.Popen(
            [mosquitto(), "-c", str(settings)],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=tied_to_parent(signal.SIGKILL),
        )
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return process
            assert process.poll() is None, (self.folder / "mosquitto.log").read_text()
            time.sleep(0.02)
        raise AssertionError("the broker does not listen")


@dataclass
class Senders:
    """Devices that send each message again until they are told what became of it.

    ``waiting``: topic ending and payload by (device, id); ``told``: the answers by the same.
    """

    port: int
    waiting: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict)
    told: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = field(default_factory=dict)
    others: list[dict[str, Any]] = field(default_factory=list)
    sent: int = 0
    done: threading.Event = field(default_factory=threading.Event)
    pause: float = 2.0

    def add(self, ref: str, kind: str, body: Any) -> None:
        """A message to send; bytes go as they are."""
        key = body.get("id", "") if isinstance(body, dict) else ""
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.waiting[ref, key] = (kind, payload)

    def run(self) -> None:
        """Send until all were answered or ``done`` is set (in a thread of its own)."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        while not self.done.is_set():
            with contextlib.suppress(aiomqtt.MqttError):
                async with aiomqtt.Client(
                    "127.0.0.1", self.port, protocol=aiomqtt.ProtocolVersion.V5, timeout=3
                ) as client:
                    await client.subscribe(f"{PREFIX}/devices/+/accepted", qos=1)
                    await client.subscribe(f"{PREFIX}/devices/+/errors", qos=1)
                    hearing = asyncio.create_task(self._hear(client))
                    try:
                        await self._send(client)
                    finally:
                        hearing.cancel()
            await asyncio.sleep(0.05)

    async def _send(self, client: aiomqtt.Client) -> None:
        while not self.done.is_set():
            for (ref, _key), (kind, payload) in list(self.waiting.items()):
                await client.publish(f"{PREFIX}/devices/{ref}/{kind}", payload, qos=1)
                self.sent += 1
            for _ in range(int(self.pause / 0.05)):
                if self.done.is_set():
                    return
                await asyncio.sleep(0.05)

    async def _hear(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            *_, ref, ending = message.topic.value.split("/")
            assert isinstance(message.payload, bytes)
            body = json.loads(message.payload)
            if body["id"] is None:
                self.others.append(body | {"device": ref})
            key = (ref, body["id"] or "")
            self.told.setdefault(key, []).append((ending, body))
            self.waiting.pop(key, None)
