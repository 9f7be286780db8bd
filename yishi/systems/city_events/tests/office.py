"""Officers with accounts, browsers for them, and cases to work on, for tests of pages."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from yishi.foundation.access.actors import PUBLIC, Actor, ActorGrant
from yishi.foundation.access.models import Grant, User
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events import moves
from yishi.systems.city_events.context import city as city_registers
from yishi.systems.city_events.intake import Receipt, report

#: 暴露生活垃圾 and a point in 樊城区 where everything about it is certain.
RUBBISH = "event/01/10"
SPOT = {"lon": 112.1420, "lat": 32.0500}
COUNTY = "4206/420606"
ELSEWHERE = "4206/420602"
_ids = itertools.count(1)


def photo(name: str = "现场.jpg") -> SimpleUploadedFile:
    """A small real photo."""
    out = io.BytesIO()
    Image.new("RGB", (320, 240), (90, 120, 90)).save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")


class Office:
    """Cases and the officers around them, made through the services."""

    def report(self, channel: str = "portal", **fields: Any) -> Receipt:
        """A report that is filed and dispatched by itself unless *fields* say otherwise."""
        raw = {
            "type": RUBBISH,
            "description": "生活垃圾堆在路边没人清运",
            "external_id": f"desk-{next(_ids)}",
            **SPOT,
            **fields,
        }
        given = {name: value for name, value in raw.items() if value is not None}
        return report(PUBLIC, given, channel, timezone.now())

    def apart(self, **fields: Any) -> Receipt:
        """A report far enough from all others that it becomes a case of its own.

        The 400 places, 190 m apart, lie in one county however many ids the session has used.
        """
        n = next(_ids)
        east, north = n % 20, n // 20 % 20
        return self.report(lon=112.10 + east * 0.002, lat=32.04 + north * 0.002, **fields)

    def state(self, number: str) -> CaseState:
        """The case as stored."""
        return load_states(number=number)[0]

    def account(self, role: str = "", unit: int | None = None, scope: str = "4206") -> User:
        """An officer's account, with a role if one is named."""
        n = next(_ids)
        user = User.objects.create_user(f"officer{n}", "right-password", display_name=f"测试{n}")
        if role:
            Grant.objects.create(
                user=user,
                role=role,
                unit_id=unit,
                scope=scope,
                valid_from=timezone.now() - timedelta(minutes=1),
            )
        return user

    def client(self, role: str = "", unit: int | None = None, scope: str = "4206") -> Client:
        """A browser in which such an officer is signed in."""
        return self.signed_in(self.account(role, unit, scope))

    def signed_in(self, user: User) -> Client:
        """A browser of *user*."""
        client = Client()
        client.force_login(user)
        return client

    def unit_client(self, number: str, role: str = "unit_officer", duty: str = "main") -> Client:
        """A browser of somebody of the unit that holds *duty* on the case."""
        held = self.state(number).duty(duty)
        assert held is not None
        return self.client(role, held.unit_id, "")

    def holder(self, number: str) -> Actor:
        """Whoever may make the next moves, for steps that are not under test."""
        grants = [ActorGrant(role, None, "4206") for role in ("acceptor", "dispatcher")]
        for held in self.state(number).assignments:
            if held.open and held.role == "main":
                grants.append(ActorGrant("unit_officer", held.unit_id, ""))
            elif held.open and held.role in ("check", "verify"):
                grants.append(ActorGrant("collector", held.unit_id, ""))
        return Actor("user", "user:0", "测试", tuple(grants), None)

    def move(self, number: str, name: str, now: datetime | None = None, **raw: Any) -> CaseState:
        """Make a move as its holder."""
        holder = self.holder(number)
        if name.startswith("grant_"):  # who asked does not grant
            holder = replace(holder, ref="user:1")
        return moves.advance(holder, number, name, raw, now or timezone.now())

    def until(self, number: str, *names: str) -> CaseState:
        """Make some moves in turn with what they need at least."""
        needs: dict[str, dict[str, Any]] = {
            "finish": {"note": "已清运"},
            "report_verification": {"result": "pass"},
            "give_back": {"reason": "duty", "note": "不属于本单位职责"},
            "ask_extension": {"note": "需要大型机械"},
            "reopen": {"note": "又出现了"},
        }
        for name in names:
            self.move(number, name, **needs.get(name, {}))
        return self.state(number)

    def other_unit(self, unit_id: int | None) -> int:
        """Another unit than *unit_id*."""
        units = city_registers().register.units(COUNTY, "urban_enforcement")
        return next(unit.id for unit in units if unit.id != unit_id)
