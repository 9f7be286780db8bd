"""Made-up facts, accounts and budget lines for the demo (模拟)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.facts.columnar import NAME, PARTY
from yishi.foundation.facts.delivering import Said, deliver_rows
from yishi.foundation.facts.models import Source
from yishi.foundation.ledger import budgets
from yishi.foundation.parties import naming
from yishi.foundation.parties.crypto import encrypt
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.models import Party
from yishi.systems.direct_benefits.payments.keeping import number_hash
from yishi.systems.direct_benefits.payments.models import PayeeAccount
from yishi.systems.direct_benefits.policies.models import ItemVersion

BANK, BANK_CODE = "模拟银行襄阳分行", "313528000017"


def describe(described: Mapping[str, Mapping[str, Any]], now: datetime) -> int:
    """Let sources say of described enterprises (the demo's portal accounts act for them) what
    ``demo.yaml`` says: code → name, source → facts. Returns how many deliveries that were."""
    sources = {one.key: one for one in Source.objects.all()}
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for code, said in described.items():
        for key, facts in said["facts"].items():
            rows.setdefault(key, {})[str(code)] = dict(facts)
    for key, by_code in sorted(rows.items()):
        source = sources[key]
        names = sorted({name for facts in by_code.values() for name in facts})
        fields = [PARTY, *([NAME] if source.names else []), *names]
        table = [
            [
                code,
                *([described[code]["name"]] if source.names else []),
                *(_cell(facts.get(name)) for name in names),
            ]
            for code, facts in sorted(by_code.items())
        ]
        spoken = Said(source, Source.Kind.API, now, False, ITSELF, now)
        deliver_rows(spoken, fields, table)
    return len(rows)


def _cell(value: Any) -> str:
    """A fact as a file would have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "；".join(str(one) for one in value)
    return str(value)


def account(
    party: uuid.UUID, name: str, number: str, now: datetime, *, state: str = PayeeAccount.VERIFIED
) -> PayeeAccount:
    """An account as the tax register knows it, not stored."""
    new = time_uuid(now)
    good = state == PayeeAccount.VERIFIED
    return PayeeAccount(
        id=new,
        party_id=party,
        kind=PayeeAccount.CORPORATE,
        name_enc=encrypt(name, naming.context("payee", "name", new)),
        name_hash=naming.name_hash(name),
        number_enc=encrypt(number, naming.context("payee", "number", new)),
        number_hash=number_hash(number),
        bank=BANK,
        bank_code=BANK_CODE,
        source="tax",
        match=PayeeAccount.SAME,
        state=state,
        made_by="system",
        made_at=now,
        verified_by="source:tax" if good else "",
        verified_how=PayeeAccount.REGISTRY if good else "",
        verified_at=now if good else None,
        simulated=True,
    )


def accounts(parties: Collection[uuid.UUID], now: datetime, *, every: int = 60) -> int:
    """Accounts of made-up enterprises that have none; each *every*-th is in another name and waits
    for somebody to look (账户待核实)."""
    rows = PayeeAccount.objects.unscoped("the demo looks who has an account")
    have = set(rows.filter(party__in=parties).values_list("party_id", flat=True))
    made: list[PayeeAccount] = []
    firms = Party.objects.filter(pk__in=set(parties) - have).order_by("id")
    for place, party in enumerate(firms, start=1):
        number = f"6299{party.pk.int % 10**12:012d}"
        if place % every:
            made.append(account(party.pk, party.name, number, now))
            continue
        wrong = account(party.pk, f"{party.name}一分厂", number, now, state=PayeeAccount.HELD)
        wrong.match, wrong.reason = PayeeAccount.OTHER, "账户待核实：户名与登记名称不一致"
        made.append(wrong)
    PayeeAccount.objects.bulk_create(made, batch_size=2000)
    return len(made)


def lines(versions: Sequence[ItemVersion], area: str, now: datetime) -> int:
    """A budget line of the city for every code that items name, with a made-up sum."""
    wanted: dict[str, dict[str, Any]] = {}
    for version in versions:
        budget = version.content.get("budget") or {}
        if budget.get("line"):
            wanted.setdefault(str(budget["line"]), budget)
    for code, budget in sorted(wanted.items()):
        budgets.open_line(
            f"{code}-{now.year}",
            str(budget.get("name") or code),
            now.year,
            str(budget["functional"]),
            str(budget["economic"]),
            area,
            int(budget.get("yearly") or 1_000_000_000),
            f"襄财预〔{now.year}〕1号（模拟）",
            "system",
            now,
            simulated=True,
        )
    return len(wanted)
