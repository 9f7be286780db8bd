"""``yishi ledger``: verify the books, close a month, write its vouchers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click

Prepare = Callable[[], None]


@click.group()
def ledger() -> None:
    """The books (复式账): verify, close a month, vouchers."""


@ledger.command("verify")
@click.pass_obj
def verify(prepare: Prepare) -> None:
    """Compare balances, closed months and budget lines with the transfers."""
    prepare()
    from yishi.foundation.ledger import verifying

    found = verifying.verify()
    for problem in found.problems:
        click.echo(problem, err=True)
    click.echo(
        f"{found.accounts} accounts, {found.transfers} transfers, {found.periods} closed months, "
        f"{len(found.problems)} problems"
    )
    if found.problems:
        raise SystemExit(1)


@ledger.command("close")
@click.argument("period")
@click.pass_obj
def close(prepare: Prepare, period: str) -> None:
    """Close the month PERIOD (2026-11) for good."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.ledger import periods
    from yishi.foundation.ledger.errors import LedgerError

    try:
        done = periods.close(period, f"console:{os.environ.get('USER', 'root')}", timezone.now())
    except LedgerError as error:
        raise click.ClickException(error.message) from error
    click.echo(f"{done.key}: {done.transfers} transfers, {done.hash}")


@ledger.command("vouchers")
@click.argument("period")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.pass_obj
def vouchers(prepare: Prepare, period: str, out: Path) -> None:
    """Write the vouchers of PERIOD (2026-11) as CSV."""
    prepare()
    from yishi.foundation.ledger import vouchers as making

    found = making.of_period(period)
    out.write_bytes(making.csv_bytes(found))
    click.echo(f"{len(found)} vouchers")


@ledger.command("lapse")
@click.argument("year", type=int)
@click.option("--document", required=True, help="the document that takes the money back")
@click.pass_obj
def lapse(prepare: Prepare, year: int, document: str) -> None:
    """Take back what budget lines of YEAR have left (年终收回)."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.ledger import year_end
    from yishi.foundation.ledger.errors import LedgerError
    from yishi.foundation.ledger.vouchers import yuan

    by = f"console:{os.environ.get('USER', 'root')}"
    try:
        found = year_end.lapse(year, document, by, timezone.now())
    except LedgerError as error:
        raise click.ClickException(error.message) from error
    for code, amount in sorted(found.items()):
        click.echo(f"{code}: {yuan(amount)}")
    click.echo(f"{len(found)} lines, {yuan(sum(found.values()))} yuan")
