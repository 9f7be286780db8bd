"""An application is taken in: who, for which licence, at which premises, with which values."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from django.db import transaction

from yishi.foundation.access.actors import Actor, within
from yishi.foundation.approvals import routing
from yishi.foundation.approvals.catalogue import Item
from yishi.foundation.approvals.submitted import read_values
from yishi.foundation.approvals.values import read_value
from yishi.foundation.audit.chain import digest
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.cases.load import reserve
from yishi.foundation.cases.models.parties import APPLICANT
from yishi.foundation.cases.party_access import party_row
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties import crypto
from yishi.foundation.parties.mandates import mandates_of
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.party_models import ACTIVE
from yishi.foundation.parties.services import PartyInput, find_or_create, known_fields
from yishi.foundation.places.values import Place, PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.catalogue.model import HOLDERS, NOT_A_MARKET_ENTITY, Licence
from yishi.systems.pledge_licences.context import City, city, day_of
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.models import Pledge
from yishi.systems.pledge_licences.services import bars

SEALED = "pledge_licences.values"
#: Fields of who represents the holder.
CHIEF = ("legal_representative", "legal_representative_id")
CHANNELS = ("mobile", "web", "window", "api")
_LOOSE = re.compile(r"[\s,，.。、;；:：\-－—_（）()【】\[\]]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody applies for, checked."""

    version: int
    licence: Licence
    item: Item
    holder: Party
    place: Place
    values: Mapping[str, str]
    channel: str
    trade: str
    bundle: str

    @property
    def premises_key(self) -> str:
        """The premises as a key."""
        return premises_key(self.place.division, self.values.get("premises_address", ""))


def premises_key(division: str, address: str) -> str:
    """Premises written alike are one: forms of signs, blanks and stops do not count."""
    plain = _LOOSE.sub("", unicodedata.normalize("NFKC", address)).upper()
    return digest(f"{division}\0{plain}".encode()).hex()


def begin(actor: Actor, raw: Mapping[str, Any], now: datetime) -> CaseState:
    """Take in an application: ``licence``, ``division``, ``channel``, ``values`` (by field key of
    the single item), ``trade`` and ``bundle`` (applications of one trade that belong together);
    whoever is not signed in as the holder says ``holder_name`` and ``holder_uscc``.

    Raises:
        FieldError: naming the field; nothing is stored.
        MoveRefused: ``role`` for an officer who takes in no applications there.
    """
    found = city()
    wanted = _read(actor, raw, found, now)
    with transaction.atomic():
        bars.refuse_barred(wanted.holder, wanted.item.key, day_of(now))
        (case_id,) = reserve(1)
        case = _new_case(case_id, wanted, found, now)
        _may_take_in(actor, case)
        facts = _facts(wanted, found, now)
        change = plan(
            LIFECYCLE, case, "receive", actor, facts, now, found.for_case(case), trusted=True
        )
        rows: list[Any] = [
            (Pledge, _pledge_row(case_id, wanted, actor, now)),
            party_row(case_id, wanted.holder.file_id, APPLICANT, now, actor.mandate_id),
        ]
        commit([change], rows)
    return change.after


def _read(actor: Actor, raw: Mapping[str, Any], found: City, now: datetime) -> Wanted:
    version, book = found.list_at(now)
    licence = book.licences.get(clean_text("licence", raw.get("licence"), 60))
    if licence is None:
        raise FieldError("licence", "该事项不在告知承诺清单内，请按普通程序申请", "unknown")
    item = found.items(now).items.get(licence.item)
    if item is None:
        raise FieldError("licence", "该事项的单项事项已停用", "unknown")
    channel = clean_text("channel", raw.get("channel") or "mobile", 10)
    if channel not in CHANNELS:
        raise FieldError("channel", "没有这个渠道", "unknown")
    trade = clean_text("trade", raw.get("trade"), 48)
    if trade and licence.key not in (book.trades[trade].components if trade in book.trades else ()):
        raise FieldError("trade", "该行业不包含这个事项", "unknown")
    holder = _holder(actor, raw, licence, now)
    given = raw.get("values") or {}
    if not isinstance(given, Mapping):
        raise FieldError("values", "应为字段的对照表", "type")
    chief, plain = _split(given)
    values = read_values(item, found.items(now), plain, day_of(now))
    values = {**_known(holder, item, now), **values}
    values |= _chief(chief, licence, holder, found, now)
    if "premises_address" in item.fields and not values.get("premises_address"):
        raise FieldError("premises_address", "请填写经营场所地址", "required")
    return Wanted(
        version,
        licence,
        item,
        holder,
        _place(raw, values, found),
        values,
        channel,
        trade,
        clean_text("bundle", raw.get("bundle"), 40),
    )


def _split(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Who represents the holder is asked for screening, whether or not the item has the fields."""
    return (
        {key: value for key, value in given.items() if key in CHIEF},
        {key: value for key, value in given.items() if key not in CHIEF},
    )


def _chief(
    given: Mapping[str, Any], licence: Licence, holder: Party, found: City, now: datetime
) -> dict[str, str]:
    """The representative's name and number, from the file or as given.

    Raises:
        FieldError: on the field that is missing where screening asks about the representative.
    """
    book, known = found.items(now), known_fields(holder, day_of(now))
    values: dict[str, str] = {}
    asked = "legal_representative" in licence.roles and not on_file(holder, now)
    for key in CHIEF:
        spec = book.fields.get(key)
        value = read_value(key, spec, given[key], day_of(now)) if spec and key in given else ""
        value = value or (known[key].value if key in known else "")
        if not value and asked:
            label = spec.label if spec else key
            raise FieldError(key, f"信用筛查需要{label}", "required")
        if value:
            values[key] = value
    return values


def on_file(holder: Party, now: datetime) -> bool:
    """Whether a mandate tells who the representative is: then screening asks about that file, and
    nobody is asked for a number (1 statement)."""
    return any(m.kind == CHIEF[0] for m in mandates_of(holder, day_of(now)))


def _place(raw: Mapping[str, Any], values: Mapping[str, str], found: City) -> Place:
    code = clean_text("division", raw.get("division") or values.get("premises_division"), 16)
    try:
        found.base.places.node(code)
        return found.base.places.place_of_division(code)
    except PlaceError as error:
        raise FieldError("division", error.message, "place") from error


def _holder(actor: Actor, raw: Mapping[str, Any], licence: Licence, now: datetime) -> Party:
    if actor.party_id is not None:
        if not actor.acts_in(licence.item):
            raise FieldError("licence", "您的授权范围不包括这个事项", "mandate")
        party = Party.objects.get(pk=actor.party_id)
    else:
        asked = PartyInput(raw.get("holder_name"), raw.get("holder_uscc"), "uscc", prefix="holder_")
        try:
            party, _new = find_or_create(asked, actor=actor, purpose="告知承诺申请", now=now)
        except FieldError as error:
            field = {"holder_identifier": "holder_uscc"}.get(error.field, error.field)
            raise FieldError(field, error.message, error.code) from error
    if party.legal_kind not in HOLDERS:
        message = f"申请人{NOT_A_MARKET_ENTITY}，不能申请经营许可"
        raise FieldError("holder", message, "not_market_entity")
    if party.legal_kind not in licence.holders:
        kinds = "、".join(HOLDERS[kind] for kind in licence.holders)
        raise FieldError("holder", f"该事项的持证主体限于{kinds}", "holder_kind")
    if party.state != ACTIVE:
        raise FieldError("holder", "该经营主体已终止，不能申请", "ended")
    return party


def _known(holder: Party, item: Item, now: datetime) -> dict[str, str]:
    """What the holder's file says of the item's fields: the applicant is not asked for it."""
    known = known_fields(holder, day_of(now))
    return {key: known[key].value for key in item.fields if key in known and not known[key].stale}


def _new_case(case_id: int, wanted: Wanted, found: City, now: datetime) -> CaseState:
    today = day_of(now)
    return CaseState(
        id=case_id,
        number=f"{found.base.places.number_prefix}CN{today:%Y%m%d}{case_id % 1_000_000:06d}",
        system=s.SYSTEM,
        type_key=wanted.licence.key,
        catalogue_id=wanted.version,
        subject=wanted.licence.name,
        division=wanted.place.division,
        managed_path=wanted.place.managed_path,
        received_at=now,
        received_on=today,
    )


def _may_take_in(actor: Actor, case: CaseState) -> None:
    clerk = any(g.role == s.CLERK and within(case.managed_path, g.scope) for g in actor.grants)
    if actor.kind == "user" and not clerk:
        raise MoveRefused("role", "代为申请由当地综合窗口办理", case)
    if actor.kind not in ("user", "client", "party", "system"):
        raise MoveRefused("role", "请先登录再申请", case)
    if actor.kind == "client" and not clerk:
        raise MoveRefused("role", "此接口密钥不能代为申请", case)


def units_of(
    licence: Licence, item: Item, place: Place, found: City, day: date
) -> tuple[int, int, list[str]]:
    """(unit that decides, unit that checks, reason).

    Raises:
        FieldError: ``division`` where no unit has the function.
    """
    places = found.base.places
    try:
        body = routing.body_for(item, place, places, day)
        regulator = (
            places.responsible(licence.regulator, place, at=day) if licence.regulator else body
        )
    except PlaceError as error:
        raise FieldError("division", error.message, "place") from error
    if body is None or regulator is None:
        raise FieldError("division", f"该区域没有办理“{licence.name}”的单位", "no_unit")
    return body.unit_id, regulator.unit_id, list(body.reason)


def _facts(wanted: Wanted, found: City, now: datetime) -> dict[str, Any]:
    unit, regulator, reason = units_of(
        wanted.licence, wanted.item, wanted.place, found, day_of(now)
    )
    return {
        "unit": unit,
        "regulator": regulator,
        "reason": reason,
        "holder": str(wanted.holder.file_id),
        "premises_key": wanted.premises_key,
        "trade": wanted.trade,
        "bundle": wanted.bundle,
        "channel": wanted.channel,
    }


def _pledge_row(case_id: int, wanted: Wanted, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "holder_id": wanted.holder.file_id,
        "signer_id": actor.person_id,
        "sealed": seal(wanted.values),
        "notice": {},
        "pledge": {},
        "shown": "",
        "shown_hash": "",
        "signed_by": "",
        "signature": {},
        "at": now,
    }


def seal(values: Mapping[str, Any]) -> str:
    """The values of a form as a token."""
    return crypto.encrypt(orjson.dumps(values).decode(), SEALED)


def unseal(pledge: Pledge) -> dict[str, str]:
    """The values of the form, in plain: for the applicant and whoever handles the case."""
    found: dict[str, str] = orjson.loads(crypto.decrypt(pledge.sealed, SEALED))
    return found


def pledge_of(case: CaseState) -> Pledge:
    """The pledge of a case in sight (1 statement)."""
    rows = Pledge.objects.unscoped("the pledge of a case in sight").select_related("holder")
    found: Pledge = rows.get(case_id=case.id)
    return found


def holder_id(case: CaseState) -> uuid.UUID:
    """The holder's file."""
    return uuid.UUID(case.data["holder"])
