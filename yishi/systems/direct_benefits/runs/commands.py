"""``yishi benefits``: made-up enterprises, runs over files and snapshots, and their proof."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from yishi.foundation.revisions.errors import FieldError

DAY = click.DateTime(["%Y-%m-%d"])


def _today() -> date:
    from django.utils import timezone

    from yishi.foundation.calendars import SHANGHAI

    return timezone.now().astimezone(SHANGHAI).date()


def _fail(error: Exception) -> None:
    click.echo(str(error), err=True)
    sys.exit(1)


@click.command("enterprises")
@click.option("--count", type=click.IntRange(1, 50_000_000), required=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--on", type=DAY, help="The day that the facts are about; today if not said.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A Parquet file.")
@click.option("--deliver", is_flag=True, help="Let every source deliver them (simulated).")
@click.pass_obj
def enterprises(
    prepare: Callable[[], None],
    count: int,
    seed: int,
    on: datetime | None,
    out: Path | None,
    deliver: bool,
) -> None:
    """Make up enterprises (模拟) with plausible facts; the same ones for the same seed."""
    if (out is None) is not deliver:
        raise click.UsageError("say --out FILE or --deliver")
    prepare()
    from django.utils import timezone

    from yishi.foundation.facts import columnar, simulating, snapshots, synthetic
    from yishi.foundation.facts.models import Source

    day = on.date() if on else _today()
    sources = list(Source.objects.order_by("key"))
    try:
        if out is not None:
            facts = {n: f for one in sources for n, f in columnar.declared(one.columns).items()}
            everybody = frozenset(one.key for one in sources if not one.complete)
            areas = simulating.city_areas()
            synthetic.write(out, count, seed, facts, day, areas=areas, everybody=everybody)
            said: dict[str, Any] = {"file": str(out), "parties": count, "facts": len(facts)}
        else:
            now = timezone.now()
            made = simulating.deliver(count, seed, now, day)
            taken = snapshots.take(now)
            said = {"deliveries": len(made), "parties": taken.rows, "snapshot": taken.hash}
    except FieldError as error:
        _fail(error)
    click.echo(json.dumps(said | {"simulated": True}, ensure_ascii=False))


@click.command("match")
@click.option(
    "--facts", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True
)
@click.option("--on", type=DAY, required=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--item", "items", multiple=True, help="Only these items; all in force if not said.")
@click.option("--engine", default="", help="spark://HOST:PORT runs it there.")
@click.pass_obj
def match(
    prepare: Callable[[], None],
    facts: Path,
    on: datetime,
    out: Path,
    items: tuple[str, ...],
    engine: str,
) -> None:
    """Match every enterprise of a file of facts with the items in force on a day.

    The outcome of every condition of every pair is kept in DIR; the last line is JSON.
    """
    prepare()
    from yishi.systems.direct_benefits.runs import fileruns

    try:
        said = fileruns.run(facts, on.date(), out, items or None, engine=engine, tell=click.echo)
    except (FieldError, fileruns.FileRefused) as error:
        _fail(error)
    click.echo(json.dumps(said, ensure_ascii=False))


@click.command("why")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("code")
@click.argument("items", nargs=-1)
@click.pass_obj
def why(prepare: Callable[[], None], folder: Path, code: str, items: tuple[str, ...]) -> None:
    """Why, and why not: every condition of an enterprise's pairs in the FOLDER of `match`."""
    prepare()
    from yishi.systems.direct_benefits.runs import fileruns

    try:
        for line in fileruns.why(folder, code, items):
            click.echo(line)
    except (FieldError, fileruns.FileRefused) as error:
        _fail(error)


@click.command("snapshot")
@click.pass_obj
def snapshot(prepare: Callable[[], None]) -> None:
    """Take a snapshot of everything that was delivered."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.facts import snapshots

    try:
        taken = snapshots.take(timezone.now())
    except (FieldError, snapshots.SnapshotTampered) as error:
        _fail(error)
    click.echo(json.dumps({"snapshot": taken.hash, "parties": taken.rows}))


@click.command("run")
@click.option("--on", type=DAY, help="The day to screen for; today if not said.")
@click.option("--item", "items", multiple=True, help="Only these items; all in force if not said.")
@click.pass_obj
def run(prepare: Callable[[], None], on: datetime | None, items: tuple[str, ...]) -> None:
    """Take a snapshot, screen everybody, and store candidates and tasks."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.access.actors import SYSTEM
    from yishi.foundation.facts import snapshots
    from yishi.systems.direct_benefits.runs import running

    now = timezone.now()
    try:
        taken = snapshots.take(now)
        day = on.date() if on else _today()
        made = running.run(now, taken, day, items or None, actor=SYSTEM)
    except (FieldError, snapshots.SnapshotTampered) as error:
        _fail(error)
    for key, count in made.counts.items():
        if "refused" in count:
            names = ", ".join(count["refused"])
            click.echo(f"{key}: no rule in force on {made.on} ({names})", err=True)
    click.echo(json.dumps(_said(made), ensure_ascii=False))


def _said(made: Any) -> dict[str, Any]:
    done = [one for one in made.counts.values() if "refused" not in one]
    total = {name: sum(one[name] for one in done) for name in ("true", "false", "unknown")}
    return {
        "run": made.number,
        "items": len(done),
        "parties": made.parties,
        **total,
        "seconds": made.seconds,
        "snapshot": made.snapshot.hash,
    }


@click.command("refresh")
@click.pass_obj
def refresh(prepare: Callable[[], None]) -> None:
    """Look again at the enterprises whose facts were delivered since the newest run."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.access.actors import SYSTEM
    from yishi.systems.direct_benefits.runs import refreshing, running

    base = running.latest()
    if base is None:
        raise click.ClickException("nothing was screened yet: yishi benefits run")
    try:
        done = refreshing.refresh(base, timezone.now(), actor=SYSTEM)
    except FieldError as error:
        _fail(error)
    said = {
        "run": done.run.number if done.run else None,
        "parties": done.parties,
        "new": done.new,
        "changed": done.changed,
        "stale": done.stale,
        "seconds": round(done.seconds, 3),
    }
    click.echo(json.dumps(said))


@click.command("verify")
@click.argument("number")
@click.pass_obj
def verify(prepare: Callable[[], None], number: str) -> None:
    """Do a run again from its snapshot and items, and compare the hashes."""
    prepare()
    from yishi.foundation.facts.snapshots import SnapshotTampered
    from yishi.systems.direct_benefits.runs import keeping
    from yishi.systems.direct_benefits.runs.books import BookTampered
    from yishi.systems.direct_benefits.runs.models import Run

    found = Run.objects.select_related("snapshot").filter(number=number).first()
    if found is None:
        raise click.ClickException(f"there is no run {number}")
    try:
        keeping.verify(found)
    except (keeping.RunTampered, SnapshotTampered, BookTampered) as error:
        _fail(error)
    click.echo(f"{number}: {found.hash} ok")


COMMANDS = (enterprises, match, why, snapshot, run, refresh, verify)
