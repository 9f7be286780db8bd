"""Made-up people and enterprises for demos and tests, obviously so (模拟).

Numbers have right check signs so that forms take them; people's serials are 000–009, enterprises'
identifying codes begin with ``MNXY``. Names say 模拟. Nobody real is meant.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models

from yishi.foundation.parties.fields import FieldInput, field_row
from yishi.foundation.parties.file_models import HeldMaterial, Mandate, PartyField
from yishi.foundation.parties.identifiers import (
    IdentifierKind,
    org_code_check_sign,
    resident_check_sign,
    uscc_check_sign,
)
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.materials import STORE, MaterialInput, material_row
from yishi.foundation.parties.party_models import Identifier, Party
from yishi.foundation.parties.registering import REGISTRY, PartyInput, read, rows_of, today_of

BY = "system"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
_SIGNS = (
    "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜"
    "金生丽水玉出昆冈剑号巨阙珠称夜光果珍李柰"
)
_REGIONS = (
    *("420602", "420606", "420607", "420624", "420625"),
    *("420626", "420682", "420683", "420684"),
)
_TRADES = (
    ("餐饮", "餐饮服务；食品经营"),
    ("食品", "食品生产；食品经营"),
    ("商贸", "日用百货批发、零售"),
    ("汽配", "汽车零部件及配件制造"),
    ("建设", "房屋建筑和市政基础设施项目工程总承包"),
    ("置业", "房地产开发经营"),
    ("物流", "道路货物运输；仓储服务"),
    ("农业", "粮食种植；农产品初加工"),
    ("医药", "药品零售；医疗器械经营"),
    ("科技", "软件开发；信息技术咨询服务"),
)
_AMOUNTS = (100_000, 500_000, 1_000_000, 3_000_000, 10_000_000, 50_000_000)


@dataclass(slots=True)
class Rows:
    """Rows to store, by model."""

    parties: list[Party] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    fields: list[PartyField] = field(default_factory=list)
    materials: list[HeldMaterial] = field(default_factory=list)
    mandates: list[Mandate] = field(default_factory=list)

    def store(self) -> int:
        """Write everything (5 statements); returns how many parties."""
        tables: Sequence[tuple[type[models.Model], list[Any]]] = (
            (Party, self.parties),
            (Identifier, self.identifiers),
            (PartyField, self.fields),
            (HeldMaterial, self.materials),
            (Mandate, self.mandates),
        )
        for model, rows in tables:
            model._default_manager.bulk_create(rows)
        return len(self.parties)


@dataclass(frozen=True, slots=True)
class Made:
    """A made-up party: what it calls itself, and where it is."""

    name: str
    number: str
    region: str
    born: date | None = None
    trade: tuple[str, str] = ("", "")


def person_number(region: str, born: date, serial: int) -> str:
    """A resident's number with a serial of the simulated range (0–9)."""
    first = f"{region}{born:%Y%m%d}{serial % 10:03d}"
    return first + resident_check_sign(first)


def enterprise_number(region: str, count: int, kind: str = "91") -> str:
    """A credit code whose identifying part begins with MNXY."""
    code = f"MNXY{count % 10_000:04d}"
    first = f"{kind}{region}{code}{org_code_check_sign(code)}"
    return first + uscc_check_sign(first)


def people(count: int, today: date) -> Iterator[Made]:
    """Made-up people; the same ones every time."""
    chance, seen = random.Random("parties.people"), set[str]()
    for n in range(count):
        sign, surname = _SIGNS[n // len(_SURNAMES) % len(_SIGNS)], _SURNAMES[n % len(_SURNAMES)]
        born = date(1950, 1, 1) + timedelta(days=chance.randrange(20_000))
        region = _REGIONS[n % len(_REGIONS)]
        while (number := person_number(region, born, n)) in seen:
            born += timedelta(days=1)
        seen.add(number)
        yield Made(f"{surname}模拟{sign}", number, region, born)


def enterprises(count: int) -> Iterator[Made]:
    """Made-up enterprises and individual businesses (every fifth)."""
    for n in range(count):
        trade, region = _TRADES[n % len(_TRADES)], _REGIONS[n // 3 % len(_REGIONS)]
        signs = _SIGNS[n // 10 % len(_SIGNS)] + _SIGNS[(n * 7 + 3) % len(_SIGNS)]
        if n % 5 == 4:
            name, kind = f"模拟{signs}{trade[0]}店（个体工商户）", "92"
        else:
            name, kind = f"襄阳模拟{signs}{trade[0]}有限公司", "91"
        yield Made(name, enterprise_number(region, n, kind), region, trade=trade)


def town(
    person_count: int,
    enterprise_count: int,
    now: datetime,
    unit_of: Callable[[str, str], int | None],
) -> Rows:
    """People and enterprises with papers, known values and legal representatives.

    *unit_of* gives the unit for (function, region) that owns data.
    """
    rows, chance = Rows(), random.Random("parties.town")
    today = today_of(now)
    persons = [
        _person(rows, made, n, chance, now, unit_of)
        for n, made in enumerate(people(person_count, today))
    ]
    for n, made in enumerate(enterprises(enterprise_count)):
        party = _enterprise(rows, made, n, chance, now, unit_of)
        if persons:
            agent = persons[(n * 3 + 1) % len(persons)]
            kind = Mandate.LEGAL if party.kind == "organisation" else Mandate.OPERATOR
            rows.mandates.append(_by_law(party, agent, kind, today, now))
    return rows


def add(rows: Rows, name: str, number: str, kind: IdentifierKind, now: datetime) -> Party:
    """Put the rows of one simulated party."""
    raw = PartyInput(name, number, kind, source=REGISTRY, simulated=True)
    checked, plain = read(raw, today_of(now))
    party, identifier = rows_of(checked, plain, raw, now)
    rows.parties.append(party)
    rows.identifiers.append(identifier)
    return party


def add_field(
    rows: Rows,
    party: Party,
    key: str,
    value: str,
    source: str,
    as_of: date,
    now: datetime,
    unit_id: int | None = None,
    fresh_days: int | None = None,
) -> None:
    """Put a known value of a simulated party."""
    raw = FieldInput(key, value, source, as_of, unit_id=unit_id, fresh_days=fresh_days)
    rows.fields.append(field_row(party, raw, BY, now))


def add_material(rows: Rows, party: Party, key: str, name: str, now: datetime, **more: Any) -> None:
    """Put a paper of a simulated party."""
    raw = MaterialInput(key, name, **{"source": STORE, "simulated": True, **more})
    rows.materials.append(material_row(party, raw, BY, now))


def _person(
    rows: Rows,
    made: Made,
    n: int,
    chance: random.Random,
    now: datetime,
    unit_of: Callable[[str, str], int | None],
) -> Party:
    party = add(rows, made.name, made.number, IdentifierKind.RESIDENT_ID, now)
    today = today_of(now)
    police = unit_of("public_security", made.region)
    as_of = today - timedelta(days=chance.randrange(20, 700))
    add_field(rows, party, "applicant_phone", f"160{n:08d}", "实名核验", as_of, now)
    address = f"襄阳市模拟路{n % 300 + 1}号"
    add_field(rows, party, "household_address", address, "公安", as_of, now, police, 365)
    issued = today - timedelta(days=chance.randrange(100, 3_000))
    add_material(
        rows,
        party,
        "id_card",
        "居民身份证",
        now,
        number=made.number,
        issuer="公安机关（模拟）",
        issued_on=issued,
        valid_to=issued + timedelta(days=7_304),
    )
    if n % 2:
        add_material(
            rows,
            party,
            "household_register",
            "居民户口簿",
            now,
            issuer="公安机关（模拟）",
            issued_on=issued,
        )
    if n % 3 == 0:
        add_material(
            rows,
            party,
            "social_security_card",
            "社会保障卡",
            now,
            number=made.number,
            issuer="人力资源社会保障部门（模拟）",
            issued_on=issued,
        )
    return party


def _enterprise(
    rows: Rows,
    made: Made,
    n: int,
    chance: random.Random,
    now: datetime,
    unit_of: Callable[[str, str], int | None],
) -> Party:
    party = add(rows, made.name, made.number, IdentifierKind.USCC, now)
    today = today_of(now)
    owner = unit_of("market_supervision", made.region)
    opened = today - timedelta(days=chance.randrange(60, 6_000))
    as_of = today - timedelta(days=chance.randrange(1, 500))
    single = party.kind != "organisation"
    said = {
        "registered_address": f"襄阳市模拟大道{n % 400 + 1}号",
        "business_scope": made.trade[1],
        "registered_capital": str(_AMOUNTS[chance.randrange(2 if single else 6)]),
        "company_type": "individual" if single else "limited",
    }
    for key, value in said.items():
        add_field(rows, party, key, value, "市场监督管理", as_of, now, owner, 365)
    add_material(
        rows,
        party,
        "business_licence",
        "营业执照",
        now,
        number=made.number,
        issuer="市场监督管理部门（模拟）",
        issued_on=opened,
    )
    if made.trade[0] in ("餐饮", "食品"):
        issued = today - timedelta(days=chance.randrange(200, 2_200))
        add_material(
            rows,
            party,
            "food_business_licence_doc",
            "食品经营许可证",
            now,
            number=f"JY2420600{n:07d}",
            issuer="市场监督管理部门（模拟）",
            issued_on=issued,
            valid_to=issued + timedelta(days=1_825),
        )
    return party


def _by_law(party: Party, agent: Party, kind: str, today: date, now: datetime) -> Mandate:
    return Mandate(
        id=time_uuid(now),
        principal=party,
        agent=agent,
        kind=kind,
        scope=["*"],
        valid_from=today - timedelta(days=400),
        given_by=BY,
        created_at=now,
    )


def described(
    entries: Mapping[str, Any],
    now: datetime,
    unit_of: Callable[[str, str], int | None],
) -> tuple[Rows, dict[str, Party]]:
    """The parties that a demo file describes one by one, by their keys there.

    Raises:
        FieldError: for a number or name that is not as it should be.
    """
    rows, made = Rows(), dict[str, Party]()
    today = today_of(now)
    for key, entry in entries.items():
        kind = IdentifierKind.RESIDENT_ID if "id" in entry else IdentifierKind.USCC
        number = str(entry.get("id") or entry["uscc"])
        party = made[key] = add(rows, entry["name"], number, kind, now)
        region = str(entry.get("division", "420606"))
        for name, one in (entry.get("fields") or {}).items():
            as_of = today - timedelta(days=int(one.get("days_ago", 30)))
            unit = unit_of(one["function"], region) if "function" in one else None
            add_field(
                rows,
                party,
                name,
                str(one["value"]),
                one["source"],
                as_of,
                now,
                unit,
                one.get("fresh_days"),
            )
        for one in entry.get("materials") or ():
            _described_material(rows, party, one, today, now)
    for key, entry in entries.items():
        for one in entry.get("mandates") or ():
            mandate = _by_law(made[key], made[one["person"]], one["kind"], today, now)
            mandate.scope = list(one.get("scope") or ["*"])
            if "days" in one:
                mandate.valid_to = today + timedelta(days=int(one["days"]))
            mandate.may_pass_on = bool(one.get("may_pass_on"))
            rows.mandates.append(mandate)
    return rows, made


def _described_material(
    rows: Rows, party: Party, one: Mapping[str, Any], today: date, now: datetime
) -> None:
    valid = one.get("valid_days")
    add_material(
        rows,
        party,
        one["material"],
        one["name"],
        now,
        number=str(one.get("number", "")),
        issuer=one.get("issuer", ""),
        issued_on=today - timedelta(days=int(one.get("days_ago", 200))),
        valid_to=None if valid is None else today + timedelta(days=int(valid)),
        holder_role=one.get("role", "applicant"),
    )
