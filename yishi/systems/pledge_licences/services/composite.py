"""一业一证: one licence for a trade (行业综合许可证) beside the single ones, kept true.

Only where two single licences count at the same premises; it says each one's own validity. When one
is lost the next version shows the rest (关联证照标识: the version before); with one left it is
withdrawn. It begins with an application that names the trade, never by itself for old firms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Q

from yishi.foundation.cases.models import Case
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.services import StatusChange
from yishi.foundation.papers.models import Certificate
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.registering import Looker
from yishi.foundation.places.values import PlaceError
from yishi.systems.pledge_licences.catalogue.model import Trade
from yishi.systems.pledge_licences.context import City, city, day_of
from yishi.systems.pledge_licences.models import Composite, TradeItem
from yishi.systems.pledge_licences.models import Licence as Held

LEAST = 2
NAME = "行业综合许可证"
#: The last three signs of the composite's type code; the body is that of its first component.
TYPE_SUFFIX = "900"
WITHDRAWN = "有效的单项许可不足两项，综合许可证收回"
_WINDOWS = "government_services"


def refresh(
    holder: Party, trade_key: str, premises_key: str, actor: Looker, now: datetime
) -> Composite | None:
    """Make the composite what its components are, in the caller's transaction: issued, renewed
    with the next version, withdrawn, or left as it is. Returns the one in force."""
    found = city()
    composite = _current(holder, trade_key, premises_key)
    trade = _trade(found, trade_key, now)
    parts = parts_of(holder, trade, premises_key, day_of(now)) if trade else []
    if len(parts) < LEAST:
        if composite is not None:
            _withdraw(composite, actor, now)
        return None
    assert trade is not None
    raw = _input(holder, trade, parts, found, now)
    if composite is None:
        return _issue(holder, trade_key, premises_key, raw, actor, found, now)
    before = certificates.components_of(composite.certificate)
    if {one.pk for one in before} == {one.certificate.pk for one in parts}:
        return composite
    made = certificates.renew(composite.certificate, raw, actor=actor, now=now)
    composite.certificate, composite.at = made, now
    composite.save(update_fields=["certificate", "at"])
    return composite


def follow(change: StatusChange) -> None:
    """A certificate's status changed: every composite that it is part of follows, in the same
    transaction."""
    rows = Composite.objects.filter(
        certificate__components=change.certificate, state=Composite.VALID
    )
    for composite in rows.select_related("holder"):
        refresh(composite.holder, composite.trade, composite.premises_key, change.actor, change.now)


@dataclass(frozen=True, slots=True)
class Part:
    """A licence of the trade that counts: by pledge, or by the ordinary route."""

    key: str
    certificate: Certificate
    valid_to: date | None
    case: Case


def parts_of(holder: Party, trade: Trade, premises_key: str, today: date) -> list[Part]:
    """The licences of a trade that count at the premises today, in the trade's order
    (2 statements)."""
    there = Q(valid_to__isnull=True) | Q(valid_to__gte=today)
    same = {
        "holder__file_id": holder.file_id,
        "premises_key": premises_key,
        "certificate__status": "valid",
    }
    pledged = Held.objects.unscoped("the holder's own licences").filter(
        there, licence_key__in=trade.components, state=Held.VALID, **same
    )
    others = TradeItem.objects.unscoped("the holder's own licences").filter(
        there, item_key__in=trade.components, **same
    )
    found = [
        Part(one.licence_key, one.certificate, one.valid_to, one.case)
        for one in pledged.select_related("certificate", "case")
    ]
    found += [
        Part(one.item_key, one.certificate, one.valid_to, one.case)
        for one in others.select_related("certificate", "case")
    ]
    order = {key: place for place, key in enumerate(trade.components)}
    return sorted(found, key=lambda one: order[one.key])


def of_party(holder: Party) -> list[Composite]:
    """The composites in force of a file (1 statement)."""
    rows = Composite.objects.filter(holder__file_id=holder.file_id, state=Composite.VALID)
    return list(rows.select_related("certificate").order_by("at", "id"))


def _current(holder: Party, trade: str, premises_key: str) -> Composite | None:
    rows = Composite.objects.filter(
        holder__file_id=holder.file_id,
        trade=trade,
        premises_key=premises_key,
        state=Composite.VALID,
    )
    return rows.select_related("certificate").select_for_update(of=("self",)).first()


def _trade(found: City, key: str, now: datetime) -> Trade | None:
    return found.list_at(now)[1].trades.get(key)


def _withdraw(composite: Composite, actor: Looker, now: datetime) -> None:
    composite.state, composite.at = Composite.WITHDRAWN, now
    composite.save(update_fields=["state", "at"])
    certificates.set_status(composite.certificate, "cancelled", WITHDRAWN, actor=actor, now=now)


def _issue(
    holder: Party,
    trade: str,
    premises_key: str,
    raw: certificates.CertificateInput,
    actor: Looker,
    found: City,
    now: datetime,
) -> Composite:
    made = certificates.issue(raw, actor=actor, now=now)
    return Composite.objects.create(
        holder_id=holder.file_id,
        trade=trade,
        premises_key=premises_key,
        catalogue_id=found.list_at(now)[0],
        certificate=made,
        at=now,
    )


def _input(
    holder: Party, trade: Trade, parts: Sequence[Part], found: City, now: datetime
) -> certificates.CertificateInput:
    first = parts[0].certificate
    ends = [part.valid_to for part in parts]
    fields = [
        certificates.CertificateField("trade", "行业", trade.name),
        certificates.CertificateField("premises", "经营场所", _premises(first)),
        *(
            certificates.CertificateField(f"component_{place}", part.certificate.name, _said(part))
            for place, part in enumerate(parts, 1)
        ),
    ]
    raw = certificates.CertificateInput(
        type_key=f"trade_{trade.key}"[:40],
        name=NAME,
        type_name=f"{NAME}（{trade.name}）",
        type_code=first.type_code[:18] + TYPE_SUFFIX,
        issuer_code=first.issuer_code,
        issuer_name=first.issuer_name,
        holder=certificates.holder_of(holder),
        issued_on=day_of(now),
        region=first.region,
        managed_path=first.managed_path,
        unit_id=first.unit_id,
        valid_to=None if None in ends else max(end for end in ends if end is not None),
        fields=[one for one in fields if one.value],
        layout="landscape",
        about=("trade", trade.key),
        components=[part.certificate for part in parts],
        simulated=holder.simulated,
    )
    window = _window(parts[0], found, now)
    return replace(raw, unit_id=window[0], issuer_name=window[1]) if window else raw


def _window(part: Part, found: City, now: datetime) -> tuple[int, str] | None:
    """Who puts the composite together: the county's body for government services, if it has one;
    the single licences stay with the bodies that issued them."""
    case = part.case
    path = "/".join(case.managed_path.split("/")[:2])
    try:
        place = replace(found.base.places.place_of_division(case.division), managed_path=path)
        unit = found.base.places.responsible(_WINDOWS, place, at=day_of(now))
    except PlaceError:
        return None
    if unit is None:
        return None
    return unit.unit_id, found.base.places.unit(unit.unit_id).name


def _premises(certificate: Certificate) -> str:
    lines = certificates.lines_of(certificate, personal=False)
    return next((line.value for line in lines if line.key == "premises"), "")


def _said(part: Part) -> str:
    end = f"有效期至{part.valid_to:%Y-%m-%d}" if part.valid_to else "长期有效"
    return f"{part.certificate.number}，{end}"
