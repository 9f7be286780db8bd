"""``yishi rules``: check, load, explain and rehearse rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click


@click.group()
def rules() -> None:
    """Rules, the decisions made with them, and rehearsals of changed ones."""


@rules.command("check")
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check files of rules (those of the configured city by default); needs no database."""
    from django.conf import settings

    from yishi.foundation.rulebook.errors import RuleFileError
    from yishi.foundation.rulebook.rulefile import read_rules
    from yishi.foundation.rulebook.seed import paths

    wrong = False
    for path in files or paths(settings.CITY_DIR):
        try:
            found = read_rules(path)
        except RuleFileError as error:
            click.echo(str(error), err=True)
            wrong = True
            continue
        click.echo(
            f"{path}: {len(found.rules)} rules, {len(found.facts)} facts, "
            f"{len(found.parameters)} parameter values"
        )
    if wrong:
        raise SystemExit(1)


@rules.command("load")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False))
@click.pass_obj
def load(prepare: Callable[[], None], folder: str | None) -> None:
    """Publish the rules of a city folder (the configured one by default)."""
    prepare()
    from django.conf import settings
    from django.utils import timezone

    from yishi.foundation.rulebook.errors import RuleFileError
    from yishi.foundation.rulebook.seed import load_city

    try:
        click.echo(str(load_city(Path(folder or settings.CITY_DIR), now=timezone.now())))
    except RuleFileError as error:
        raise click.ClickException(str(error)) from error


@rules.command("explain")
@click.argument("decision_id", type=int)
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.pass_obj
def explain(prepare: Callable[[], None], decision_id: int, language: str) -> None:
    """Say why a stored decision came out as it did, and whether it still verifies."""
    prepare()
    from yishi.foundation.revisions.errors import FieldError
    from yishi.foundation.rulebook import decisions
    from yishi.foundation.rulebook.models import Decision

    decision = Decision.objects.filter(pk=decision_id).first()
    if decision is None:
        raise click.ClickException(f"没有决定 {decision_id}")
    try:
        for line in decisions.explain(decision, language):
            click.echo(str(line))
    except FieldError as error:
        raise click.ClickException(str(error)) from error
    if wrong := decisions.verify(decision):
        raise click.ClickException("\n".join(wrong))


@rules.command("rehearse")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--show", default=20, show_default=True, help="how many changed decisions to list")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.pass_obj
def rehearse(prepare: Callable[[], None], file: Path, show: int, language: str) -> None:
    """Replay past automatic decisions with the rules of FILE; changes nothing.

    Each rule takes the parameter values of FILE on its first day in force.
    """
    prepare()
    from yishi.foundation.rulebook.errors import RuleFileError
    from yishi.foundation.rulebook.rehearsal import rehearse_file, report_lines

    try:
        for placed, result in rehearse_file(file, keep=show):
            for line in report_lines(placed, result, language):
                click.echo(line)
    except RuleFileError as error:
        raise click.ClickException(str(error)) from error
