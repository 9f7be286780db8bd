"""New item cases: alone, or as members that a parent starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yishi.foundation.approvals import routing
from yishi.foundation.approvals.catalogue import Item
from yishi.foundation.approvals.context import Registers
from yishi.foundation.approvals.lifecycle import SYSTEM
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.families import Edge, Member
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.values import Place, PlaceError
from yishi.foundation.revisions.errors import FieldError

CHANNELS = ("window", "web", "mobile", "post")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is known when an item begins. Nothing of it is personal.

    ``unified``: accepted together with the parent (一窗受理), now or as of ``accepted_at``.
    ``joint``: under joint handling, for which the government's extension is open. ``deferred``
    (容缺):
    material key → day until which it comes later. ``exempt``: why it need not be done (免办).
    ``renews``: ``licence_no``, ``expires_on`` and ``version`` of the licence to be renewed.
    """

    item: str
    channel: str = "window"
    unified: bool = False
    accepted_at: datetime | None = None
    joint: bool = False
    mode: str = ""
    deferred: Mapping[str, date] | None = None
    exempt: str = ""
    renews: Mapping[str, Any] | None = None
    subject: str = ""


def item_case(
    case_id: int,
    item: Item,
    version: int,
    prefix: str,
    where: tuple[str, str],
    now: datetime,
    *,
    received_at: datetime | None = None,
    subject: str = "",
) -> CaseState:
    """A new case of *item* of the catalogue *version*, without a state yet.

    *prefix*: of the city's numbers; *where*: division and managed path; *received_at*: when it was
    received, if not *now*, whose day the number bears.
    """
    received = received_at or now
    return CaseState(
        id=case_id,
        number=f"{prefix}BJ{now.astimezone(SHANGHAI):%Y%m%d}{case_id % 1_000_000:06d}",
        system=SYSTEM,
        type_key=item.key,
        catalogue_id=version,
        subject=(subject or item.name)[:200],
        division=where[0],
        managed_path=where[1],
        received_at=received,
        received_on=received.astimezone(SHANGHAI).date(),
    )


def prepare(
    registers: Registers,
    case_id: int,
    wish: Wish,
    place: Place,
    now: datetime,
    *,
    key: str = "",
    after: tuple[Edge, ...] = (),
) -> Member:
    """The member for *wish* at *place* (no statement): number, body, window, first facts.

    *case_id* comes from ``cases.load.reserve``; *key* is what edges call it, by default the item's.

    Raises:
        FieldError: ``item``, ``channel`` or ``place``.
    """
    version, book = registers.catalogue(now)
    item = book.items.get(wish.item)
    if item is None:
        raise FieldError("item", f"没有事项 {wish.item[:60]}", "unknown")
    if wish.channel not in CHANNELS:
        raise FieldError("channel", "申请渠道应为窗口、网上、移动端或快递", "unknown")
    unit, reason = _body(registers, item, place, now)
    today = now.astimezone(SHANGHAI).date()
    where = (place.division, place.managed_path)
    prefix = registers.places.number_prefix
    case = item_case(case_id, item, version, prefix, where, now, subject=wish.subject)
    facts = {
        "unit": unit,
        "dispatch_reason": reason,
        "window_unit": routing.window_for(item, place, registers.places, today),
        "channel": wish.channel,
        "unified": wish.unified,
        "accepted_at": wish.accepted_at,
        "joint": wish.joint,
        "mode": wish.mode,
        "deferred": {name: day.isoformat() for name, day in (wish.deferred or {}).items()},
        "exempt": wish.exempt,
        "renews": dict(wish.renews or {}),
    }
    return Member(key or item.key, case, facts, () if wish.exempt else after)


def _body(registers: Registers, item: Item, place: Place, now: datetime) -> tuple[int, list[str]]:
    day = now.astimezone(SHANGHAI).date()
    try:
        found = routing.body_for(item, place, registers.places, day)
    except PlaceError as error:
        raise FieldError("place", error.message, "place") from error
    if found is None:
        raise FieldError("place", f"该区域没有办理“{item.name}”的单位", "no_unit")
    return found.unit_id, list(found.reason)
