"""A made-up town for tests and the soak: enterprises with accounts, items, runs, budget, a bank."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.facts.models import Snapshot
from yishi.foundation.ledger import budgets
from yishi.foundation.ledger.models import BudgetLine
from yishi.foundation.parties import naming
from yishi.foundation.parties.crypto import encrypt, search_hash
from yishi.foundation.parties.identifiers import org_code_check_sign, uscc_check_sign
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.models import Identifier, Party
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.context import city
from yishi.systems.direct_benefits.demo_firms import account
from yishi.systems.direct_benefits.models import Batch, Payout
from yishi.systems.direct_benefits.payments import orders, receipts, sending
from yishi.systems.direct_benefits.payments.models import (
    PayeeAccount,
    PayingAccount,
    PaymentLine,
    Receipt,
)
from yishi.systems.direct_benefits.payments.values import BOOKED, RETURNED, Said
from yishi.systems.direct_benefits.policies.models import ItemVersion, Policy
from yishi.systems.direct_benefits.runs.models import Candidate, Run

#: A Tuesday of an ordinary week (no holiday near).
START = datetime(2026, 6, 2, 1, 0, tzinfo=UTC)
BANK = "903821000001"


def at(day: str, hour: int = 10, minute: int = 0) -> datetime:
    """A moment of a day in the city."""
    return datetime.fromisoformat(f"{day}T{hour:02d}:{minute:02d}:00").replace(tzinfo=SHANGHAI)


def uscc(n: int) -> str:
    """A valid credit code that nobody has (begins with the mark of made-up ones)."""
    body = f"MNT{n:05d}"
    first = f"91420606{body}{org_code_check_sign(body)}"
    return first + uscc_check_sign(first)


def enterprises(count: int, start: int = 0, now: datetime = START) -> list[Party]:
    """Made-up enterprises, each with a verified account in its own name."""
    parties, numbers, accounts = [], [], []
    for n in range(start, start + count):
        pk, name = time_uuid(now), f"襄阳模拟兑现{n}号有限公司"
        parties.append(
            Party(
                id=pk,
                kind="organisation",
                legal_kind="enterprise",
                name=name,
                name_hash=naming.name_hash(name),
                file_id=pk,
                simulated=True,
                created_at=now,
            )
        )
        numbers.append(
            Identifier(
                id=time_uuid(now),
                party_id=pk,
                kind="uscc",
                value=uscc(n),
                value_hash=search_hash("identifier.uscc", uscc(n)),
                source="registry",
                created_at=now,
            )
        )
        accounts.append(account(pk, name, f"6200{n:012d}", now))
    Party.objects.bulk_create(parties, batch_size=2000)
    Identifier.objects.bulk_create(numbers, batch_size=2000)
    PayeeAccount.objects.bulk_create(accounts, batch_size=2000)
    return parties


def item(key: str = "test-award", *, now: datetime = START, **more: Any) -> ItemVersion:
    """A published version of a made-up item (content as the platform stores it)."""
    policy, _new = Policy.objects.get_or_create(
        key="test-policy",
        defaults={
            "number": "襄测发〔2026〕1号",
            "title": "测试用惠企政策（模拟）",
            "issuer": "襄阳市经济和信息化局",
            "level": "city",
            "text": [["第一条", "给予奖励。"]],
            "plain": "符合条件的企业直接得到奖励。",
            "valid_from": date(2020, 1, 1),
            "hash": "0" * 64,
            "created_at": now,
        },
    )
    content = {
        "name": f"模拟奖励{key}",
        "clause": "第一条",
        "department": "industry",
        "mode": "direct",
        "kind": "award",
        "fiscal": True,
        "period": "year",
        "once": "period",
        "budget": {"line": f"T-{key}", "functional": "2150805", "economic": "50701"},
        "notice": {"days": 5, "unit": "wd", "mode": "INCLUSIVE"},
        "pay_within": {"days": 7, "unit": "calendar", "from": "finance_received"},
        "clawback": {"set_off": True, "law": "《示例条例》第九条（模拟）", "basis": "第九条"},
        **more,
    }
    text = f"{key}{sorted(content.items())}"
    return ItemVersion.objects.create(
        key=key,
        version=1,
        policy=policy,
        content=content,
        hash=hashlib.sha256(text.encode()).hexdigest(),
        effective_from=date(2020, 1, 1),
        source="file",
        file="test.yaml",
        published_at=now,
    )


def budget(line: str, fen: int, now: datetime = START, **more: Any) -> BudgetLine:
    """A line of this year for an item that names *line*."""
    return budgets.open_line(
        f"{line}-{now.year}",
        "模拟预算项",
        now.year,
        "2150805",
        "50701",
        more.pop("area", "4206"),
        fen,
        "襄财预〔2026〕1号（模拟）",
        "system",
        now,
        simulated=True,
        **more,
    )


def run(versions: Sequence[ItemVersion], now: datetime = START, name: str = "1") -> Run:
    """A run over a snapshot, as stored."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    snapshot, _new = Snapshot.objects.get_or_create(
        hash=digest,
        defaults={
            "recipe": digest,
            "taken_at": now,
            "rows": 1,
            "file": f"{name}.parquet",
            "size": 1,
            "facts": {},
            "simulated": True,
        },
    )
    return Run.objects.create(
        number=f"T{name}",
        snapshot=snapshot,
        on=now.astimezone(SHANGHAI).date(),
        at=now,
        book=digest,
        book_file="book.json",
        items={one.key: one.pk for one in versions},
        counts={},
        parties=1,
        results=digest,
        hash=digest,
        folder="none",
        started_at=now,
        seconds=0.1,
        made_by="system",
    )


def candidates(
    found: Run | None,
    version: ItemVersion,
    amounts: Mapping[uuid.UUID, int | None],
    period: str = "2026",
) -> list[Candidate]:
    """Who came out TRUE, with how much."""
    assert found is not None
    rows = Identifier.objects.filter(party__in=list(amounts), kind="uscc")
    numbers = dict(rows.values_list("party_id", "value"))
    return Candidate.objects.bulk_create(
        [
            Candidate(
                run=found,
                item_version=version.pk,
                item_key=version.key,
                party_id=party,
                uscc=numbers.get(party, ""),
                managed_path="4206/420606",
                period=period,
                amount_fen=fen,
            )
            for party, fen in amounts.items()
        ],
        batch_size=2000,
    )


def unit(function: str, path: str = "4206") -> int:
    """The unit with a function."""
    return city().unit(function, path, START)


def officer(function: str = "industry") -> Actor:
    """Somebody of the department that confirms."""
    return _user(901, "模拟经办", s.OFFICER, unit(function))


def maker() -> Actor:
    return _user(902, "模拟制单", s.MAKER, unit("finance"))


def checker() -> Actor:
    return _user(903, "模拟复核", s.CHECKER, unit("finance"))


def owner(party: Party | uuid.UUID) -> Actor:
    """Somebody signed in at the portal for an enterprise."""
    pk = party.pk if isinstance(party, Party) else party
    return Actor("party", "account:1", "", party_id=pk)


def _user(pk: int, name: str, role: str, unit_id: int) -> Actor:
    return Actor("user", f"user:{pk}", name, (ActorGrant(role, unit_id, ""),), user_id=None)


def paying_account(now: datetime = START) -> PayingAccount:
    """The city's account, where the city's file is not loaded."""
    found, _new = PayingAccount.objects.get_or_create(
        key="bank",
        defaults={
            "name": "襄阳市财政局（模拟）",
            "number": "42000000000001",
            "bank": "模拟银行襄阳分行",
            "bank_code": "313528000017",
            "channel": "bank",
            "simulated": True,
        },
    )
    return found


def send(order: Any, now: datetime) -> None:
    """The checker checks, the file leaves."""
    orders.check(checker(), order.number, now)
    sending.send(maker(), order.number, now)


def bank_says(what: Mapping[int, str], now: datetime, *, name: str = "", reason: str = "") -> None:
    """The bank says of payouts (by id) what became of their newest payment."""
    from django.db import transaction

    rows = PaymentLine.objects.unscoped("the test's bank").filter(
        about_kind="payout", about_id__in=[str(pk) for pk in what]
    )
    newest = {int(line.about_id): line for line in rows.order_by("pk")}
    said = [
        Said(what[pk], line.end_to_end_id, line.amount_fen, now.date(), "AC04" if reason else "",
             reason)
        for pk, line in sorted(newest.items())
    ]  # fmt: skip
    with transaction.atomic():
        receipt = Receipt.objects.create(
            kind="camt.054",
            message_id=name or hashlib.sha256(repr((what, now)).encode()).hexdigest()[:30],
            sha256=hashlib.sha256(f"{name}{what}{now}".encode()).hexdigest(),
            content_enc=encrypt("x", f"payments.receipt.{name or now}"),
            received_by="user:903",
            received_at=now,
        )
        lines = {line.end_to_end_id: line for line in newest.values()}
        for line in lines.values():
            line.order  # noqa: B018  (read with the line, as receipts do)
        taken = receipts.take(receipt, said, lines, now)
        receipts.finish(taken, now)


def batch_payouts(batch: Batch) -> list[Payout]:
    """The payouts of a batch, by id."""
    rows = Payout.objects.unscoped("the test").filter(batch=batch).select_related("party", "case")
    return list(rows.order_by("pk"))


def states(batch: Batch) -> list[str]:
    """Their states, in the order in which they were listed."""
    return [one.state for one in batch_payouts(batch)]


def ids(payouts: Iterable[Payout]) -> list[int]:
    return [one.pk for one in payouts]


def booked(payouts: Iterable[Payout]) -> dict[int, str]:
    return dict.fromkeys(ids(payouts), BOOKED)


def returned(payouts: Iterable[Payout]) -> dict[int, str]:
    return dict.fromkeys(ids(payouts), RETURNED)


def later(now: datetime, **delta: int) -> datetime:
    return now + timedelta(**delta)
