"""``yishi benefits bank``: the made-up bank answers (模拟)."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("bank")
@click.option(
    "--order", "numbers", multiple=True, help="Number of an order; all that wait if none."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the answers to this folder instead of taking them in.",
)
@click.pass_context
def bank(ctx: click.Context, numbers: tuple[str, ...], out: Path | None) -> None:
    """Let a made-up bank answer payment orders that were sent (模拟; demo installations only)."""
    ctx.find_root().obj()
    from django.utils import timezone

    from yishi.foundation.access.actors import SYSTEM
    from yishi.foundation.access.models import Installation
    from yishi.foundation.revisions.errors import FieldError
    from yishi.systems.direct_benefits.payments import demo

    if not Installation.objects.filter(kind=Installation.DEMO).exists():
        raise click.ClickException("只有演示安装才能由模拟银行应答")
    now = timezone.now()
    for number in numbers or demo.open_orders(SYSTEM):
        try:
            if out is not None:
                for path in demo.write_answers(SYSTEM, number, out, now):
                    click.echo(str(path))
                continue
            for one in demo.bank_answers(SYSTEM, number, now):
                counts = ", ".join(f"{key} {n}" for key, n in one.counts.items())
                click.echo(f"{number}: {one.receipt} ({'known' if one.again else counts})")
        except FieldError as error:
            raise click.ClickException(f"{number}: {error.message}") from error
