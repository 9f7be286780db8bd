"""``yishi events learn``: a new model of the city's types."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click


@click.command("learn")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="city folder (the configured one by default)",
)
@click.option("--officers", is_flag=True, help="learn from officers' decisions in the database too")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="write it there")
@click.option("--load", "in_force", is_flag=True, help="put it in force in the database")
@click.pass_obj
def learn_command(
    prepare: Callable[[], None],
    folder: Path | None,
    officers: bool,
    out: Path | None,
    in_force: bool,
) -> None:
    """Learn the types of the city's catalogue from its examples, reports and officers' decisions.

    Without --out the model goes to the city's folder, unless it is put in force only.
    """
    if officers or in_force:
        prepare()
    from django.conf import settings
    from django.utils import timezone

    from yishi.systems.city_events.catalogue import load_catalogue
    from yishi.systems.city_events.recognition import keeping, training

    place = folder or settings.CITY_DIR
    model = training.learn_city(
        load_catalogue(place / "events"),
        place / keeping.FOLDER,
        officers=officers,
        tell=lambda line: click.echo(line, err=True),
    )
    if out or not in_force:
        model.save(out or place / keeping.FOLDER)
    if in_force:
        keeping.put_in_force(model, timezone.now(), "system:command")
    click.echo(json.dumps({"version": model.version, **model.facts}, ensure_ascii=False))
