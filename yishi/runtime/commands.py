"""Commands about the installation itself."""

from __future__ import annotations

import click

OFFLINE = {"help", "makemigrations", "check", "findstatic", "collectstatic", "diffsettings"}
"""Management commands that need no database."""


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Run a Django management command."""
    from django.core.management import execute_from_command_line

    from yishi.runtime import environment

    if arguments and arguments[0] not in OFFLINE:
        environment.ensure_database()

    execute_from_command_line(["yishi manage", *arguments])
