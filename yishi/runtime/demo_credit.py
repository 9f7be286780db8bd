"""The demo's made-up credit file (模拟): records over its parties, lists, answers, what waits."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

#: (kind, list, class, field, authority, function of the unit, what)
_WHAT: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    (
        "penalty",
        "",
        "light",
        "market",
        "樊城区市场监督管理局",
        "market_supervision",
        "未按规定公示收费标准，警告（简易程序）",
    ),
    (
        "penalty",
        "",
        "general",
        "food",
        "樊城区市场监督管理局",
        "market_supervision",
        "销售超过保质期的食品，罚款",
    ),
    ("penalty", "", "general", "market", "襄阳市市场监督管理局", "", "虚假广告宣传，罚款"),
    ("penalty", "", "general", "fire", "樊城区消防救援大队", "fire_rescue", "占用疏散通道，罚款"),
    ("penalty", "", "general", "environment", "襄阳市生态环境局", "", "未按规定贮存危险废物，罚款"),
    (
        "penalty",
        "",
        "serious",
        "work_safety",
        "襄阳市应急管理局",
        "",
        "发生生产安全事故，责令停产停业并罚款",
    ),
    (
        "penalty",
        "",
        "light",
        "construction",
        "樊城区城市管理执法局",
        "urban_enforcement",
        "占道堆放建筑材料，警告",
    ),
    ("abnormal", "", "", "", "樊城区市场监督管理局", "market_supervision", "未按期报送年度报告"),
    (
        "listing",
        "judgment_debtor",
        "",
        "",
        "樊城区人民法院（模拟）",
        "",
        "有履行能力而拒不履行生效法律文书确定的义务",
    ),
    ("listing", "serious_wages", "", "", "襄阳市人力资源和社会保障局", "", "拖欠农民工工资"),
    ("listing", "serious_market", "", "", "襄阳市市场监督管理局", "", "严重违法失信"),
    (
        "broken_pledge",
        "",
        "",
        "food",
        "樊城区市场监督管理局",
        "market_supervision",
        "未在承诺期限内达到告知承诺的条件",
    ),
    (
        "false_pledge",
        "",
        "",
        "food",
        "樊城区市场监督管理局",
        "market_supervision",
        "告知承诺时提交虚假租赁合同",
    ),
)
_WEIGHTS = (8, 9, 5, 4, 3, 1, 3, 5, 2, 1, 1, 2, 1)
RECORDS, NOTED = 240, 40


@transaction.atomic
def make_credit(now: datetime, seed: str, unit_of: Callable[[str, str], int | None]) -> int:
    """Store them unless an earlier demo did; returns how many records were stored."""
    from yishi.foundation.credit.models import CreditRecord, CreditRules, CreditSource
    from yishi.foundation.parties.models import Party

    rows = CreditRecord.objects.unscoped("the demo looks whether it was made")
    if not CreditRules.objects.exists() or rows.exists():
        return 0
    chance = random.Random(f"{seed} credit")
    _lists(now, chance)
    CreditSource.objects.filter(kind="list").update(simulated=True)
    found = list(Party.objects.filter(simulated=True).order_by("id"))
    firms = [one for one in found if not one.is_person]
    people = [one for one in found if one.is_person]
    if not firms or not people:
        return 0
    stored = _records(now, chance, firms, people, unit_of)
    _answers(now, chance, firms)
    return stored


def _days(now: datetime, chance: random.Random) -> date:
    return (now - timedelta(days=int(chance.triangular(3, 900, 60)))).date()


def _inputs(
    now: datetime,
    chance: random.Random,
    firms: list[Any],
    people: list[Any],
    unit_of: Callable[[str, str], int | None],
) -> Iterator[tuple[Any, datetime]]:
    from yishi.foundation.credit.records import RecordInput

    units: dict[str, int | None] = {}
    # Some parties are looked at again and again, most never.
    noted = chance.sample(firms, min(len(firms), NOTED)) + chance.sample(
        people, min(12, len(people))
    )
    named = [one for one in firms if "餐" in one.name][:1]
    for i in range(RECORDS):
        kind, listed, severity, field, authority, function, what = chance.choices(_WHAT, _WEIGHTS)[
            0
        ]
        party = (noted + named * 3)[i % len(noted + named * 3)]
        if party.is_person and kind == "abnormal":
            continue
        on = _days(now, chance)
        if function and function not in units:
            units[function] = unit_of(function, "420606")
        done = on + timedelta(days=chance.randrange(5, 60)) if chance.random() < 0.6 else None
        today = now.date()
        raw = RecordInput(
            kind=kind,
            list_key=listed,
            severity=severity,
            activity=field,
            authority=authority,
            document_no=f"模拟〔{on.year}〕{i + 1:04d}号",
            document_date=on,
            summary=f"{what}（模拟）",
            party=party,
            fine_fen=chance.randrange(1, 50) * 100_000 if "罚款" in what else None,
            duty_done_on=done if done and done <= today else None,
            duty_open=True if done is None and chance.random() < 0.5 else None,
            unit_id=units.get(function),
            simulated=True,
        )
        known = raw.duty_done_on or on + timedelta(days=chance.randrange(1, 7))
        yield raw, min(datetime.combine(known, now.timetz()) + timedelta(days=1), now)


def _records(
    now: datetime,
    chance: random.Random,
    firms: list[Any],
    people: list[Any],
    unit_of: Callable[[str, str], int | None],
) -> int:
    """Records as they would have been taken up, and what became of them since."""
    from yishi.foundation.access.actors import SYSTEM
    from yishi.foundation.credit import objections, publication, records
    from yishi.foundation.credit.models import CreditRecord, RecordEvent

    made, events = [], []
    for raw, at in _inputs(now, chance, firms, people, unit_of):
        record, event = records.make(raw, SYSTEM, at)
        made.append(record)
        events.append(event)
    CreditRecord.objects.bulk_create(made)
    RecordEvent.objects.bulk_create(events)
    publication.run(now)
    shown = [one for one in made if one.visible and one.kind != "listing"]
    for record in chance.sample(shown, min(4, len(shown))):
        raised = objections.raise_(
            record,
            "罚款已经缴清，公示的金额与决定书不一致（模拟）",
            SYSTEM,
            now - timedelta(hours=5),
        )
        if chance.random() < 0.5:
            objections.flag(raised, SYSTEM, now)
    debts = [one for one in made if one.list_key == "judgment_debtor" and one.in_force]
    for record in debts[:2]:
        records.delete(record, "performed", now.date() - timedelta(days=1), SYSTEM, now)
    return len(made)


def _lists(now: datetime, chance: random.Random) -> None:
    """Lists as a file would bring them: other people's, and two that are like ours."""
    from yishi.foundation.access.actors import SYSTEM
    from yishi.foundation.credit import importing
    from yishi.foundation.credit.models import CreditSource
    from yishi.foundation.parties.synthetic import enterprise_number

    header = ",".join(importing.COLUMNS.values())
    for source in CreditSource.objects.filter(kind="list"):
        rows = [header]
        for i in range(60):
            listed = source.lists[i % len(source.lists)]
            on = now.date() - timedelta(days=chance.randrange(30, 700))
            number = enterprise_number("420100", 500 + i + 60 * (source.pk % 7))
            name = f"武汉模拟第{i + 1}贸易有限公司"
            rows.append(
                f"模拟{source.key}{i:03d},{listed},企业,{name},{number},统一社会信用代码,"
                f"（模拟）{on.year}执{i:04d}号,模拟机关,{on},,"
            )
        on = now.date() - timedelta(days=90)
        if source.key == "court":
            for i, name in enumerate(("王模拟", "李模拟")):
                rows.append(
                    f"模拟court{900 + i},judgment_debtor,自然人,{name},420606********{i}01X,,"
                    f"（模拟）{on.year}执9{i}号,模拟法院,{on},,"
                )
        rows.append(f"模拟{source.key}999,{source.lists[0]},企业,,,,,,{on},,")
        data = "\n".join(rows).encode()
        at = now - timedelta(hours=2)
        importing.take(source, data, f"{source.key}（模拟）.csv", at, SYSTEM, now, whole=True)


def _answers(now: datetime, chance: random.Random, firms: list[Any]) -> None:
    """Some screenings; a few wait for a person, their names being on a list without number."""
    from yishi.foundation.access.actors import SYSTEM
    from yishi.foundation.credit import importing, screening
    from yishi.foundation.credit.models import CreditSource

    source = CreditSource.objects.filter(kind="list").order_by("pk").first()
    alike = chance.sample(firms, min(6, len(firms)))
    if source is not None:
        rows = [",".join(importing.COLUMNS.values())]
        on = now.date() - timedelta(days=40)
        rows += [
            f"模拟{source.key}A{i},{source.lists[0]},企业,{one.name},,,（模拟）同名,模拟机关,{on},,"
            for i, one in enumerate(alike)
        ]
        at = now - timedelta(hours=1)
        data = "\n".join(rows).encode()
        importing.take(source, data, "增量（模拟）.csv", at, SYSTEM, now, whole=False)
    for i, one in enumerate([*alike[:4], *chance.sample(firms, min(20, len(firms)))]):
        screening.screen(
            [screening.Subject(party=one.pk)],
            "办理告知承诺（模拟）",
            now - timedelta(minutes=5 * i),
            SYSTEM,
            simulated=True,
        )
