"""Diagrams and help come from the table of states and moves, never from a second text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from yishi.foundation.cases import drawing
from yishi.foundation.cases.lifecycle import LIFECYCLES, Lifecycle
from yishi.foundation.cases.lifecycle_commands import lifecycle as command

DOCS = Path(__file__).resolve().parents[4] / "docs"


@pytest.fixture(params=sorted(LIFECYCLES))
def table(request: pytest.FixtureRequest) -> Lifecycle:
    """Each registered lifecycle in turn."""
    return LIFECYCLES[request.param]


def test_the_committed_page_is_the_generated_one(table: Lifecycle) -> None:
    page = DOCS / f"lifecycle-{table.system.replace('_', '-')}.md"
    assert page.read_text(encoding="utf-8") == drawing.markdown(table), (
        f"run: yishi lifecycle {table.system} > docs/{page.name}"
    )


def test_every_arrow_of_the_diagram_is_a_move_and_every_move_an_arrow(table: Lifecycle) -> None:
    drawn = {
        (a.replace("[*]", ""), b)
        for a, b in re.findall(r"^    (\S+) --> (\S+):", drawing.mermaid(table), re.MULTILINE)
    }
    meant = {
        (source, move.target)
        for move in table.moves.values()
        if move.target is not None
        for source in move.sources
    }
    assert drawn == meant


def test_every_row_of_a_table_has_as_many_cells_as_its_head(table: Lifecycle) -> None:
    columns = 0
    for line in drawing.markdown(table).splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert cells == columns or not cells or not columns, line
        columns = cells


def test_a_bar_in_a_text_does_not_break_the_table() -> None:
    assert drawing._line(["a|b", "c"]) == "| a\\|b | c |"


def test_the_command_prints_either_form_and_names_the_systems_it_knows() -> None:
    run = CliRunner().invoke
    assert run(command, ["city_events"]).output == drawing.markdown(LIFECYCLES["city_events"])
    diagram = run(command, ["city_events", "--format", "mermaid"]).output
    assert diagram.startswith("stateDiagram-v2\n")
    unknown = run(command, ["weather"])
    assert unknown.exit_code == 1
    assert "city_events" in unknown.output
