"""Commands about the keys of personal values."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import click


@click.group()
def keys() -> None:
    """Keys that encrypt personal values (kept outside the database)."""


@keys.command()
@click.pass_obj
def status(prepare: Callable[[], None]) -> None:
    """Show the keys by id and how many stored values each has sealed."""
    prepare()
    _tell()


def _tell() -> None:
    from yishi.foundation.parties import rotation

    found = rotation.status()
    for key, count in sorted(found.values_by_key.items()):
        click.echo(f"{key}{' (current)' if key == found.current else ''}: {count} values")
    if found.outdated:
        click.echo(f"{found.outdated} values to re-encrypt: yishi keys rotate --same-key")
    if found.lookup_changes:
        click.echo("search hashes are being made anew; searches look for both")


@keys.command()
@click.option("--same-key", is_flag=True, help="Only go on with a change that was stopped.")
@click.option("--lookup", is_flag=True, help="Change the key of the search hashes too.")
@click.option("--background", is_flag=True, help="Leave the re-encryption to the worker.")
@click.option("--batch", default=500, show_default=True, help="Rows per transaction.")
@click.pass_obj
def rotate(
    prepare: Callable[[], None], same_key: bool, lookup: bool, background: bool, batch: int
) -> None:
    """Make a new key and re-encrypt all values in batches; may be stopped and run again."""
    prepare()
    from yishi.foundation.parties import rotation

    rotation.begin(data=not same_key, lookup=lookup)
    if background:
        from procrastinate.exceptions import AlreadyEnqueued

        from yishi.foundation.parties.tasks import renew_values

        with suppress(AlreadyEnqueued):
            renew_values.defer()
        click.echo("the worker re-encrypts; yishi keys status tells how far it is")
        return
    changed = rotation.renew(
        batch=batch, progress=lambda done: click.echo(f"{done} rows re-encrypted")
    )
    click.echo(f"done: {changed} rows")
    _tell()


@keys.command()
@click.argument("key")
@click.pass_obj
def retire(prepare: Callable[[], None], key: str) -> None:
    """Put an old KEY away, into a file of its own, once nothing in the database uses it."""
    prepare()
    from yishi.foundation.parties import rotation
    from yishi.foundation.parties.crypto import KeyRingError

    try:
        where = rotation.retire(key)
    except (rotation.KeyInUse, KeyRingError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{key} lies in {where}; older backups need it: keep it with them, not here")


commands: list[click.Command] = [keys]
