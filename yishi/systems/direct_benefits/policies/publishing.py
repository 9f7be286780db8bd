"""Publishing an item, ending one, repealing a policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from yishi.foundation import revisions
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.policies import examples
from yishi.systems.direct_benefits.policies.book import REGISTER, policy_text
from yishi.systems.direct_benefits.policies.checks import (
    derived_conflict,
    line_conflict,
    stack_conflict,
)
from yishi.systems.direct_benefits.policies.facts import CITY_TIME, declared
from yishi.systems.direct_benefits.policies.grounds import check_policy
from yishi.systems.direct_benefits.policies.model import BenefitItem
from yishi.systems.direct_benefits.policies.models import BROWSER, ItemVersion, Policy
from yishi.systems.direct_benefits.policies.parsing import from_stored, parse_item


@transaction.atomic
def publish(
    content: Mapping[str, Any],
    effective_from: date,
    made_by: str,
    reviewed_by: str,
    now: datetime,
    effective_to: date | None = None,
) -> ItemVersion:
    """Publish *content* as the next version of its item; the version before ends the day before.

    ``made_by`` and ``reviewed_by`` are references of actors.

    Raises:
        FieldError: naming what is wrong: the content, one of its examples, the days, the reviewer,
            or what it has against other items in force.
    """
    if not made_by or not reviewed_by or made_by == reviewed_by:
        raise FieldError("reviewed_by", "发布须由拟定人以外的第二人复核")
    # Two publications at once: the second waits here and then sees what the first stored.
    revisions.bump(REGISTER)
    item = checked(content, effective_from, effective_to)
    if effective_from < now.astimezone(CITY_TIME).date():
        raise FieldError("effective_from", "生效日期早于今天；已过去的日子不能改写")
    rows = list(ItemVersion.objects.filter(key=item.key).order_by("effective_from"))
    newest = rows[-1] if rows else None
    if newest is not None:
        if newest.hash == item.hash and newest.effective_to is None:
            raise FieldError("content", "与现行版本内容相同", "same")
        if effective_from <= newest.effective_from:
            message = f"{newest} 自 {newest.effective_from} 起已发布，新版本须更晚生效"
            raise FieldError("effective_from", message, "range")
    _agrees(item, effective_from, effective_to)
    if newest is not None and (
        newest.effective_to is None or newest.effective_to >= effective_from
    ):
        newest.effective_to = effective_from - timedelta(days=1)
        newest.save(update_fields=["effective_to"])
    return ItemVersion.objects.create(
        key=item.key,
        version=max((row.version for row in rows), default=0) + 1,
        policy=Policy.objects.get(key=item.policy),
        content=item.content,
        hash=item.hash,
        effective_from=effective_from,
        effective_to=effective_to,
        source=BROWSER,
        made_by=made_by,
        reviewed_by=reviewed_by,
        published_at=now,
    )


def checked(
    content: Mapping[str, Any], effective_from: date, effective_to: date | None = None
) -> BenefitItem:
    """The item of *content* for its policy and day, with its examples run.

    Raises:
        FieldError: naming what is wrong.
    """
    policy = Policy.objects.filter(key=str(content.get("policy", ""))).first()
    if policy is None:
        raise FieldError("policy", f"没有政策 {content.get('policy', '')}", "unknown")
    if effective_to is not None and effective_to < effective_from:
        raise FieldError("effective_to", "失效日期早于生效日期", "range")
    item = parse_item({**content, "policy_number": policy.number})
    text = policy_text(policy)
    item = item.dated(policy_text=text, effective_from=effective_from, effective_to=effective_to)
    if text.repealed_on is not None and text.repealed_on < effective_from:
        raise FieldError("policy", f"政策文件已于 {text.repealed_on} 废止")
    check_policy(item, text)
    examples.run(item, declared())
    return item


def _agrees(item: BenefitItem, start: date, end: date | None) -> None:
    """Raise FieldError unless *item* goes together with the others in force in its days."""
    rows = ItemVersion.objects.exclude(key=item.key).exclude(effective_to__lt=start)
    if end is not None:
        rows = rows.filter(effective_from__lte=end)
    others = [from_stored(content) for content in rows.values_list("content", flat=True)]
    for field, conflict in (
        ("stack", stack_conflict),
        ("budget", line_conflict),
        ("when", derived_conflict),
    ):
        if message := conflict(item, others):
            raise FieldError(field, message, "conflict")


@transaction.atomic
def end(key: str, last_day: date, now: datetime) -> ItemVersion:
    """Let the newest version of an item end with *last_day*.

    Raises:
        FieldError: where there is none, it has ended, or the day is past.
    """
    revisions.bump(REGISTER)
    row = ItemVersion.objects.filter(key=key).order_by("-version").first()
    if row is None:
        raise FieldError("key", f"没有事项 {key}", "unknown")
    if row.effective_to is not None and row.effective_to <= last_day:
        raise FieldError("last_day", f"{row} 已定于 {row.effective_to} 失效", "range")
    _not_past(last_day, now)
    if last_day < row.effective_from:
        raise FieldError("last_day", f"早于生效日期 {row.effective_from}", "range")
    row.effective_to = last_day
    row.save(update_fields=["effective_to"])
    return row


@transaction.atomic
def repeal(policy_key: str, last_day: date, now: datetime) -> Policy:
    """Repeal a policy: *last_day* is the last day on which its items are in force.

    Raises:
        FieldError: where there is none, it was repealed already, or the day is past.
    """
    revisions.bump(REGISTER)
    row = Policy.objects.select_for_update().filter(key=policy_key).first()
    if row is None:
        raise FieldError("policy", f"没有政策 {policy_key}", "unknown")
    if row.repealed_on is not None:
        raise FieldError("policy", f"已于 {row.repealed_on} 废止")
    _not_past(last_day, now)
    if last_day < row.valid_from:
        raise FieldError("last_day", f"早于施行日期 {row.valid_from}", "range")
    row.repealed_on = last_day
    row.save(update_fields=["repealed_on"])
    return row


def _not_past(day: date, now: datetime) -> None:
    if day < now.astimezone(CITY_TIME).date():
        raise FieldError("last_day", "不能把已过去的日子改为失效", "range")
