"""Draws a lifecycle from its table: a page of tables (Markdown) or a diagram (Mermaid).

The committed ``docs/lifecycle-*.md`` are made here, so that they cannot say something else than
the code (``yishi lifecycle city_events > docs/lifecycle-city-events.md``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from yishi.foundation.access.actors import ROLES
from yishi.foundation.cases.lifecycle import Lifecycle, Move

NOBODY = "—"
#: Callers of moves that are not officers' roles.
_OTHERS = {"reporter": "上报人", "applicant": "申请人"}


def role_label(name: str) -> str:
    """Official name of a role, with its name in the code."""
    known = ROLES.get(name)
    label = str(known.label) if known else _OTHERS.get(name, name)
    return f"{label} `{name}`"


def mermaid(lifecycle: Lifecycle) -> str:
    """The states and the moves between them as a Mermaid state diagram.

    Moves that keep the state are left out; several moves between two states share an arrow.
    """
    lines = ["stateDiagram-v2", "    direction TB"]
    lines += [f'    state "{state.label}" as {state.name}' for state in lifecycle.states.values()]
    arrows: dict[tuple[str, str], list[str]] = {}
    for move in lifecycle.moves.values():
        if move.target is None:
            continue
        for source in _ordered(move.sources, lifecycle.states):
            arrows.setdefault((source or "[*]", move.target), []).append(move.label)
    lines += [f"    {a} --> {b}: {'、'.join(labels)}" for (a, b), labels in arrows.items()]
    lines += [f"    {state.name} --> [*]" for state in lifecycle.states.values() if state.final]
    return "\n".join(lines) + "\n"


def markdown(lifecycle: Lifecycle) -> str:
    """The whole lifecycle as a Markdown page: diagram, states, moves, and what moves ask for."""
    parts = [
        f"# Lifecycle of `{lifecycle.system}`, version {lifecycle.version}",
        "Made from the table in the code by "
        f"`yishi lifecycle {lifecycle.system}`. Do not edit; a test compares the two.",
        f"```mermaid\n{mermaid(lifecycle)}```",
        f"## States\n\n{_states(lifecycle)}",
        f"## Moves\n\n{_moves(lifecycle)}",
        f"## What the moves ask for\n\n{_needs(lifecycle)}",
        f"## Clock of each duty\n\n{_duties(lifecycle)}",
    ]
    return "\n\n".join(parts) + "\n"


def _states(lifecycle: Lifecycle) -> str:
    rows = [
        (
            f"{state.label} `{state.name}`",
            f"{lifecycle.stage_labels.get(state.stage, state.stage)} `{state.stage}`",
            "yes" if state.final else "",
        )
        for state in lifecycle.states.values()
    ]
    return _table(("state", "stage", "final"), rows)


def _moves(lifecycle: Lifecycle) -> str:
    rows = [
        (
            f"{move.label} `{move.name}`",
            ", ".join(role_label(name) for name in sorted(move.roles)) or NOBODY,
            _duty(lifecycle, move),
            _sources(lifecycle, move),
            f"`{move.target}`" if move.target else "(stays)",
            move.clock,
            _remarks(move),
        )
        for move in lifecycle.moves.values()
    ]
    head = ("move", "who", "duty", "from", "to", "clocks", "remarks")
    return _table(head, rows)


def _duty(lifecycle: Lifecycle, move: Move) -> str:
    if move.duty is None:
        return ""
    return f"{lifecycle.duty_labels.get(move.duty, move.duty)} `{move.duty}`"


def _sources(lifecycle: Lifecycle, move: Move) -> str:
    still_open = {name for name, state in lifecycle.states.items() if not state.final}
    if move.sources == still_open:
        return "(every state that is not final)"
    names = _ordered(move.sources, lifecycle.states)
    return ", ".join(f"`{name}`" if name else "(new)" for name in names)


def _remarks(move: Move) -> str:
    remarks = []
    if move.automatic:
        remarks.append("also made by itself")
    if move.guard is not None:
        remarks.append(f"guard `{move.guard.__name__}`")
    if move.basis:
        remarks.append(move.basis)
    return "; ".join(remarks)


def _needs(lifecycle: Lifecycle) -> str:
    rows = [
        (
            f"`{move.name}`",
            f"{need.label} `{need.name}`",
            need.kind,
            "yes" if need.required else "",
            ", ".join(f"`{value}` {label}" for value, label in need.choices),
        )
        for move in lifecycle.moves.values()
        for need in move.needs
    ]
    return _table(("move", "field", "kind", "required", "choices"), rows)


def _duties(lifecycle: Lifecycle) -> str:
    rows = [
        (f"{lifecycle.duty_labels.get(duty, duty)} `{duty}`", f"`{clock}`")
        for duty, clock in lifecycle.duty_clocks.items()
    ]
    return _table(("duty (role of an assignment)", "clock"), rows)


def _ordered(names: Iterable[str], states: Mapping[str, object]) -> list[str]:
    """State names in the order of the table, the empty one (a new case) first."""
    order = {name: place for place, name in enumerate(states, start=1)}
    return sorted(names, key=lambda name: order.get(name, 0))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [_line(head), _line("---" for _ in head), *(_line(row) for row in rows)]
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
