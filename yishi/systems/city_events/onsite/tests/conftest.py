"""Officers with accounts who work on site, and a phone that sends entries."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.models import User
from yishi.systems.city_events.context import city as registers
from yishi.systems.city_events.tests.office import RUBBISH, SPOT, Office

ADDRESS = "/desk/onsite/send/"


class Site(Office):
    """The office, and phones of its people."""

    def collector(self, number: str, duty: str) -> User:
        """Somebody of the unit that holds *duty* on the case."""
        held = self.state(number).duty(duty)
        assert held is not None
        return self.account("collector", held.unit_id, "")

    def officer(self, number: str) -> User:
        """Somebody of the handling unit."""
        held = self.state(number).duty("main")
        assert held is not None
        return self.account("unit_officer", held.unit_id, "")

    def local(self, function: str = "territory", role: str = "unit_officer") -> User:
        """A worker of the township's unit where `SPOT` lies."""
        register = registers().register
        path = "/".join(register.locate(SPOT["lon"], SPOT["lat"]).managed_path.split("/")[:3])
        unit = next(u for u in register.units(path, function) if u.level == "township")
        return self.account(role, unit.id, "")

    def checking(self) -> str:
        """A case that waits for a collector's 核查."""
        number = self.report(type=None, description="这边有个问题想反映").number
        self.move(number, "request_check")
        return number


def entry(kind: str = "move", **fields: Any) -> dict[str, Any]:
    """An entry as the page writes it."""
    frame = {"key": str(uuid.uuid4()), "kind": kind, "number": "", "move": "", "facts": {}}
    return frame | {"version": None, "place": None, "entered": None} | fields


def post(user: User, body: dict[str, Any], account: int | None = None, **files: Any) -> Any:
    """Send an entry as *user*."""
    client = Client()
    client.force_login(user)
    content = {"account": account or user.pk, "body": json.dumps(body)}
    return client.post(ADDRESS, content | files)


def settling_type() -> str:
    """A type that communities and townships settle, with one standard."""
    _, catalogue = registers().catalogue(timezone.now())
    return next(
        kind.key
        for kind in catalogue.types
        if kind.settles and kind.kind == "event" and len(kind.standards) == 1
    )


@pytest.fixture
def site(city: None) -> Site:
    """The city with officers on site."""
    return Site()


__all__ = ["ADDRESS", "RUBBISH", "SPOT", "Site", "entry", "post", "settling_type"]
