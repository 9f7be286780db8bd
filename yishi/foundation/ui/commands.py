"""Commands of the pages: their packages and their words."""

from __future__ import annotations

import click


@click.command()
@click.option("--check", is_flag=True, help="only say whether the collected files are current")
def assets(check: bool) -> None:
    """Collect what the pages need of the npm packages into ui/static/vendor."""
    from yishi.foundation.ui import assets as collecting

    if check:
        if not collecting.is_current():
            raise click.ClickException("not current: run `npm ci` and `yishi assets`")
        return
    if collecting.is_current():
        click.echo("assets are current")
        return
    try:
        files = collecting.collect()
    except collecting.AssetsMissing as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{len(files)} files collected into {collecting.VENDOR}")


@click.group()
def messages() -> None:
    """The texts of the pages and their English."""


@messages.command()
def extract() -> None:
    """Take up new texts into yishi/locale, drop unused ones."""
    from yishi.foundation.ui import wording

    catalogue = wording.take_up()
    missing = wording.gaps(catalogue, catalogue)
    click.echo(f"{len(catalogue)} texts, {len(missing)} without English")


@messages.command("compile")
def compile_messages() -> None:
    """Compile the translations (no msgfmt needed)."""
    from yishi.foundation.ui import wording

    for path in wording.compile_all():
        click.echo(str(path))


@messages.command()
def check() -> None:
    """Fail where a text lacks its English."""
    from yishi.foundation.ui import wording

    found = wording.gaps(wording.extracted(), wording.read())
    for gap in found:
        click.echo(f"{gap.problem}: {gap.text}", err=True)
    if found:
        raise click.ClickException(f"{len(found)} texts without proper English")


commands: list[click.Command] = [assets, messages]
