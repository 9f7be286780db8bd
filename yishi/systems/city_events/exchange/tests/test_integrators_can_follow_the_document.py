"""What docs/exchange.md tells integrators is what they get."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from yishi.foundation.exchange.delivery import deliver_to
from yishi.systems.city_events.exchange.events import EXCHANGE
from yishi.systems.city_events.exchange.handling import BY_SENDER, BY_UNIT
from yishi.systems.city_events.exchange.tests.conftest import Server, Town, platform, quick_post

TEXT = (Path(settings.BASE_DIR) / "docs" / "exchange.md").read_text(encoding="utf-8")


def test_the_python_example_verifies_what_is_sent(town: Town, server: Server) -> None:
    found = re.search(r"```python\n(.*?)```", TEXT, re.S)
    assert found is not None
    example: dict[str, Any] = {}
    exec(found[1], example)
    town.now = timezone.now() - timedelta(minutes=1)
    unit = town.state(town.report(lon=112.16).number).unit_id
    theirs = platform(callback=server.url, unit=unit)
    town.report()
    deliver_to(theirs.partner.pk, timezone.now(), post=quick_post)
    got = server.got[0]
    headers = {
        "Webhook-Id": got.id,
        "Webhook-Timestamp": got.timestamp,
        "Webhook-Signature": got.signatures,
    }
    verify = example["verify"]
    assert verify(theirs.made.signing_secret, headers, got.raw)
    assert not verify(theirs.made.signing_secret, headers, got.raw + b" ")
    old = headers | {"Webhook-Timestamp": str(int(got.timestamp) - 1000)}
    assert not verify(theirs.made.signing_secret, old, got.raw)


def test_every_event_and_every_kind_is_described() -> None:
    for name in (*EXCHANGE.told.values(), *BY_UNIT, *BY_SENDER):
        assert f"`{name}`" in TEXT
