"""``fill``: any number of simulated events (模拟) into an empty demo database.

A case of one week is planned by the real code and copied into every week of a year (see
`stencil`); the last week is planned case by case, so that whatever is open now is as in life. Every
block is stored with a row that says so: after a kill the same call goes on where it was.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction

from yishi.foundation.cases import bulk, rollups
from yishi.systems.city_events.filling import ledger
from yishi.systems.city_events.filling.ledger import Plan
from yishi.systems.city_events.filling.photos import make_photos
from yishi.systems.city_events.filling.ratings import evaluate
from yishi.systems.city_events.filling.stencil import LOWEST, TABLES

PROCESSES = 2
#: Case ids have eight digits; those of copies begin behind those of what they are copied from.
MOST = 80_000_000
TELL_SECONDS = 10.0
SORT_MEMORY = "512MB"


class NotFilled(ValueError):
    """The database cannot be filled; the message says why."""


def fill(events: int, seed: str, now: datetime, tell: Callable[[str], None]) -> None:
    """Fill an empty demo database with *events*, or go on with what was begun.

    Raises:
        NotFilled: when it holds cases already, or another number was begun.
        LookupError: when no catalogue is loaded.
    """
    from yishi.systems.city_events.context import city

    city().catalogue(now)
    begun, plan = time.perf_counter(), ledger.unfinished()
    if plan is None:
        plan = _begin(events, seed, now)
    elif (plan.events, plan.seed) != (events, seed):
        raise NotFilled(f"请先继续：yishi simulate --events {plan.events} --seed {plan.seed}")
    else:
        tell(f"going on: {ledger.stored():,} of {events:,} events are stored")
    bulk.take_away(ledger.aside())  # a kill may have come before, or while they were put back
    _store(plan, tell)
    _finish(plan, tell)
    taken = time.perf_counter() - begun
    tell(f"{events:,} events in {taken:,.0f} s")


def _begin(events: int, seed: str, now: datetime) -> Plan:
    from yishi.foundation.access.models import Installation
    from yishi.foundation.cases.models import Case

    if not 1 <= events <= MOST:
        raise NotFilled(f"事件数应在 1 与 {MOST:,} 之间")
    if Case.objects.unscoped("filling looks whether there are cases").exists():
        raise NotFilled("数据库中已有案件，模拟数据只装入空的演示数据库")
    with transaction.atomic():
        Installation.objects.get_or_create(kind=Installation.DEMO)
        Installation.objects.update(city_code="")
        photos = tuple(str(photo) for photo in make_photos(now))
        plan = ledger.planned(events, seed, now, 2 * LOWEST, photos)
        ledger.begin(plan, bulk.found(_tables()))
    return plan


def _tables() -> list[str]:
    return [model._meta.db_table for model in TABLES]


def _store(plan: Plan, tell: Callable[[str], None]) -> None:
    """Store the blocks in processes side by side, and tell how far they have come."""
    before, begun = ledger.stored(), time.perf_counter()
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_work, args=(plan, n, PROCESSES)) for n in range(PROCESSES)]
    try:
        for process in processes:
            process.start()
        told = begun
        while any(process.is_alive() for process in processes):
            processes[0].join(0.5)
            if any(process.exitcode for process in processes):
                raise NotFilled("写入中断，请再次运行同一命令")
            if time.perf_counter() - told > TELL_SECONDS:
                told, now = time.perf_counter(), ledger.stored()
                rate = (now - before) / (told - begun)
                tell(f"{now:,} of {plan.events:,} events, {rate:,.0f} a second")
        if any(process.exitcode for process in processes):
            raise NotFilled("写入中断，请再次运行同一命令")
    finally:
        for process in processes:
            if process.is_alive():
                process.terminate()
        for process in processes:
            if process.pid is not None:
                process.join()
    tell(f"{ledger.stored():,} events stored in {time.perf_counter() - begun:,.0f} s")


def _work(plan: Plan, number: int, workers: int) -> None:
    from yishi.systems.city_events.filling.blocks import Worker

    with bulk.uncollected():
        Worker(plan, number, workers).run()
    connection.close()


def _finish(plan: Plan, tell: Callable[[str], None]) -> None:
    """Indexes and foreign keys, roll-ups, ratings and call-backs; all may be done again."""
    from yishi.foundation.access.models import Installation
    from yishi.foundation.places import register
    from yishi.systems.city_events.hotline.simulated import make_up

    tell("indexes and constraints")
    bulk.put_back(ledger.aside(), SORT_MEMORY)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('cases_case', 'id'), max(id)) FROM cases_case"
        )
    tell("roll-ups, ratings and call-backs")
    bulk.side_by_side([f"ANALYZE {table}" for table in _tables()])
    rollups.rebuild()
    evaluate(plan.now)
    make_up(plan.now, plan.seed)
    others = sorted({*connection.introspection.table_names()} - {*_tables()})
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(others)}")
    with transaction.atomic():
        Installation.objects.update(city_code=register().root)
        ledger.end()
