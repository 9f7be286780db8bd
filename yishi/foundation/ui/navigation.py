"""Menus: systems and faces register items when Django starts, pages draw what the actor may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise


class Holder(Protocol):
    """Whoever looks at the menu; an `access.Actor` is one."""

    def has(self, *roles: str) -> bool:
        """Whether one of *roles* is held."""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry of a face's menu.

    ``label`` and ``group`` are (lazy) texts, ``url_name`` is reversed with ``args``; ``roles``
    empty means everybody. ``order`` sorts within the face, items of one group stay together.
    ``card``: the face's first page offers it as a card too.
    """

    label: str | Promise
    url_name: str
    face: str
    roles: frozenset[str] = frozenset()
    group: str | Promise = ""
    order: int = 100
    args: tuple[str | int, ...] = ()
    card: bool = False


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A menu entry as drawn: its address, and whether it is where the reader is."""

    label: str
    url: str
    group: str
    active: bool
    card: bool = False


_ITEMS: dict[tuple[str, str, tuple[str | int, ...]], MenuItem] = {}


def register(*items: MenuItem) -> None:
    """Declare menu items (called from an app's ``ready``); declaring one twice replaces it."""
    for item in items:
        _ITEMS[item.face, item.url_name, item.args] = item


def items_of(face: str) -> list[MenuItem]:
    """All items of *face* in the order in which they are drawn."""
    items = sorted((i for i in _ITEMS.values() if i.face == face), key=lambda i: i.order)
    first: dict[str, int] = {}
    for item in items:
        first.setdefault(str(item.group), item.order)
    return sorted(items, key=lambda i: (first[str(i.group)], str(i.group), i.order))


def menu(face: str, actor: Holder | None, path: str) -> list[ShownItem]:
    """The items of *face* that *actor* may see; the longest address that begins *path* is active.

    An item whose page is not mounted is left out.
    """
    shown: list[tuple[MenuItem, str]] = []
    for item in items_of(face):
        if item.roles and not (actor and actor.has(*item.roles)):
            continue
        try:
            shown.append((item, reverse(item.url_name, args=item.args)))
        except NoReverseMatch:
            continue
    bare = [url.partition("?")[0] for _, url in shown]
    root = min(bare, key=len, default="")
    matching = [url for url in bare if path == url or (url != root and path.startswith(url))]
    here = max(matching, key=len, default="")
    return [
        ShownItem(
            str(item.label), url, str(item.group), url.partition("?")[0] == here != "", item.card
        )
        for item, url in shown
    ]
