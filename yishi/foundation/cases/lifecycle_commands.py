"""``yishi lifecycle``: the table of states and moves, drawn."""

from __future__ import annotations

import click


@click.command()
@click.argument("system")
@click.option(
    "--format", "form", type=click.Choice(["md", "mermaid"]), default="md", show_default=True
)
def lifecycle(system: str, form: str) -> None:
    """Draw the lifecycle of SYSTEM (such as city_events) from the code; needs no database."""
    import django

    django.setup()
    from yishi.foundation.cases import drawing
    from yishi.foundation.cases.lifecycle import LIFECYCLES

    found = LIFECYCLES.get(system)
    if found is None:
        known = ", ".join(sorted(LIFECYCLES))
        raise click.ClickException(f"no system is called {system!r}; there is: {known}")
    text = drawing.markdown(found) if form == "md" else drawing.mermaid(found)
    click.echo(text, nl=False)


commands: list[click.Command] = [lifecycle]
