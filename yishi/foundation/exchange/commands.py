"""``yishi partner``: the platforms that cases are exchanged with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from yishi.foundation.exchange.partners import Credentials

Prepare = Callable[[], None]


@click.group()
def partner() -> None:
    """Platforms that cases are exchanged with (合作平台)."""


@partner.command()
@click.argument("key")
@click.option("--name", required=True, help="as officers know it")
@click.option("--kind", required=True, type=click.Choice(["upper", "hotline", "unit", "other"]))
@click.option("--callback", default="", help="https address for webhooks")
@click.option("--unit", "units", multiple=True, help="code of a unit whose cases go to it")
@click.option("--role", default="unit_officer", show_default=True, help="what it is in its units")
@click.option("--scope", "scopes", multiple=True, help="cases:send, cases:handle")
@click.pass_obj
def add(
    prepare: Prepare,
    key: str,
    name: str,
    kind: str,
    callback: str,
    units: tuple[str, ...],
    role: str,
    scopes: tuple[str, ...],
) -> None:
    """Add a partner; its secrets are shown once."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.exchange import partners

    with _named_errors():
        made = partners.add(
            key,
            name,
            kind,
            timezone.now(),
            callback_url=callback,
            units=units,
            role=role,
            scopes=scopes,
        )
    _show(made)


@partner.command("list")
@click.pass_obj
def list_(prepare: Prepare) -> None:
    """Every partner with its state and what waits for it."""
    prepare()
    from django.db.models import Count, Q

    from yishi.foundation.exchange.models import Partner

    waiting = Count("outgoing", filter=Q(outgoing__state__in=("queued", "failed")))
    for row in Partner.objects.annotate(waiting=waiting).order_by("key"):
        error = f"  {row.last_error}" if row.last_error else ""
        click.echo(
            f"{row.key:24} {row.state:8} {row.kind:8} {row.waiting:>6} waiting  {row.name}{error}"
        )


@partner.command()
@click.argument("key")
@click.pass_obj
def rotate(prepare: Prepare, key: str) -> None:
    """New secrets: tokens end at once, the old signature goes along for a day."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.exchange import partners

    with _named_errors():
        made = partners.rotate(key, timezone.now())
    _show(made)


@partner.command()
@click.argument("key")
@click.pass_obj
def disable(prepare: Prepare, key: str) -> None:
    """Refuse the partner and send it nothing more."""
    prepare()
    from yishi.foundation.exchange import partners

    with _named_errors():
        partners.disable(key)
    click.echo(f"{key}: disabled")


@partner.command()
@click.argument("key")
@click.pass_obj
def resume(prepare: Prepare, key: str) -> None:
    """Deliver again to a paused or disabled partner."""
    prepare()
    from yishi.foundation.exchange import partners

    with _named_errors():
        partners.resume(key)
    click.echo(f"{key}: active")


@contextmanager
def _named_errors() -> Iterator[None]:
    from yishi.foundation.revisions.errors import FieldError

    try:
        yield
    except FieldError as error:
        raise click.ClickException(f"{error.field}: {error.message}") from error


def _show(made: Credentials) -> None:
    click.echo(f"client_id       {made.client_id}")
    click.echo(f"client_secret   {made.client_secret}")
    click.echo(f"signing_secret  {made.signing_secret}")
    click.echo("These are shown once. Hand them over by a safe way.", err=True)


commands: list[click.Command] = [partner]
