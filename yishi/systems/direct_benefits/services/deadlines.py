"""When the administration itself must have done something: after a policy is signed, changed or
repealed, and from the receipt of an application in quick mode (S9-A22, A23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q

from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.calendars.limits import parse_limit
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.systems.direct_benefits.catalogue import Book
from yishi.systems.direct_benefits.context import city, day_of


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


def open_tasks(now: datetime) -> list[tuple[int, str, Task]]:
    """(policy, its title, task) of what policies still ask for: those in force without a published
    item, and repealed ones with an item that counts on (3 statements)."""
    from yishi.systems.direct_benefits.policies.models import ItemVersion, Policy

    today = day_of(now)
    versions = ItemVersion.objects.order_by()
    with_items = set(versions.values_list("policy_id", flat=True).distinct())
    running = versions.filter(Q(effective_to__isnull=True) | Q(effective_to__gt=today))
    living = set(running.values_list("policy_id", flat=True).distinct())
    tasks: list[tuple[int, str, Task]] = []
    for policy in Policy.objects.order_by("key"):
        repealed = policy.repealed_on
        if policy.pk not in with_items and repealed is None and policy.valid_from <= today:
            due = of_new_policy(policy.valid_from, now)
        elif repealed is not None and repealed <= today and policy.pk in living:
            due = of_repeal(repealed, now)[:1]
        else:
            continue
        tasks += [(policy.pk, policy.title, one) for one in due]
    return tasks
