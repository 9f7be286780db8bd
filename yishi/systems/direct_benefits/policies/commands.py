"""``yishi benefits check|export``: try a folder of policies, write out what is published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import click


@click.command("check")
@click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
def check(folder: Path | None) -> None:
    """Read FOLDER (policies/ of the configured city by default) and run every example.

    Tells every fault with file and line, and ends with exit code 1 then; needs no database.
    """
    import django

    django.setup()
    from django.conf import settings

    from yishi.foundation.rulebook.errors import RuleFileError
    from yishi.systems.direct_benefits.policies.facts import FOLDER
    from yishi.systems.direct_benefits.policies.folder import read_folder

    try:
        found = read_folder(folder or settings.CITY_DIR / FOLDER)
    except RuleFileError as error:
        raise click.ClickException(f"{len(error.problems)} 处错误\n{error}") from error
    items = found.items
    modes = "，".join(f"{name} {n}" for name, n in sorted(Counter(i.mode for i in items).items()))
    examples = sum(len(item.examples) for item in items)
    click.echo(
        f"{len(found.declared.facts)} facts, {len(found.declared.derived)} derived, "
        f"{len(found.policies)} policies, {len(items)} items ({modes}), {examples} examples"
    )


@click.command("export")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_obj
def export(prepare: Callable[[], None], folder: Path) -> None:
    """Write the published items (newest versions) into FOLDER, one file a department."""
    prepare()
    from yishi.systems.direct_benefits.policies.book import shelf
    from yishi.systems.direct_benefits.policies.writing import write_folder

    for path in write_folder(folder, shelf().items):
        click.echo(str(path))
