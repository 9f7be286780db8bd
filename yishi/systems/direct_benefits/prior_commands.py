"""``yishi benefits prior``: what was paid before the platform, from a department's own list."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from yishi.foundation.revisions.errors import FieldError


@click.command("prior")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--item", required=True, help="Key of the item that was paid.")
@click.option("--source", required=True, help="Where the list comes from.")
@click.pass_obj
def prior(prepare: Callable[[], None], file: Path, item: str, source: str) -> None:
    """Take in earlier payments of an item, so that nobody gets them again: a CSV file with
    统一社会信用代码, 期间, 金额（元） and 兑现日期. All rows or none; again, nothing changes."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.access.actors import SYSTEM
    from yishi.systems.direct_benefits.services.prior import take_in

    try:
        done = take_in(SYSTEM, item, file.read_bytes(), source, timezone.now())
    except FieldError as error:
        raise click.ClickException(f"{error.field}: {error.message}") from error
    said = {"new": done.new, "known": done.known, "paid_twice": list(done.double)}
    click.echo(json.dumps(said, ensure_ascii=False))
