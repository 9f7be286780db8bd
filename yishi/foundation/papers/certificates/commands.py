"""Commands about what certificates are signed with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def seals() -> None:
    """Seals that sign electronic certificates (kept outside the database)."""


@seals.command()
@click.pass_obj
def status(prepare: Callable[[], None]) -> None:
    """Show the seals, the current one first."""
    prepare()
    from yishi.foundation.papers.certificates.seals import seals as known

    found = known()
    others = [seal for seal in found.seals.values() if seal.name != found.current.name]
    for seal in (found.current, *reversed(others)):
        ends = seal.certificate().not_valid_after_utc
        marks = [mark for mark, on in (("current", seal.key), ("test authority", seal.test)) if on]
        click.echo(
            f"{seal.name}: {seal.certificate().subject.rfc4514_string()}, until {ends:%F}"
            f"{' (' + ', '.join(marks) + ')' if marks else ''}"
        )


@seals.command()
@click.pass_obj
def rotate(prepare: Callable[[], None]) -> None:
    """Make a fresh seal of the test authority; the old one's keys are forgotten."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.papers.certificates.seals import rotate as change

    click.echo(f"{change(timezone.now()).name} signs from now on")


@seals.command()
@click.option("--cert", type=_FILE, required=True, help="The seal's certificate, PEM.")
@click.option("--key", type=_FILE, required=True, help="Its P-256 key, PEM without a passphrase.")
@click.option("--chain", type=_FILE, help="The certificates above it, the authority's last, PEM.")
@click.pass_obj
def use(prepare: Callable[[], None], cert: Path, key: Path, chain: Path | None) -> None:
    """Sign with a seal that a licensed authority issued."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.papers.certificates.seals import SealError
    from yishi.foundation.papers.certificates.seals import use as take

    above = chain.read_bytes() if chain else b""
    try:
        fresh = take(cert.read_bytes(), key.read_bytes(), above, timezone.now())
    except SealError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{fresh.name} signs from now on; {key} is no longer needed")
