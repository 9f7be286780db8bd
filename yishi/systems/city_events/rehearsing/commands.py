"""``yishi rehearse``: replay the past with changed files; changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from yishi.foundation.places.snapshot import Register
    from yishi.systems.city_events.rehearsing.tally import Difference

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--from", "first", type=_DAY, help="first day of receipt; by default the first one")
@click.option("--to", "last", type=_DAY, help="last day of receipt; by default the last one")
@click.option("--area", default="", help="managed path, as 4206/420606")
@click.option("--show", default=20, show_default=True, help="how many changed decisions to list")
@click.pass_obj
def rehearse(
    prepare: Callable[[], None],
    paths: tuple[Path, ...],
    first: datetime | None,
    last: datetime | None,
    area: str,
    show: int,
) -> None:
    """Replay automatic filing, dispatch and deadlines with what PATHS change.

    PATHS are files or folders: of the catalogue as it is exported, routing.yaml, rules, a
    recognition model. Only what they change of what is in force is put in its place.
    """
    prepare()
    from django.utils import timezone

    from yishi.foundation.revisions.errors import FieldError
    from yishi.systems.city_events.context import city
    from yishi.systems.city_events.rehearsing import service
    from yishi.systems.city_events.rehearsing.past import Stretch
    from yishi.systems.city_events.rehearsing.words import report_lines

    now, registers = timezone.now(), city()
    try:
        candidate = service.candidate_of(service.plain_files(_files(paths)), registers, now)
    except FieldError as error:
        raise click.ClickException(error.message) from error
    shown: list[Difference] = []

    def keep(found: Iterable[Difference]) -> None:
        shown.extend(list(found)[: max(0, show - len(shown))])

    stretch = Stretch(
        first.date() if first else datetime.min.date(),
        last.date() if last else datetime.max.date(),
        area,
    )
    begun = time.perf_counter()
    tally = service.rehearse(registers, candidate, stretch, now, actor=None, keep=keep)
    seconds = time.perf_counter() - begun
    for given in candidate.inputs:
        click.echo(f"{given.name}  {given.kind}  sha256:{given.hash}  {given.changes} 处改动")
    lines = [*report_lines(tally.as_json(), registers.register), *_told(shown, registers.register)]
    for line in lines:
        click.echo(line)
    total = sum(tally.decisions.values())
    click.echo(f"{total:,} 个决定，{seconds:.1f} 秒，每秒 {total / max(seconds, 1e-9):,.0f} 个")


def _told(shown: Sequence[Difference], register: Register) -> Iterator[str]:
    """A line for each decision that would differ (1 statement)."""
    from yishi.foundation.cases.models import Case
    from yishi.systems.city_events.rehearsing.words import KINDS, unit_name

    numbers = dict(
        Case.objects.unscoped("rehearsal from the command line")
        .filter(pk__in=[one.case_id for one in shown])
        .values_list("pk", "number")
    )
    for one in shown:
        before, after = one.before, one.after
        if one.kind == "dispatch":
            before, after = (
                unit_name(register, unit) or "人工派遣"
                for unit in (one.unit_before, one.unit_after)
            )
        yield f"  {numbers[one.case_id]} {KINDS[one.kind]}: {before} → {after}  {one.why}"


def _files(paths: Iterable[Path]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in paths:
        inside = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
        for one in inside:
            if path.is_dir() and one.suffix not in (".yaml", ".npz", ".json"):
                continue
            found[str(one)] = one.read_bytes()
    return found
