"""``python -m benchmarks.real_input pingshan|nyc|sf``: real requests through a made city.

A city folder, a database of its own (embedded, beside nothing else) and all output go to a folder
outside the checkout; the database is dropped at the end unless --keep is given.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

import click

from benchmarks.real_input import nyc, pingshan, sf
from benchmarks.real_input.folder import write_city
from benchmarks.real_input.model import DataMissing, DataSet

SETS = {"pingshan": pingshan.load, "nyc": nyc.load, "sf": sf.load}
CHECKOUT = Path(__file__).resolve().parents[2]
DEFAULT_DATA = CHECKOUT.parent / "shared" / "data"
GOAL = 0.8


@click.command()
@click.argument("names", nargs=-1, required=True, type=click.Choice(sorted(SETS)))
@click.option("--data", "folder", type=click.Path(path_type=Path), default=DEFAULT_DATA)
@click.option("--out", type=click.Path(path_type=Path), help="folder for samples and rejects")
@click.option("--keep", is_flag=True, help="leave city folder and database where they are")
def main(names: tuple[str, ...], folder: Path, out: Path | None, keep: bool) -> None:
    """Import the named data sets, each into a database of its own, and compare the routes."""
    if len(names) > 1:
        _each_in_its_own_process(names, folder, out, keep)
        return
    try:
        data = SETS[names[0]](folder)
    except DataMissing as missing:
        click.echo(f"{names[0]}: skipped, there is no {missing} (see --data)")
        return
    work = Path(tempfile.mkdtemp(prefix=f"yishi-real-{data.name}-"))
    out = out or work
    if CHECKOUT in (out.resolve(), *out.resolve().parents):
        raise click.ClickException("--out must lie outside the checkout: the data stay out of it")
    out.mkdir(parents=True, exist_ok=True)
    city = work / "city"
    os.environ["YISHI_HOME"] = str(work / "state")
    os.environ["YISHI_CITY"] = str(city)
    os.environ.pop("DATABASE_URL", None)
    try:
        mapping = write_city(data, city, CHECKOUT / "cities" / "xiangyang")
        _run(data, city, mapping, out)
    finally:
        if keep:
            click.echo(f"kept: YISHI_HOME={work / 'state'} YISHI_CITY={city}")
        else:
            _drop(work, out)


def _each_in_its_own_process(
    names: tuple[str, ...], folder: Path, out: Path | None, keep: bool
) -> None:
    import subprocess
    import sys

    for name in names:
        command = [sys.executable, "-m", "benchmarks.real_input", name, "--data", str(folder)]
        command += (["--out", str(out)] if out else []) + (["--keep"] if keep else [])
        subprocess.run(command, check=True, cwd=CHECKOUT)


def _run(data: DataSet, city: Path, mapping: Path, out: Path) -> None:
    from yishi.runtime.cli import prepare

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yishi.runtime.settings")
    begun = time.perf_counter()
    prepare()
    from django.core.management import call_command
    from django.utils import timezone

    from yishi.runtime.cities import load_city

    call_command("migrate", verbosity=0)
    load_city(city, now=timezone.now(), tell=lambda line: click.echo(f"  {line}"))
    click.echo(f"{data.name}: city and database ready in {time.perf_counter() - begun:.1f} s")
    _import(data, mapping, out)


def _import(data: DataSet, mapping: Path, out: Path) -> None:
    from django.utils import timezone

    from benchmarks.real_input.evaluation import accuracies, routed, write_sample
    from benchmarks.real_input.reference import bare_copy
    from yishi.systems.city_events.importing.commands import summary
    from yishi.systems.city_events.importing.files import FileImport, import_file

    how = FileImport(mapping=mapping, rejects=out / f"{data.name}-rejected.csv")
    tally = import_file(data.file, how, now=timezone.now(), tell=lambda _: None)
    again = import_file(data.file, how, now=timezone.now(), tell=lambda _: None)
    written, seconds = bare_copy()
    share = tally.dispatched / tally.rows
    click.echo(f"{data.name}: {summary(tally)}")
    click.echo(f"  adds up: {tally.adds_up and tally.rows == len(data.items)}")
    click.echo(f"  filed and dispatched without a person: {share:.1%} (goal {GOAL:.0%})")
    click.echo(f"  the same file again: {again.repeated:,} repeated, {again.rejected:,} rejected")
    click.echo(
        f"  {tally.rows / tally.seconds:,.0f} rows/s in, {written / tally.seconds:,.0f} table "
        f"rows/s; bare COPY of the same {written:,} rows {written / seconds:,.0f}/s: "
        f"1/{tally.seconds / seconds:.1f}"
    )
    found = routed(data)
    for accuracy in accuracies(data, found):
        click.echo(f"  {accuracy}")
    path = out / f"{data.name}-routes.csv"
    click.echo(f"  {write_sample(data, found, path)} routes to check: {path}")


def _drop(work: Path, out: Path) -> None:
    """Stop and delete the database; keep what was written for people."""
    from yishi.runtime.postgres import Cluster, default_home

    cluster = Cluster(default_home(work / "state"))
    cluster.destroy()
    shutil.rmtree(cluster.home, ignore_errors=True)
    for name in ("state", "city"):
        shutil.rmtree(work / name, ignore_errors=True)
    if out != work:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
