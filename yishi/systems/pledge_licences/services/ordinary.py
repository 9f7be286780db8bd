"""Single items by the ordinary route that belong to a trade: opened with it, and when their licence
is issued, given an electronic certificate that the composite takes in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import models, transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals import single
from yishi.foundation.approvals.catalogue import Item, book_of
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.parties.models import Party
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences.context import City, city, day_of
from yishi.systems.pledge_licences.models import TradeItem
from yishi.systems.pledge_licences.services import composite
from yishi.systems.pledge_licences.services.beginning import premises_key

#: The last three signs of the type code of such certificates (示意).
TYPE_SUFFIX = "899"
CHANNELS = {"mobile": "mobile", "web": "web", "window": "window", "api": "web"}
Row = tuple[type[models.Model], dict[str, Any]]


def opened(
    actor: Actor,
    item: Item,
    holder: Party,
    values: Mapping[str, str],
    where: tuple[str, str],
    now: datetime,
) -> Change:
    """The ordinary application as a plan: *values* as far as the item asks for them; *where*:
    division and channel. Raises FieldError."""
    channel = CHANNELS[where[1]]
    raw = {
        "item": item.key,
        "division": where[0],
        "channel": channel if channel in item.channels else item.channels[0],
        "values": {key: value for key, value in values.items() if key in item.fields},
    }
    return single.planned(actor, raw, now, party=holder.file_id)


def apply(actor: Actor, raw: Mapping[str, Any], now: datetime) -> CaseState:
    """Open the ordinary application of a single item for the party that *actor* is or acts for:
    ``item``, ``division``, ``channel``, ``values``, and ``trade`` if it belongs to one.

    Raises:
        FieldError: naming the field; nothing is stored.
    """
    if actor.party_id is None:
        raise FieldError("holder", "请先登录再申请", "required")
    if not actor.acts_in(str(raw.get("item"))):
        raise FieldError("item", "您的授权范围不包括这个事项", "mandate")
    item = city().items(now).items.get(str(raw.get("item")))
    channel = raw.get("channel", "mobile")
    if item is not None and channel not in item.channels:
        channel = item.channels[0]
    wanted = {name: raw.get(name) for name in ("item", "division", "values")}
    with transaction.atomic():
        change = single.planned(actor, {**wanted, "channel": channel}, now, party=actor.party_id)
        rows: list[Row] = []
        if raw.get("trade"):
            holder = Party.objects.get(pk=actor.party_id)
            address = str((raw.get("values") or {}).get("premises_address", ""))
            premises = premises_key(change.after.division, address)
            rows.append(trade_row(change, holder, str(raw["trade"]), premises, now))
        commit([change], rows)
    return change.after


def trade_row(change: Change, holder: Party, trade: str, premises_key: str, now: datetime) -> Row:
    """That an ordinary application belongs to a trade, as a row of its commit."""
    return TradeItem, {
        "case_id": change.after.id,
        "holder_id": holder.file_id,
        "trade": trade,
        "item_key": change.after.type_key,
        "premises_key": premises_key,
        "at": now,
    }


def adopt(now: datetime, most: int = 500) -> int:
    """Licences of trades that were issued by the ordinary route since: each gets its certificate,
    and the composite takes it in."""
    rows = TradeItem.objects.unscoped("issued items of every trade").filter(
        certificate__isnull=True,
        case__outcome="granted",
        case__data__has_key="licence_no",
    )
    found, done = city(), 0
    for pk in list(rows.order_by("id").values_list("pk", flat=True)[:most]):
        with transaction.atomic():
            done += _adopt(pk, found, now)
    return done


def _adopt(pk: int, found: City, now: datetime) -> bool:
    rows = TradeItem.objects.unscoped("one item of a trade").select_for_update(of=("self",))
    row = rows.select_related("holder", "case").get(pk=pk)
    if row.certificate_id is not None:
        return False
    made = certificates.issue(_input(row, row.case, found, now), actor=ITSELF, now=now)
    row.certificate, row.valid_to = made, made.valid_to
    row.save(update_fields=["certificate", "valid_to"])
    composite.refresh(row.holder, row.trade, row.premises_key, ITSELF, now)
    return True


def _input(row: TradeItem, case: Case, found: City, now: datetime) -> certificates.CertificateInput:
    item = book_of(case.catalogue_id).items[case.type_key]
    body = next(iter(found.list_at(now)[1].licences.values())).certificate.type[:18]
    until, begins = case.data.get("valid_to"), case.data.get("valid_from")
    issued_on = date.fromisoformat(begins) if begins else day_of(now)
    return certificates.CertificateInput(
        type_key=item.key[:40],
        name=item.result.name or item.name,
        type_code=body + TYPE_SUFFIX,
        issuer_code=case.division[:6],
        issuer_name=found.base.places.unit_name(case.unit_id) or "审批机关",
        holder=certificates.holder_of(row.holder),
        issued_on=min(issued_on, day_of(now)),
        region=case.division[:6],
        managed_path=case.managed_path[:60],
        unit_id=case.unit_id,
        valid_from=issued_on,
        valid_to=date.fromisoformat(until) if until else None,
        fields=[certificates.CertificateField("scope", "许可项目", item.name)],
        about=("case", case.id),
        simulated=row.holder.simulated,
    )
