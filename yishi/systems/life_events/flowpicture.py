"""The flow of a theme as a picture (SVG): what runs side by side, what waits for what, whose turn.

Top to bottom: each band holds the items that may run at the same time. Drawn on the server,
readable without JavaScript; the same facts stand beside it as a list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from yishi.foundation.approvals.catalogue.model import Book
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.catalogue.model import DATA, Theme
from yishi.systems.life_events.catalogue.routes import Route

BOX, GAP, LINE, PAD = 172, 16, 17, 10
CHARS = 11
#: How a box is drawn: not begun, waiting, in hand, standing still, done, refused, not needed.
TONES = ("plan", "wait", "now", "pause", "done", "bad", "off")


@dataclass(frozen=True, slots=True)
class Box:
    """One item: its name, a small line below it, and its tone."""

    key: str
    name: str
    said: str = ""
    tone: str = "plan"


@dataclass(frozen=True, slots=True)
class _Placed:
    box: Box
    x: int
    y: int
    height: int
    lines: tuple[str, ...]


def picture(
    boxes: Mapping[str, Box],
    bands: Sequence[Sequence[str]],
    edges: Sequence[tuple[str, str, str]],
    label: str,
    *,
    columns: int = 2,
) -> SafeString:
    """The picture of *boxes* in *bands*; *edges* are (before, after, what is given)."""
    placed: dict[str, _Placed] = {}
    y = PAD
    for band in bands:
        for start in range(0, len(band), columns):
            row = band[start : start + columns]
            lines = {key: _wrapped(boxes[key].name) for key in row}
            height = PAD * 2 + LINE * (max(map(len, lines.values())) + 1)
            for n, key in enumerate(row):
                x = PAD + n * (BOX + GAP)
                placed[key] = _Placed(boxes[key], x, y, height, lines[key])
            y += height + GAP
        y += GAP
    width = PAD * 2 + columns * BOX + (columns - 1) * GAP
    drawn = [_arrow(placed[a], placed[b], what) for a, b, what in edges if {a, b} <= set(placed)]
    drawn += [_drawn(one) for one in placed.values()]
    head = (
        f'<svg class="flow" viewBox="0 0 {width} {y}" width="{width}" height="{y}" role="img" '
        f'aria-label="{escape(label)}" xmlns="http://www.w3.org/2000/svg">'
        '<defs><marker id="flow-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" class="flow-head"/></marker></defs>'
    )
    return mark_safe(head + "".join(drawn) + "</svg>")  # every text of it was escaped


def _wrapped(name: str) -> tuple[str, ...]:
    found = [name[i : i + CHARS] for i in range(0, len(name), CHARS)] or [""]
    if len(found) > 3:
        found = [*found[:2], found[2][: CHARS - 1] + "…"]
    return tuple(found)


def _drawn(one: _Placed) -> str:
    texts = "".join(
        f'<text lang="zh-Hans" x="{one.x + PAD}" y="{one.y + PAD + LINE * (n + 1) - 4}">'
        f"{escape(line)}</text>"
        for n, line in enumerate(one.lines)
    )
    said = one.box.said if len(one.box.said) <= 14 else one.box.said[:13] + "…"
    below = one.y + one.height - PAD
    return (
        f'<g class="flow-{one.box.tone}"><title>{escape(one.box.name)} {escape(one.box.said)}'
        f'</title><rect x="{one.x}" y="{one.y}" width="{BOX}" height="{one.height}" rx="6"/>{texts}'
        f'<text class="flow-said" x="{one.x + PAD}" y="{below}">{escape(said)}</text></g>'
    )


def _arrow(before: _Placed, after: _Placed, gives: str) -> str:
    x1, y1 = before.x + BOX // 2, before.y + before.height
    x2, y2 = after.x + BOX // 2, after.y
    middle = (y1 + y2) // 2
    kind = "flow-data" if gives == DATA else "flow-licence"
    return (
        f'<path class="flow-edge {kind}" d="M{x1} {y1} C{x1} {middle} {x2} {middle} {x2} {y2 - 2}" '
        'marker-end="url(#flow-head)"/>'
    )


def picture_of_route(
    theme: Theme,
    route: Route,
    book: Book,
    *,
    columns: int = 2,
    said: Callable[[str], tuple[str, str]] | None = None,
) -> SafeString:
    """The picture of a route; *said* gives (line, tone) of each item, else its promise is said."""
    boxes = {}
    for key in route.items:
        line, tone = said(key) if said else (f"承诺 {book.items[key].promise}", "plan")
        boxes[key] = Box(key, book.items[key].name, line, tone)
    edges = [(a.item, key, a.gives) for key in route.items for a in route.after.get(key, ())]
    return picture(
        boxes,
        routes.levels(route),
        edges,
        gettext("%(theme)s的办理流程：%(n)s 个事项") % {"theme": theme.name, "n": len(route.items)},
        columns=columns,
    )
