"""Who somebody at the portal is: the port to a real-name service (实名核验), and a simulated one.

A city's service (国家政务服务平台, 省统一身份认证) is a :class:`Service` that its installation
registers. The simulated one knows the demo's made-up people only, says 模拟 on its page, and works
in the demo, on the database that the demo made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from yishi.foundation.access.actors import PUBLIC
from yishi.foundation.access.models import Installation
from yishi.foundation.parties import services as parties
from yishi.foundation.parties.identifiers import LABELS, PUBLIC_KINDS, IdentifierKind
from yishi.foundation.parties.models import Identifier, Party
from yishi.foundation.parties.naming import open_name, same_name
from yishi.foundation.parties.registering import open_identifier
from yishi.foundation.revisions.errors import FieldError

SIMULATED = "simulated"
PURPOSE = "实名核验登录"


@dataclass(frozen=True, slots=True)
class Verified:
    """A person as the service vouches for them. Its repr shows neither name nor number."""

    issuer: str
    subject: str
    name: str
    identifier_kind: str
    identifier: str
    simulated: bool = False

    def __repr__(self) -> str:
        return f"Verified({self.issuer})"


class Service(Protocol):
    """A real-name service. ``start`` gives the page to send the browser to; ``finish`` reads what
    came back from there.

    Raises (``finish``):
        FieldError: naming what is wrong, for the person to read.
    """

    name: str

    def start(self, back: str) -> str: ...

    def finish(self, answer: Mapping[str, str], now: datetime) -> Verified: ...


_SERVICES: dict[str, Service] = {}


def register_service(service: Service) -> None:
    """Make a city's real-name service known (called from an app's ``ready``)."""
    _SERVICES[service.name] = service


def service() -> Service | None:
    """The service of this installation: the city's own, in the demo the simulated one (1
    statement), else ``None``: nobody can sign in at the portal then."""
    for name, found in _SERVICES.items():
        if name != SIMULATED:
            return found
    return _SIMULATED if simulation_allowed() else None


def simulation_allowed() -> bool:
    """Whether this is the demo, on the demo's own database (1 statement)."""
    demo = Installation.objects.filter(kind=Installation.DEMO)
    return bool(settings.DEMO) and demo.exists()


class Simulated:
    """Vouches for the demo's made-up people: whoever knows name and number of one is that one."""

    name = SIMULATED

    def start(self, back: str) -> str:
        """The simulated service's own page."""
        return reverse("portal:simulated") + f"?{back}"

    def finish(self, answer: Mapping[str, str], now: datetime) -> Verified:
        """The person with this name and number (3 statements). Raises `FieldError` on ``name`` or
        ``identifier``."""
        if not simulation_allowed():
            raise FieldError("identifier", _("模拟核验只能在演示程序自己建立的数据库里使用"))
        kind = answer.get("identifier_kind") or IdentifierKind.RESIDENT_ID
        if kind in PUBLIC_KINDS or kind not in LABELS:
            raise FieldError("identifier_kind", _("请选择个人证件"), "unknown")
        party = parties.by_identifier(
            kind, answer.get("identifier", ""), actor=PUBLIC, purpose=PURPOSE, now=now
        )
        if party is None or not party.simulated:
            raise FieldError("identifier", _("模拟核验只认演示数据中的模拟人员"), "unknown")
        if not same_name(open_name(party), answer.get("name", "")):
            raise FieldError("name", _("姓名与证件号码不一致，请核对"), "mismatch")
        return of_party(party, str(kind))


def of_party(party: Party, kind: str = IdentifierKind.RESIDENT_ID) -> Verified:
    """What the simulated service says of a made-up person (1 statement)."""
    row = Identifier.objects.get(party__file_id=party.file_id, kind=kind, ended_on__isnull=True)
    return Verified(
        SIMULATED, str(party.file_id), open_name(party), kind, open_identifier(row), simulated=True
    )


_SIMULATED = Simulated()
