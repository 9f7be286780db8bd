"""When the administration itself must have done something: after a policy is signed, changed or
repealed, and from the receipt of an application in quick mode (S9-A22, A23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.calendars.limits import parse_limit
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.systems.direct_benefits.catalogue import Book
from yishi.systems.direct_benefits.context import city


@dataclass(frozen=True, slots=True)
class Task:
    """What is due: step, the day it began, its last day and the rule it rests on."""

    step: str
    label: str
    began: date
    due: date
    basis: str


LABELS = {
    "item_list": "拆解事项清单",
    "update": "更新平台",
    "guide": "公布兑现方式和指南",
    "quick": "快申快享兑付",
}


def task(step: str, began: date, calendar: Calendar, book: Book) -> Task:
    """One task; the day it begins does not count."""
    limit = book.limits[step]
    start = datetime.combine(began, time(12), SHANGHAI)
    due = calendar.due(start, parse_limit(*limit.clock)).day
    return Task(step, LABELS[step], began, due, limit.basis)


def of_new_policy(signed: date, now: datetime) -> list[Task]:
    """A policy was signed: its items are listed, and its payment method and guide published."""
    found = city()
    book = found.limits_at(now)[1]
    return [task(step, signed, found.calendar, book) for step in ("item_list", "guide")]


def of_repeal(repealed: date, now: datetime) -> list[Task]:
    """A policy was repealed or changed: the platform says so; a successor gets its guide."""
    found = city()
    book = found.limits_at(now)[1]
    return [task(step, repealed, found.calendar, book) for step in ("update", "guide")]


def quick_paid_by(received: date, now: datetime) -> date:
    """The last day on which an application in quick mode (快申快享) is paid."""
    found = city()
    return task("quick", received, found.calendar, found.limits_at(now)[1]).due


def open_tasks(now: datetime) -> list[tuple[str, Task]]:
    """(title of the policy, task) of what policies of the last months still ask for: signed ones
    without a published item, repealed ones with an item that counts on (2 statements)."""
    from yishi.systems.direct_benefits.context import day_of
    from yishi.systems.direct_benefits.policies.models import ItemVersion, Policy

    today = day_of(now)
    with_items = set(ItemVersion.objects.values_list("policy_id", flat=True).distinct())
    living = set(
        ItemVersion.objects.filter(effective_to__isnull=True)
        .values_list("policy_id", flat=True)
        .distinct()
    )
    tasks: list[tuple[str, Task]] = []
    for policy in Policy.objects.order_by("key"):
        if policy.pk not in with_items and policy.repealed_on is None:
            tasks += [(policy.title, one) for one in of_new_policy(policy.valid_from, now)]
            continue
        repealed = policy.repealed_on
        if repealed is not None and repealed <= today and policy.pk in living:
            tasks += [(policy.title, one) for one in of_repeal(repealed, now)[:1]]
    return tasks
