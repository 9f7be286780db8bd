"""``yishi places``.

The group that it hangs on gives it, as click's object, a function that makes the database
ready and sets Django up, so that help needs neither.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click


@click.group()
def places() -> None:
    """Where things are and who is responsible there."""


@places.command("locate")
@click.argument("lon", type=float)
@click.argument("lat", type=float)
@click.option(
    "--datum",
    default="EPSG:4490",
    show_default=True,
    help="or GCJ-02, BD-09, EPSG:4326",
)
@click.option("--function", default=None, help="also say who is responsible for this function")
@click.pass_obj
def locate(
    prepare: Callable[[], None], lon: float, lat: float, datum: str, function: str | None
) -> None:
    """Say which cell and division a point (degrees) lies in."""
    prepare()
    from django.utils import timezone

    from yishi.foundation.places import PlaceError, register

    try:
        known = register()
        place = known.locate(lon, lat, datum)
        click.echo(f"{place.lon:.6f} {place.lat:.6f}  {known.label(place.managed_path)}")
        click.echo(f"grid {place.cell or '-'}  division {place.division}  {place.managed_path}")
        if not place.certain:
            click.echo(place.note)
        if function is not None:
            found = known.responsible(function, place, at=timezone.localdate())
            click.echo("\n".join(found.reason) if found else "没有单位承担这项职能。")
    except PlaceError as error:
        raise click.ClickException(f"{error.field}: {error.message}") from error


@places.command("import-landmarks")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--source", default=None, help="name of the set; by default the file's name")
@click.pass_obj
def import_landmarks(prepare: Callable[[], None], file: str, source: str | None) -> None:
    """Import a city's own addresses from a CSV file; refused rows are listed one by one."""
    prepare()
    from yishi.foundation.places import PlaceError, services

    path = Path(file)
    try:
        text = path.read_text("utf-8-sig")
        report = services.import_landmarks(text, source=source or path.stem, file=path.name)
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path.name}：不是 UTF-8 编码") from error
    except PlaceError as error:
        raise click.ClickException(error.message) from error
    for row, column, message in report.rejected:
        click.echo(f"{path.name}:{row}: {column}: {message}", err=True)
    click.echo(f"{report.stored:,} stored, {len(report.rejected):,} rejected")


commands: list[click.Command] = [places]
