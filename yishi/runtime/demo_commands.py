"""``yishi demo``: simulated data and accounts."""

from __future__ import annotations

from collections.abc import Callable

import click

from yishi.runtime.supervisor import UNFINISHED


@click.group()
def demo() -> None:
    """Simulated data and accounts (演示数据·模拟)."""


@demo.command("load")
@click.pass_obj
def load(prepare: Callable[[], None]) -> None:
    """Make the demo's accounts and cases in an empty database, or go on with them."""
    prepare()
    import signal
    import sys

    from django.conf import settings
    from django.utils import timezone

    from yishi.runtime import demo as making

    # As an exception, so that the processes beside this one are ended and not orphaned.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        making.load(settings.CITY_DIR, timezone.now(), click.echo)
    except making.DemoUnfinished as error:
        click.echo(f"demo: {error}", err=True)
        raise SystemExit(UNFINISHED) from error
    except making.DemoRefused as error:
        raise click.ClickException(str(error)) from error


@demo.command("accounts")
@click.pass_obj
def accounts(prepare: Callable[[], None]) -> None:
    """List the demo's accounts."""
    prepare()
    from django.conf import settings

    from yishi.runtime import demo as making

    click.echo("    demo accounts (password after the name), or one click on the sign-in page:")
    for name, password, purpose in making.accounts(settings.CITY_DIR):
        click.echo(f"      {name:<14} {password:<12} {purpose}")
    if making.key_file().exists():
        key = making.key_file().read_text(encoding="utf-8")
        click.echo(f"    {'API key':<20} {key}")
