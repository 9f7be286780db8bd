"""Commands about the keys of personal values."""

from __future__ import annotations

import click


@click.group()
def keys() -> None:
    """Keys that encrypt personal values (kept outside the database)."""


@keys.command()
def status() -> None:
    """Show the keys by id and how many stored values each has sealed."""
    import django

    django.setup()
    from yishi.foundation.parties import rotation

    found = rotation.status()
    for key, count in sorted(found.values_by_key.items()):
        click.echo(f"{key}{' (current)' if key == found.current else ''}: {count} values")
    if found.outdated:
        click.echo(f"{found.outdated} values to re-encrypt: yishi keys rotate --same-key")


@keys.command()
@click.option("--same-key", is_flag=True, help="Re-encrypt leftovers without making a new key.")
@click.option("--batch", default=500, show_default=True, help="Contacts per transaction.")
def rotate(same_key: bool, batch: int) -> None:
    """Make a new key and re-encrypt all values in batches; may be stopped and run again."""
    import django

    django.setup()
    from yishi.foundation.parties import rotation

    changed = rotation.rotate(
        new_key=not same_key,
        batch=batch,
        progress=lambda done: click.echo(f"{done} contacts re-encrypted"),
    )
    found = rotation.status()
    click.echo(f"done: {changed} contacts; current key {found.current}; outdated {found.outdated}")


commands: list[click.Command] = [keys]
