"""The demo: accounts for every role and some months of simulated cases. Made once, into an empty
database, which is marked as the demo's: its accounts work nowhere else."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.db import connection, transaction

#: Cases that one process plans and stores at once.
BLOCK = 720
PROCESSES = 2


class DemoRefused(ValueError):
    """The database was not made by the demo."""


class DemoUnfinished(ValueError):
    """An interrupted load left a part of the data, without indexes: it can only start over."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The city's ``demo.yaml``."""

    days: int
    cases: int
    seed: str
    password: str
    key: str
    busy: str
    accounts: list[dict[str, Any]]
    #: Made-up people and enterprises, see :mod:`yishi.runtime.demo_parties`.
    parties: dict[str, Any] = field(default_factory=dict)
    #: Cases of one form and one visit (一事联办).
    themes: int = 0
    #: Made-up enterprises and batches of direct benefits, see `direct_benefits.demo`.
    benefits: dict[str, Any] = field(default_factory=dict)


def read_settings(folder: Path) -> Settings:
    """The demo of a city folder.

    Raises:
        DemoRefused: when the folder has none.
    """
    path = folder / "demo.yaml"
    if not path.exists():
        raise DemoRefused(f"{folder.name} 没有演示数据（demo.yaml）")
    return Settings(**yaml.safe_load(path.read_text(encoding="utf-8")))


def load(folder: Path, now: datetime, tell: Callable[[str], None]) -> None:
    """Make accounts and cases, or go on with what an earlier demo made.

    Raises:
        DemoRefused: when the database holds anything that the demo did not make.
        DemoUnfinished: when an earlier load was interrupted.
    """
    from yishi.foundation.access.models import Installation
    from yishi.foundation.cases.models import Case
    from yishi.foundation.places import register
    from yishi.systems.city_events.filling import ledger
    from yishi.systems.city_events.filling.photos import make_photos
    from yishi.systems.construction import demo as construction
    from yishi.systems.direct_benefits import demo as benefits
    from yishi.systems.pledge_licences import demo as pledges

    settings = read_settings(folder)
    made = Installation.objects.first()
    if made is not None and made.kind != Installation.DEMO:
        raise DemoRefused("这个数据库属于正式安装，演示数据不会写入其中")
    have = Case.objects.unscoped("the demo looks whether it was loaded").count()
    if made is None and have:
        raise DemoRefused("数据库中已有案件，且不是演示数据")
    unfinished = ledger.unfinished()
    if unfinished is not None:
        raise DemoRefused(
            f"模拟数据没有装完，请先继续：yishi simulate --events {unfinished.events}"
        )
    if made is not None and not made.city_code and have:
        raise DemoUnfinished("上一次演示数据没有装完，需要重新开始（make demo FRESH=1）")
    if have:
        make_accounts(settings, now)  # what was filled with events has none yet
        make_key(settings, now)
        add_parties(settings, now)
        add_credit(settings, now)
        tell(f"demo: going on with {have:,} cases")
        return
    begun = time.perf_counter()
    with transaction.atomic():
        Installation.objects.get_or_create(kind=Installation.DEMO)
        make_accounts(settings, now)
        make_key(settings, now)
        add_parties(settings, now)
        add_credit(settings, now)
    simulate(settings, now, make_photos(now), tell)
    construction.make_up(now, settings.seed, tell)
    simulate_themes(settings, now, tell)
    pledges.make_up(now, settings.seed, tell)
    benefits.make_up(now, settings.seed, settings.benefits, tell)
    Installation.objects.update(city_code=register().root)
    tell(f"demo: {settings.cases:,} cases in {time.perf_counter() - begun:.1f} s")


def make_accounts(settings: Settings, now: datetime) -> None:
    """One account for each entry."""
    from django.contrib.auth.hashers import make_password

    from yishi.foundation.access.models import Grant, User
    from yishi.foundation.places import register

    places = register()
    password = make_password(settings.password)  # all have the one that is printed: hashed once
    for entry in settings.accounts:
        unit = _unit_of(places, entry.get("unit"), now)
        scope = places.managed_path(entry["scope"]) if "scope" in entry else ""
        if User.objects.filter(username=entry["username"]).exists():
            continue
        user = User.objects.create(
            username=entry["username"],
            password=password,
            display_name=entry["name"],
            is_demo=True,
        )
        Grant.objects.bulk_create(
            Grant(
                user=user,
                role=role,
                unit_id=unit,
                scope=scope,
                valid_from=now - timedelta(days=365),
            )
            for role in entry.get("roles") or [entry["role"]]
        )


def add_parties(settings: Settings, now: datetime) -> None:
    """The people and enterprises of the demo."""
    from yishi.runtime.demo_parties import make_parties

    make_parties(settings.parties, now, _finder(now))


def add_credit(settings: Settings, now: datetime) -> None:
    """Their credit records, lists and screening answers: written by the verbs, one by one."""
    from yishi.runtime.demo_credit import make_credit

    make_credit(now, settings.seed, _finder(now))


def _finder(now: datetime) -> Callable[[str, str], int | None]:
    from yishi.foundation.places import register

    places = register()

    def unit_of(function: str, division: str) -> int | None:
        place = places.place_of_division(division)
        found = places.responsible(function, place, order="territory", at=now.date())
        return None if found is None else int(found.unit_id)

    return unit_of


def _unit_of(places: Any, wanted: dict[str, str] | None, now: datetime) -> int | None:
    if wanted is None:
        return None
    place = places.place_of_division(wanted["division"])
    found = places.responsible(wanted["function"], place, order="territory", at=now.date())
    if found is None:
        raise DemoRefused(f"没有承担 {wanted['function']} 的单位：{wanted['division']}")
    return int(found.unit_id)


def key_file() -> Path:
    """Where the demo's API key is kept, readable by its owner only."""
    from django.conf import settings

    return Path(settings.STATE_DIR) / "demo-api-key"


def make_key(settings: Settings, now: datetime) -> None:
    """An API key that reports, and moves cases like the centres do, in the whole city."""
    from yishi.foundation.access.actors import ActorGrant
    from yishi.foundation.access.keys import issue_key
    from yishi.foundation.access.models import ApiClient
    from yishi.foundation.places import register

    if ApiClient.objects.filter(name=settings.key).exists():
        return
    root = register().root
    grants = [ActorGrant(role, None, root) for role in ("acceptor", "dispatcher")]
    path = key_file()
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(issue_key(settings.key, "api", grants, now, is_demo=True), encoding="utf-8")


def simulate_themes(settings: Settings, now: datetime, tell: Callable[[str], None]) -> None:
    """Cases of life events with their items, unless there are any."""
    from yishi.systems.life_events.simulated import simulate

    simulate(now, settings.themes, settings.seed, tell)


def received_times(settings: Settings, now: datetime) -> list[datetime]:
    """When the simulated reports came in."""
    from yishi.systems.city_events.filling.times import received_times

    return received_times(settings.seed, settings.days, settings.cases, now)


def simulate(
    settings: Settings, now: datetime, photos: list[Any], tell: Callable[[str], None]
) -> None:
    """Plan and store the cases in blocks, in two processes side by side: forked, with what this one
    has read; their many plain objects hold no cycles worth looking for."""
    from yishi.foundation.cases import rollups
    from yishi.foundation.cases.bulk import on_its_own, set_aside
    from yishi.foundation.cases.load import reserve
    from yishi.systems.city_events.context import city
    from yishi.systems.city_events.filling.ratings import evaluate
    from yishi.systems.city_events.hotline.simulated import make_up

    times = received_times(settings, now)
    ids = sorted(reserve(len(times)))
    blocks = [
        (settings.seed, settings.busy, now, photos, list(range(i, min(i + BLOCK, len(times)))))
        for i in range(0, len(times), BLOCK)
    ]
    work = [(*block, [(ids[n], times[n]) for n in block[-1]]) for block in blocks]
    done = 0
    city()  # what the processes share with this one, they need not read again
    with set_aside(BULKY):
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
        with multiprocessing.get_context("fork").Pool(PROCESSES, _begin_child) as pool:
            for count in pool.imap_unordered(_store_block, work):
                done += count
                tell(f"demo: {done:,} of {len(times):,} cases")
            pool.close()
            pool.join()
        tell("demo: indexes and constraints")
    with ThreadPoolExecutor(1) as beside:
        counted = beside.submit(on_its_own, f"ANALYZE {', '.join(BULKY)}")
        rollups.rebuild()
        evaluate(now)
        make_up(now, settings.seed)
        others = sorted({*connection.introspection.table_names()} - {*BULKY})
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(others)}")
        counted.result()


#: Tables whose indexes and foreign keys are cheaper to make after the load than during it.
BULKY = (
    "cases_casewords",
    "cases_case",
    "cases_clock",
    "cases_assignment",
    "cases_trace",
    "cases_intakekey",
    "cases_casepaper",
    "city_events_report",
    "rulebook_decision",
)


def _begin_child() -> None:
    """A process of the pool. The parent's handler of SIGTERM would run between two steps of Python
    only: one that waits for its next block would never hear that it is to end."""
    gc.disable()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _store_block(work: tuple[Any, ...]) -> int:
    """Simulate one block of cases and store it in one transaction."""
    from yishi.foundation.cases.commit import commit
    from yishi.foundation.cases.models import RollUpDelta
    from yishi.systems.city_events.context import city
    from yishi.systems.city_events.simulate import scene_of, simulated

    seed, busy, now, photos, numbers, cases = work
    registers = city()
    busy = registers.register.managed_path(busy) if busy else ""
    scene = scene_of(registers, tuple(photos), now, busy)
    changes = [
        simulated(scene, case_id, number, received, seed)
        for number, (case_id, received) in zip(numbers, cases, strict=True)
    ]
    commit(changes, quiet=True, without=(RollUpDelta,))
    return len(changes)


def accounts(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(user name, password, what it is for) of every demo account."""
    settings = read_settings(folder)
    for entry in settings.accounts:
        yield entry["username"], settings.password, f"{entry['name']}：{entry['hint']}"
