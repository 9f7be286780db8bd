"""``yishi city`` and ``yishi places``."""

from __future__ import annotations

from pathlib import Path

import click

LOADERS = (
    "yishi.foundation.calendars.seed",
    "yishi.foundation.places.seed",
    "yishi.foundation.access.seed",
    "yishi.foundation.rulebook.seed",
    "yishi.foundation.cases.seed",
    "yishi.systems.city_events.seed",
)


@click.group()
def city() -> None:
    """The folder that makes this installation a certain city."""


@city.command("load")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False))
def load(folder: str | None) -> None:
    """Load a city folder (the configured one by default); loading it again changes nothing."""
    import importlib
    import importlib.util

    import django
    from django.conf import settings
    from django.utils import timezone

    django.setup()
    path = Path(folder) if folder else Path(settings.CITY_DIR)
    now = timezone.now()
    for name in LOADERS:
        if importlib.util.find_spec(name) is None:
            continue
        try:
            report = importlib.import_module(name).load_city(path, now=now)
        except ValueError as error:  # every loader's error names file and row
            raise click.ClickException(str(error)) from error
        click.echo(str(report))


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
def locate(lon: float, lat: float, datum: str, function: str | None) -> None:
    """Say which cell and division a point (degrees) lies in."""
    import django

    django.setup()
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
def import_landmarks(file: str, source: str | None) -> None:
    """Import a city's own addresses from a CSV file; refused rows are listed one by one."""
    import django

    django.setup()
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


commands: list[click.Command] = [city, places]
