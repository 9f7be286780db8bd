"""``yishi check``."""

from __future__ import annotations

from collections.abc import Callable

import click


@click.command()
@click.option("--deploy", is_flag=True, help="exit 1 on warnings too")
@click.pass_obj
def check(prepare: Callable[[], None], deploy: bool) -> None:
    """Tell what is unsafe about this installation, and what should be seen to."""
    prepare()
    from django.utils import timezone

    from yishi.runtime.deploy_checks import UNSAFE, findings

    found = findings(timezone.now())
    for finding in found:
        click.echo(f"{finding.level:8} {finding.about}: {finding.advice}")
    unsafe = sum(finding.level == UNSAFE for finding in found)
    click.echo(f"check: {unsafe} unsafe, {len(found) - unsafe} warnings")
    if unsafe or (deploy and found):
        raise SystemExit(1)


commands: list[click.Command] = [check]
