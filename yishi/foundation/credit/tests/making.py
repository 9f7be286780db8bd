"""Officers, parties, records and sources to test with. All made up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.credit import records, screening
from yishi.foundation.credit.asking import Asked
from yishi.foundation.credit.book import book
from yishi.foundation.credit.listings import Listing
from yishi.foundation.credit.models import CreditRecord, CreditSource, ListEntry, Screening
from yishi.foundation.credit.records import RecordInput
from yishi.foundation.credit.sources import Answer
from yishi.foundation.credit.subjects import number_hash
from yishi.foundation.parties import services as parties
from yishi.foundation.parties.identifiers import check_identifier, resident_check_sign
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.naming import name_hash
from yishi.foundation.parties.services import PartyInput

KEEPER = Actor("user", "user:9", "信用管理", (ActorGrant("credit_officer", None, "4206"),))
COMPANY = "91420600MA48X2K128"
FOREIGN = "91350100M000100Y43"
INSTITUTION = "12420600MB1A2C3D0L"


def at(text: str) -> datetime:
    """``2026-05-20 09:00`` in Shanghai, as UTC."""
    moment = datetime.fromisoformat(text)
    return (moment - timedelta(hours=8)).replace(tzinfo=UTC)


def person_number(born: str = "19800101", serial: str = "001") -> str:
    """A made-up identity number that checks."""
    first = f"420606{born}{serial}"
    return first + resident_check_sign(first)


def party(
    name: str = "襄阳示例食品有限公司",
    number: str = COMPANY,
    kind: str = "uscc",
    now: datetime | None = None,
) -> Party:
    raw = PartyInput(name, number, kind, source="registry", simulated=True)
    when = now or at("2026-01-05 09:00")
    return parties.find_or_create(raw, actor=KEEPER, purpose="测试", now=when)[0]


def record(
    document_date: str = "2026-05-20",
    *,
    now: datetime | None = None,
    on: Party | None = None,
    **more: Any,
) -> CreditRecord:
    """A general penalty unless *more* says something else."""
    day = date.fromisoformat(document_date)
    values: dict[str, Any] = {
        "kind": "penalty",
        "authority": "襄阳市市场监督管理局",
        "document_no": f"襄市监罚〔{day.year}〕{day:%m%d}号",
        "document_date": day,
        "summary": "销售超过保质期的食品，罚款（模拟）",
        "name": "襄阳示例食品有限公司",
        "identifier": "" if on else COMPANY,
        "severity": "general",
        "party": on,
        "simulated": True,
    }
    values |= more
    if values["kind"] in ("listing", "false_pledge", "abnormal"):
        values["severity"] = more.get("severity", "")
    when = now or datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=2)
    return records.add(RecordInput(**values), KEEPER, when)


def fresh_lists(now: datetime) -> None:
    """Let the lists that are copied here be as of *now*, with somebody else on them."""
    CreditSource.objects.filter(kind="list").update(
        as_of=now, fetched_at=now, version="test", rows=1000, state="ok"
    )


def entry(
    list_key: str = "judgment_debtor",
    *,
    name: str = "襄阳示例食品有限公司",
    number: str = "",
    number_kind: str = "uscc",
    masked: str = "",
    person: bool = False,
    external_id: str = "1",
    listed_on: str = "2025-03-01",
    ends_on: str | None = None,
) -> ListEntry:
    """Somebody on a list that was loaded."""
    from yishi.foundation.credit.entries import seal_entry

    source = "court" if list_key == "judgment_debtor" else "serious"
    row = ListEntry(
        source=CreditSource.objects.get(key=source),
        list_key=list_key,
        ground=book().lists[list_key].ground,
        external_id=external_id,
        person=person,
        name_hash=name_hash(name),
        masked=masked,
        authority="人民法院",
        document_no="（2025）鄂06执1号",
        listed_on=date.fromisoformat(listed_on),
        ends_on=date.fromisoformat(ends_on) if ends_on else None,
        loaded_at=at("2025-03-02 09:00"),
    )
    if number:
        checked = check_identifier("identifier", number_kind, number, date(2026, 1, 1))
        row.identifier_kind, row.identifier_hash = checked.kind, number_hash(checked, name)
    seal_entry(row, name, number)
    row.save()
    return row


def screened(now: datetime, subjects: Sequence[screening.Subject], **more: Any) -> Screening:
    return screening.screen(subjects, "测试筛查", now, KEEPER, **more)


@dataclass
class Live:
    """A platform that answers as a test says."""

    lists: tuple[str, ...] = ("judgment_debtor",)
    answer: Callable[[datetime], Any] = lambda now: Answer(now, "v1", 1000, [])
    key: str = "live"
    name: str = "执行信息网（测试）"
    kind: str = "live"
    max_age: timedelta | None = timedelta(hours=1)
    stored: bool = False
    tries: list[float] = field(default_factory=list)

    def ask(self, asked: Sequence[Asked], now: datetime, timeout: float) -> Any:
        self.tries.append(timeout)
        return self.answer(now)


def listing(
    number: str = COMPANY, list_key: str = "judgment_debtor", name: str = "襄阳示例食品有限公司"
) -> Listing:
    checked = check_identifier("identifier", "uscc", number, date(2026, 1, 1))
    return Listing(
        ref="live:live:7",
        source="live",
        ground=book().lists[list_key].ground,
        list_key=list_key,
        name_hash=name_hash(name),
        listed_on=date(2025, 3, 1),
        identifier_kind=checked.kind,
        identifier_hash=number_hash(checked, name),
        document_no="（2025）鄂06执1号",
        name=name,
    )
