"""``yishi city``: the folder that makes this installation a certain city."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click


@click.group()
def city() -> None:
    """The folder that makes this installation a certain city."""


@city.command("load")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False))
@click.pass_obj
def load(prepare: Callable[[], None], folder: str | None) -> None:
    """Load a city folder (the configured one by default); loading it again changes nothing."""
    prepare()
    from django.conf import settings
    from django.utils import timezone

    from yishi.runtime.cities import load_city

    path = Path(folder) if folder else Path(settings.CITY_DIR)
    try:
        load_city(path, now=timezone.now(), tell=click.echo)
    except ValueError as error:  # every loader's error names file and row
        raise click.ClickException(str(error)) from error
