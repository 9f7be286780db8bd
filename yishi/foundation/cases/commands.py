"""``yishi catalogue``: check, load and export what a city's systems handle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

SYSTEM = click.option("--system", default="city_events", show_default=True, help="whose catalogue")


@click.group()
def catalogue() -> None:
    """What a city handles, with conditions and limits: files in, versions stored, files out."""


def _with_django(command: Callable[..., None]) -> Callable[..., None]:
    """Set Django up before *command*, and turn refused input into a message and exit code 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        import django

        django.setup()
        from yishi.foundation.revisions.errors import FieldError

        try:
            command(*args, **kwargs)
        except FieldError as error:
            raise click.ClickException(error.message) from error

    return run


@catalogue.command("check")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@SYSTEM
@_with_django
def check(folder: Path, system: str) -> None:
    """Read FOLDER and name every fault with file and line; needs no database."""
    from yishi.foundation.cases import catalogue as versions

    content = versions.check(folder, system)
    for note in versions.notes(folder, system):
        click.echo(note)
    click.echo(f"{folder}: 无误  {versions.content_hash(content)}")


@catalogue.command("load")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@SYSTEM
@click.option(
    "--effective-from",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="in force from then on (Asia/Shanghai); by default from now",
)
@click.option("--note", default="", help="why, in a few words")
@click.option("--force", is_flag=True, help="even over a newer version made in the browser")
@_with_django
def load(
    folder: Path, system: str, effective_from: datetime | None, note: str, force: bool
) -> None:
    """Store FOLDER as a new version; running cases keep the version they began with."""
    from django.utils import timezone

    from yishi.foundation.cases import catalogue as versions

    now = timezone.now()
    result = versions.load(
        system,
        versions.check(folder, system),
        effective_from=timezone.make_aware(effective_from) if effective_from else now,
        origin="file",
        actor_ref="system:cli",
        now=now,
        note=note,
        force=force,
    )
    news = "新版本" if result.created else "未存新版本"
    click.echo(f"{system}: {news} {result.version}  {result.hash}  {result.note}".rstrip())


@catalogue.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@SYSTEM
@click.option("--version", type=int, help="which version; by default the one in force now")
@_with_django
def export(folder: Path, system: str, version: int | None) -> None:
    """Write a stored version to FOLDER; loading it again changes nothing."""
    from django.utils import timezone

    from yishi.foundation.cases import catalogue as versions

    found = versions.export(system, version, folder, at=timezone.now())
    click.echo(f"{folder}: {found}")


commands: list[click.Command] = [catalogue]
