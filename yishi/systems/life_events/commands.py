"""``yishi themes``: check a city's themes, list their paths, write them out."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from yishi.foundation.approvals.catalogue.model import Book
    from yishi.systems.life_events.catalogue.model import Themes

FOLDER = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.group()
def themes() -> None:
    """Themes of one form and one visit (一事联办)."""


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


def _read(folder: Path) -> tuple[Themes, Book]:
    """Themes and items of a city's folder, or of its ``services`` folder."""
    from yishi.foundation.approvals.catalogue import load_book
    from yishi.systems.life_events import catalogue

    if (folder / catalogue.FOLDER).is_dir():
        folder = folder / catalogue.FOLDER
    book = load_book(folder)
    return catalogue.from_content(catalogue.parse(folder, book)), book


@themes.command("check")
@FOLDER
@_with_django
def check(folder: Path) -> None:
    """Name every fault of the themes below FOLDER with file and line; needs no database."""
    from yishi.systems.life_events import catalogue

    found, book = _read(folder)
    for note in catalogue.notes(found):
        click.echo(note)
    deep = sum(theme.deep for theme in found.themes.values())
    click.echo(f"{folder}: 无误  主题 {len(found.themes)}（深度 {deep}），事项 {len(book.items)}")


@themes.command("paths")
@FOLDER
@click.option("--theme", "only", help="one theme by key, with each path")
@_with_django
def paths(folder: Path, only: str | None) -> None:
    """Count the paths (distinct sets of items and papers) of every theme below FOLDER."""
    from yishi.systems.life_events.catalogue import checking, routes
    from yishi.systems.life_events.catalogue.measures import fullest, measures

    found, book = _read(folder)
    if only is not None and only not in found.themes:
        raise click.ClickException(f"没有主题 {only}")
    total = 0
    for key, theme in sorted(found.themes.items()):
        if only is not None and key != only:
            continue
        ways = routes.paths(theme, book)
        total += len(ways)
        one = measures(theme, fullest(theme, book), book)
        click.echo(
            f"{key} {theme.name}: {len(ways)} 条路径，最多 {one.items} 个事项，"
            f"{one.days.before}→{one.days.after} 个工作日"
        )
        for way in ways if only else ():
            click.echo(f"  {checking.said(theme, way.answers)}: {'、'.join(way.items)}")
    click.echo(f"共 {total} 条路径")


@themes.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--version", type=int, help="which version; by default the one in force now")
@click.option("--json", "as_json", is_flag=True, help="print the content instead of writing files")
@_with_django
def export(folder: Path, version: int | None, as_json: bool) -> None:
    """Write the stored themes to FOLDER; loading them again changes nothing."""
    from django.utils import timezone

    from yishi.foundation.cases import catalogue as versions
    from yishi.foundation.cases.models import CatalogueVersion
    from yishi.systems.life_events.catalogue import SYSTEM

    now = timezone.now()
    if as_json:
        row = (
            CatalogueVersion.objects.filter(pk=version, system=SYSTEM).first()
            if version is not None
            else versions.effective(SYSTEM, now)
        )
        if row is None:
            raise click.ClickException("没有这个版本")
        click.echo(json.dumps(row.content, ensure_ascii=False, indent=1))
        return
    click.echo(f"{folder}: {versions.export(SYSTEM, version, folder, at=now)}")


commands: list[click.Command] = [themes]
