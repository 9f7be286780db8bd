"""``yishi kpi`` and ``yishi audit``: whether figures and traces are what they say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

#: Faults that are printed one by one; the others are counted.
SHOWN = 50
#: What systems compare of the figures that they store, in the same snapshot: faults, one a line.
STORED: list[Callable[[], list[str]]] = []
#: What systems count now of the figures that they store; returns how many counts were made.
COUNTING: list[Callable[[], int]] = []


@click.group()
def kpi() -> None:
    """Figures: compare the roll-ups with the cases, fold, rebuild."""


@kpi.command("verify")
@click.pass_obj
def kpi_verify(prepare: Callable[[], None]) -> None:
    """Compare every cell and every figure with the SQL over cases; exit 1 if they differ."""
    prepare()
    faults = figure_faults()
    for line in faults[:SHOWN]:
        click.echo(line, err=True)
    click.echo(f"kpi: {len(faults)} differences")
    if faults:
        raise SystemExit(1)


def figure_faults() -> list[str]:
    """One line for each cell or figure that is not the number of its cases, in one snapshot."""
    from django.db import connection, transaction

    from yishi.foundation.cases import rollups

    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        lines = [f"cell {difference}" for difference in rollups.differences()]
        lines += [f"sum {difference}" for difference in rollups.sum_differences()]
        lines += _figure_differences()
        return lines + [line for compare in STORED for line in compare()]


def _figure_differences() -> list[str]:
    from django.utils import timezone

    from yishi.foundation.cases.board import Span, read_board, true_count
    from yishi.foundation.cases.figures import figures, systems
    from yishi.foundation.places import register

    now = timezone.now()
    today, root = timezone.localdate(now), register().root
    lines = []
    for stages in systems():
        for back in (0, 6, 29):
            span = Span(stages, root, today - timedelta(days=back), today)
            board = read_board(span, now)
            for name, figure in figures(stages).items():
                shown, true = board.count(name), true_count(figure, span, now)
                if shown != true:
                    lines.append(f"{stages.system} {name} since {span.since}: {shown} ≠ {true}")
    return lines


@kpi.command("fold")
@click.pass_obj
def kpi_fold(prepare: Callable[[], None]) -> None:
    """Fold the waiting deltas into the roll-ups now."""
    prepare()
    from yishi.foundation.cases.rollups import fold

    total = 0
    while folded := fold():
        total += folded
    click.echo(f"kpi: {total} deltas folded")


@kpi.command("count")
@click.pass_obj
def kpi_count(prepare: Callable[[], None]) -> None:
    """Count the stored figures of the periods that are due, as the worker does every minute."""
    prepare()
    made = sum(count() for count in COUNTING)
    click.echo(f"kpi: {made} periods counted")


@kpi.command("rebuild")
@click.pass_obj
def kpi_rebuild(prepare: Callable[[], None]) -> None:
    """Make the roll-ups anew from the cases."""
    prepare()
    from yishi.foundation.cases.rollups import rebuild

    rebuild()
    click.echo("kpi: rebuilt")


@click.group()
def audit() -> None:
    """Traces and their daily roots: verify, make today's root, export."""


@audit.command("verify")
@click.pass_obj
def audit_verify(prepare: Callable[[], None]) -> None:
    """Verify every trace, every daily root, and every head that a root recorded."""
    prepare()
    from yishi.foundation.audit.erasures import faults as erasure_faults
    from yishi.foundation.cases.roots import verify_roots
    from yishi.foundation.cases.verify import verify_traces

    cases, lines = 0, []
    for seen, faults in verify_traces():
        cases += seen
        lines += [f"{fault.number}: {fault.reason}" for fault in faults]
    lines += [f"{fault.where}: {fault.reason}" for fault in verify_roots()]
    lines += erasure_faults()
    for line in lines[:SHOWN]:
        click.echo(line, err=True)
    click.echo(f"audit: {cases} traces, {len(lines)} faults")
    if lines:
        raise SystemExit(1)


@audit.command("root")
@click.pass_obj
def audit_root(prepare: Callable[[], None]) -> None:
    """Record today's root now, unless there is one."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.cases.roots import make_roots

    made = _refusing(lambda: make_roots(timezone.now()))
    for root in made:
        click.echo(f"{root.chain} {root.day}: {root.heads} heads, {bytes(root.root).hex()}")
    if not made:
        click.echo("audit: today's roots were made already")


@audit.command("export")
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def audit_export(prepare: Callable[[], None], target: Path) -> None:
    """Copy the signed statements of all days to TARGET, for whoever keeps them elsewhere."""
    prepare()
    from yishi.foundation.audit.models import DailyRoot
    from yishi.foundation.cases.rootfiles import write_once
    from yishi.foundation.cases.roots import exported

    count = 0
    for root in DailyRoot.objects.order_by("chain", "day"):
        path, data = target / root.chain / f"{root.day}.json", exported(root)
        write_once(path, data)
        if path.read_bytes() != data:
            raise click.ClickException(f"{path} says something else than the database")
        count += 1
    click.echo(f"audit: {count} statements in {target}")


def _refusing(work: Callable[[], Any]) -> Any:
    """Turn a root that cannot be made into a message and exit code 1."""
    from yishi.foundation.cases.rootfiles import RootError

    try:
        return work()
    except RootError as error:
        raise click.ClickException(str(error)) from error


commands: list[click.Command] = [kpi, audit]
