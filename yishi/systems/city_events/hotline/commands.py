"""``yishi hotline``: calls from a file, call-backs by hand."""

from __future__ import annotations

import csv
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import click

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def hotline() -> None:
    """The 12345 hotline: calls and call-backs."""


@hotline.command("calls")
@click.argument("file", type=FILE)
@click.option("--source", default="csv", show_default=True, help="the exchange they come from")
@click.pass_obj
def calls_(prepare: Callable[[], None], /, file: Path, source: str) -> None:
    """Take in the calls of a CSV FILE: key, offered_at, waited, talked (seconds; waited is empty
    for a call that nobody answered). A file may be given again."""
    prepare()
    from django.db import transaction
    from django.utils import timezone

    from yishi.foundation.revisions.errors import FieldError
    from yishi.systems.city_events.hotline import calls

    stored = known = 0
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream, transaction.atomic():
            rows = iter(calls.read_rows(csv.DictReader(stream)))
            while block := list(islice(rows, calls.MOST)):
                new, old = calls.store(source[:32], block, timezone.now())
                stored, known = stored + new, known + old
    except (FieldError, UnicodeDecodeError, csv.Error) as error:
        raise click.ClickException(f"{file.name}: {error}") from error
    click.echo(f"{stored:,} calls stored, {known:,} known before")


@hotline.command("call-backs")
@click.pass_obj
def call_backs(prepare: Callable[[], None], /) -> None:
    """Make the call-backs of what was closed (the worker does it every half minute)."""
    prepare()
    from django.utils import timezone

    from yishi.systems.city_events.hotline import callbacks

    click.echo(f"{callbacks.make(timezone.now()):,} call-backs")
