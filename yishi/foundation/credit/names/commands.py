"""``index``: build and search the index of listed names. Needs no database.

The group that it hangs on (``yishi credit``) gives it its place.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

_FOLDER = click.option(
    "--folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="folder of the index",
)


@click.group()
def index() -> None:
    """The index of listed names, for near matches that a person looks at."""


@index.command("build")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--subject", default="subject", show_default=True, help="column with the id")
@click.option("--name", default="name", show_default=True, help="column with the name")
@_FOLDER
def build_command(files: tuple[Path, ...], subject: str, name: str, folder: Path) -> None:
    """Build the index from CSV FILES (UTF-8); until it is complete the old one stays in use."""
    from yishi.foundation.credit.names import IndexRefused, build

    begun = time.monotonic()

    def tell(stage: str, done: int) -> None:
        seconds = time.monotonic() - begun
        line = f"{done:,} names read" if stage == "names" else f"{done} % sorted"
        click.echo(f"{line}, {seconds:.0f} s", err=True)

    try:
        manifest = build(_rows(files, subject, name), folder, tell)
    except (ValueError, IndexRefused, OSError) as error:
        raise click.ClickException(str(error)) from error
    size = sum(size for size, _ in manifest.files.values())
    facts = {"build": manifest.build, "names": manifest.names, "bytes": size}
    click.echo(json.dumps(facts))


def _rows(files: tuple[Path, ...], subject: str, name: str) -> Iterator[tuple[str, str]]:
    """The rows of all *files*. Raises ValueError naming file, row and column."""
    for path in files:
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                reader = csv.DictReader(stream, strict=True)
                for column in (subject, name):
                    if column not in (reader.fieldnames or ()):
                        raise ValueError(f"{path.name}：没有“{column}”这一列")
                for number, row in enumerate(reader, 2):
                    if not row[subject] or not row[name]:
                        column = name if row[subject] else subject
                        raise ValueError(f"{path.name} 第 {number} 行：“{column}”不能为空")
                    yield row[subject], row[name]
        except UnicodeDecodeError as error:
            raise ValueError(f"{path.name}：不是 UTF-8 编码") from error
        except csv.Error as error:
            raise ValueError(f"{path.name}：不是有效的 CSV 文件（{error}）") from error


@index.command("search")
@click.argument("texts", nargs=-1)
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 100))
@_FOLDER
def search_command(texts: tuple[str, ...], limit: int, folder: Path) -> None:
    """Search names like TEXTS (without any: one on every line of standard input).

    Prints one line for each match: what was asked for, subject, score, why; tabs between them.
    """
    from yishi.foundation.credit.names import Index, IndexRefused

    try:
        opened = Index.open(folder)
        for text in texts or map(str.strip, sys.stdin):
            for match in opened.search(text, limit):
                why = " ".join(match.why)
                click.echo(f"{text}\t{match.subject}\t{match.score:.1f}\t{why}")
    except IndexRefused as error:
        raise click.ClickException(str(error)) from error


@index.command("info")
@_FOLDER
def info_command(folder: Path) -> None:
    """Check the index and tell what it holds, as JSON."""
    from yishi.foundation.credit.names import Index, IndexRefused

    try:
        opened = Index.open(folder)
        found = opened.manifest
        facts = {
            "build": found.build,
            "built_at": found.built_at,
            "names": found.names,
            "entries": found.entries,
            "bytes": sum(size for size, _ in found.files.values()),
            "changes": opened.changes,
        }
    except IndexRefused as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(facts))
