"""``yishi credit``: lists, the nightly run, chains of records, the index of names."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from yishi.foundation.credit.names.commands import index

Prepare = Callable[[], None]


@click.group()
def credit() -> None:
    """The credit file (信用档案)."""


credit.add_command(index)


@credit.command("import")
@click.argument("source")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as-of", "as_of", required=True, help="when the list was drawn up, ISO 8601")
@click.option("--part", is_flag=True, help="the file only adds and removes")
@click.pass_obj
def take(prepare: Prepare, source: str, file: Path, as_of: str, part: bool) -> None:
    """Take in a list from FILE (CSV or xlsx) as the whole of SOURCE."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.access.actors import SYSTEM
    from yishi.foundation.calendars import SHANGHAI
    from yishi.foundation.credit import importing
    from yishi.foundation.credit.models import CreditSource
    from yishi.foundation.revisions.errors import FieldError

    row = CreditSource.objects.filter(key=source).first()
    if row is None:
        known = ", ".join(CreditSource.objects.values_list("key", flat=True))
        raise click.ClickException(f"没有来源 {source}；可用：{known}")
    try:
        moment = datetime.fromisoformat(as_of)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
        data, now = file.read_bytes(), timezone.now()
        made = importing.take(row, data, file.name, moment, SYSTEM, now, whole=not part)
    except (FieldError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    for one in made.refused:
        click.echo(f"row {one['row']}: {one['column']}: {one['message']}", err=True)
    click.echo(
        f"{made.rows} rows: {made.added} added, {made.changed} changed, {made.removed} removed, "
        f"{len(made.refused)} refused"
    )


@credit.command("names")
@click.pass_obj
def names(prepare: Prepare) -> None:
    """Build the index of the listed organisations' names, for near matches."""
    prepare()
    from yishi.foundation.credit import near_names
    from yishi.foundation.credit.names import IndexRefused

    begun = time.monotonic()

    def tell(stage: str, done: int) -> None:
        shown = f"{done:,} names read" if stage == "names" else f"{done} % sorted"
        click.echo(f"{shown}, {time.monotonic() - begun:.0f} s", err=True)

    try:
        click.echo(f"{near_names.rebuild(tell):,} names")
    except IndexRefused as refused:
        raise click.ClickException(str(refused)) from refused


@credit.command("run")
@click.pass_obj
def run(prepare: Prepare) -> None:
    """End publication of what is over, as the nightly run does."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.credit import publication

    done = publication.run(timezone.now())
    click.echo(
        f"{done.ended} ended, {done.kept} kept, {done.asked} asked about, "
        f"{done.recomputed} with new terms"
    )


@credit.command("verify")
@click.pass_obj
def verify(prepare: Prepare) -> None:
    """Verify the chain of every record and what follows from its state."""
    prepare()
    from yishi.foundation.credit import records
    from yishi.foundation.credit.models import CreditRecord

    rows = CreditRecord.objects.unscoped("verification reads every record").order_by("pk")
    total = wrong = 0
    for record in rows.iterator():
        total += 1
        found = records.broken(record)
        if found:
            wrong += 1
            click.echo(f"{record.number}: {found}", err=True)
    click.echo(f"{total} records, {wrong} broken")
    if wrong:
        raise SystemExit(1)
