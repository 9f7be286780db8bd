"""``yishi backup`` and ``yishi restore``."""

from __future__ import annotations

import os
from pathlib import Path

import click

PASSPHRASE = "YISHI_BACKUP_PASSPHRASE"
_FILE = click.Path(dir_okay=False, path_type=Path)


def _passphrase(confirm: bool) -> str:
    known = os.environ.get(PASSPHRASE)
    if known:
        return known
    asked: str = click.prompt(
        "passphrase of the keys", hide_input=True, confirmation_prompt=confirm
    )
    return asked


def _say(text: str) -> None:
    click.echo(text, err=True)


def _set_up() -> None:
    import django

    from yishi.runtime import environment

    environment.ensure_database()
    django.setup()


@click.command()
@click.argument("target", type=_FILE)
@click.option(
    "--with-keys",
    type=_FILE,
    help=f"write the keys too, to this file of their own, encrypted ({PASSPHRASE})",
)
def backup(target: Path, with_keys: Path | None) -> None:
    """Write database, uploads and daily roots to TARGET while the site runs. Keys are not in it."""
    _set_up()
    from yishi.runtime import environment
    from yishi.runtime.backup.archive import BackupError
    from yishi.runtime.backup.make import backup as make
    from yishi.runtime.deploy_checks import note_backup

    word = _passphrase(confirm=True) if with_keys else ""
    try:
        manifest = make(target, _say, keys=with_keys, passphrase=word)
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    note_backup(environment.state_dir(), manifest)
    rows = manifest.counts
    size = target.stat().st_size / 1e6
    click.echo(
        f"{target}: {rows['cases_case']} cases, {len(manifest.files)} files, {size:.1f} MB"
        + (f"; keys in {with_keys}" if with_keys else "; keys are NOT in it")
    )


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="even if this installation holds cases or accounts")
@click.option("--keys", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check-only", is_flag=True, help="only read the backup and compare its digests")
def restore(source: Path, replace: bool, keys: Path | None, check_only: bool) -> None:
    """Make this installation what SOURCE holds, and verify it. Stop the site first."""
    _set_up()
    from yishi.runtime import environment, supervisor
    from yishi.runtime.backup.archive import BackupError, check
    from yishi.runtime.backup.restore import restore as put_back

    try:
        if check_only:
            manifest = check(source)
            click.echo(f"{source}: whole, made {manifest.made_at}, {manifest.counts}")
            return
        word = _passphrase(confirm=False) if keys else ""
        with supervisor.only_one(environment.state_dir()):
            manifest = put_back(source, _say, replace=replace, keys=keys, passphrase=word)
            _verify(manifest.counts)
    except (BackupError, supervisor.SupervisorError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"restored: {manifest.counts['cases_case']} cases as of {manifest.made_at}")


def _verify(counts: dict[str, int]) -> None:
    """Compare what is there with the manifest, and let traces, roots and figures be verified.

    In processes of their own, which read the restored keys. Raises `BackupError` and
    `SupervisorError`.
    """
    from yishi.runtime import supervisor
    from yishi.runtime.backup import database
    from yishi.runtime.backup.archive import BackupError

    with database.connect() as connection:
        found = database.counts(connection)
    if found != counts:
        raise BackupError(f"the restored rows are not those of the backup: {found} ≠ {counts}")
    for arguments in (
        ["manage", "migrate", "--verbosity", "0"],
        ["audit", "verify"],
        ["kpi", "verify"],
        ["keys", "status"],
    ):
        supervisor.run_step(arguments)


commands: list[click.Command] = [backup, restore]
