"""``yishi events``: reports of city events from files, and the model that recognises them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yishi.systems.city_events.recognition.commands import learn_command

if TYPE_CHECKING:
    from yishi.systems.city_events.importing.service import Tally

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def events() -> None:
    """Reports of city events from files, and the model that recognises them."""


@events.command("columns")
def columns() -> None:
    """List the columns that an import file may have."""
    from yishi.systems.city_events.importing.mapping import COLUMNS

    for name, meaning in COLUMNS.items():
        click.echo(f"{name:<12} {meaning}")


@events.command("import")
@click.argument("file", type=FILE)
@click.option("--mapping", type=FILE, help="which column is which field (YAML)")
@click.option("--channel", default="import", show_default=True, help="where the reports come from")
@click.option("--timezone", "zone", default="Asia/Shanghai", show_default=True)
@click.option(
    "--rejects", type=click.Path(dir_okay=False, path_type=Path), help="write rejected rows here"
)
@click.option("--merge/--no-merge", default=False, help="join near-duplicates of current reports")
@click.option("--dry-run", is_flag=True, help="say what would happen; store nothing")
@click.pass_obj
def import_(prepare: Callable[[], None], /, file: Path, **how: Any) -> None:
    """Take in the reports of a CSV FILE (UTF-8 or GB18030).

    `yishi events columns` lists the columns. A file may be given again: rows that were taken in
    are counted as repeated and change nothing. Reports with a time of their own (received_at) are
    history: they are never merged, and nobody is told of clocks that ran out before the import.
    """
    prepare()
    from django.utils import timezone

    from yishi.foundation.revisions.errors import FieldError
    from yishi.systems.city_events.importing.files import FileImport, import_file

    try:
        tally = import_file(file, FileImport(**how), now=timezone.now(), tell=_progress)
    except (FieldError, LookupError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(summary(tally, dry_run=how["dry_run"]))
    if tally.rejected and how["rejects"]:
        click.echo(f"rejected rows: {how['rejects']}")


def _progress(tally: Tally) -> None:
    rate = tally.rows / tally.seconds if tally.seconds else 0.0
    click.echo(f"  {tally.rows:,} rows, {tally.rejected:,} rejected, {rate:,.0f} rows/s", err=True)


def summary(tally: Tally, *, dry_run: bool = False) -> str:
    """The result in one line, to the row."""
    parts = f"{tally.filed:,} filed ({tally.dispatched:,} dispatched) + {tally.manual:,} manual"
    if tally.merged:
        parts += f" + {tally.merged:,} merged"
    if tally.repeated:
        parts += f" + {tally.repeated:,} repeated"
    line = f"{tally.rows:,} rows = {parts} + {tally.rejected:,} rejected"
    return f"dry run, nothing stored: {line}" if dry_run else f"{line} ({tally.seconds:.1f} s)"


events.add_command(learn_command)
