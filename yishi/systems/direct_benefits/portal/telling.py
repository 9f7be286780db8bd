"""Telling subscribers: an item of a label they follow was published, ends soon, or was repealed.

Every piece of news has a key; the database keeps it once, so that this may run at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from yishi.foundation.messages.outbox import MessageRow, enqueue, message_row
from yishi.foundation.messages.texts import Text
from yishi.systems.direct_benefits.portal import catalogue
from yishi.systems.direct_benefits.portal.calculator import has_label
from yishi.systems.direct_benefits.portal.catalogue import Entry
from yishi.systems.direct_benefits.portal.models import News, Subscription

#: How long after its publication an item is still news (a worker may have stood still).
FRESH = timedelta(days=14)
_WHY = "who follows a label is told of its items"
TEXTS = {
    "benefit.published": Text(
        "有新的惠企事项",
        "您订阅的标签下发布了“{item}”（{department}），{from}起生效。登录政策通看条件和金额。",
        "A new benefit was published",
        "“{item}” ({department}) was published under a label you follow; in force from {from}.",
    ),
    "benefit.ending": Text(
        "惠企事项即将到期",
        "您订阅的标签下，“{item}”（{department}）到 {until} 为止。",
        "A benefit ends soon",
        "“{item}” ({department}) under a label you follow ends on {until}.",
    ),
    "benefit.repealed": Text(
        "惠企政策已废止",
        "您订阅的标签下，“{item}”依据的文件 {until} 废止。",
        "A policy was repealed",
        "The document behind “{item}” is repealed on {until}.",
    ),
    "benefit.applied": Text(
        "申请有了结果",
        "您申请的“{item}”（{number}）：{result}。",
        "Your application was decided",
        "Your application for “{item}” ({number}): {result}.",
    ),
}


@dataclass(frozen=True, slots=True)
class Told:
    """Something worth telling about an item, once for each party."""

    kind: str
    key: str
    entry: Entry
    params: dict[str, str]


def worth_telling(entries: Iterable[Entry], now: datetime) -> Iterator[Told]:
    """What is news of these items at *now* (no statement)."""
    today = catalogue.today_of(now)
    for entry in entries:
        params = {
            "item": entry.item.name,
            "department": entry.department,
            "from": entry.first.isoformat(),
            "until": entry.ends_on.isoformat() if entry.ends_on else "",
        }
        standing = entry.standing(today)
        if standing == catalogue.ENDED:
            continue
        made = entry.published_at
        if made is not None and now - FRESH <= made <= now:
            yield Told(News.PUBLISHED, f"published:{entry.version_id}", entry, params)
        if entry.policy.repealed_on is not None:
            key = f"repealed:{entry.key}:{entry.policy.repealed_on}"
            yield Told(News.REPEALED, key, entry, params)
        elif standing == catalogue.SOON:
            yield Told(News.ENDING, f"ending:{entry.key}:{entry.ends_on}", entry, params)


@transaction.atomic
def tell(now: datetime) -> int:
    """Write the news that nobody was told yet; returns how many."""
    found = list(worth_telling(catalogue.shelf().versions.values(), now))
    if not found:
        return 0
    rows = Subscription.objects.unscoped(_WHY).filter(ended_at=None, made_at__lte=now)
    wanted: dict[str, tuple[Told, Any]] = {}
    for one in rows.select_related("party"):
        for told in found:
            if _concerns(told, one):
                wanted.setdefault(f"{told.key}:{one.party.file_id}", (told, one))
    known = set(
        News.objects.unscoped(_WHY).filter(key__in=list(wanted)).values_list("key", flat=True)
    )
    new = {key: pair for key, pair in wanted.items() if key not in known}
    News.objects.bulk_create(
        [_news(key, told, one, now) for key, (told, one) in new.items()], ignore_conflicts=True
    )
    enqueue([row for key, (told, one) in new.items() for row in _messages(key, told, one, now)])
    return len(new)


def _concerns(told: Told, subscription: Any) -> bool:
    """Items that were there before somebody followed the label are not news to them."""
    if told.kind == News.PUBLISHED and told.entry.published_at < subscription.made_at:
        return False
    return has_label(told.entry, subscription.label)


def _news(key: str, told: Told, subscription: Any, now: datetime) -> News:
    return News(
        party_id=subscription.party.file_id,
        kind=told.kind,
        item_key=told.entry.key,
        params=told.params,
        key=key[:160],
        at=now,
    )


def _messages(key: str, told: Told, subscription: Any, now: datetime) -> list[MessageRow]:
    if subscription.contact_id is None:
        return []
    return [
        message_row(
            f"benefit.{told.kind}",
            key=f"benefit:{key}"[:160],
            now=now,
            contact_id=subscription.contact_id,
            channel=subscription.channel,
            params=told.params,
            about_kind="benefit_item",
            about_id=told.entry.key[:64],
        )
    ]


def note(party_id: Any, item_key: str, key: str, params: dict[str, str], now: datetime) -> None:
    """Tell a party where its application stands (1 statement; known keys are left alone)."""
    news = News(
        party_id=party_id, kind=News.APPLIED, item_key=item_key, params=params, key=key, at=now
    )
    News.objects.bulk_create([news], ignore_conflicts=True)
