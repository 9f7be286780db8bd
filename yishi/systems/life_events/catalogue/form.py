"""One form and one set of papers for the items of a route.

Fields are merged by their canonical key and by what the theme says is the same; what only sounds
alike stays apart. Papers are merged by material and holder: the strictest form, the most copies
(never the sum), and every name under which guides ask for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from yishi.foundation.approvals.catalogue.model import SECTIONS, Book, FieldSpec
from yishi.systems.life_events.catalogue.model import Theme
from yishi.systems.life_events.catalogue.routes import Route, wanted_of

#: Forms of papers, the strictest last.
STRICTNESS = ("electronic", "copy", "original")
_SECTIONS = {name: place for place, name in enumerate(SECTIONS)}


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the merged form: ``uses`` are the items with the name that each knows it by."""

    key: str
    label: str
    spec: FieldSpec
    uses: tuple[tuple[str, str], ...]

    @property
    def items(self) -> tuple[str, ...]:
        """The items that get its value."""
        return tuple(item for item, _ in self.uses)


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of the merged set, of one holder. ``told_as``: (item, the name it asks by)."""

    material: str
    holder: str
    name: str
    kind: str
    form: str
    copies: int
    required: bool
    deferrable: bool
    shared: bool
    told_as: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        """What tells papers apart: the same material of another holder is another paper."""
        return f"{self.material}.{self.holder}"

    @property
    def items(self) -> tuple[str, ...]:
        """The items that get it."""
        return tuple(dict.fromkeys(item for item, _ in self.told_as))


def canonical(groups: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """By key, the key that stands for its group."""
    return {key: group[0] for group in groups for key in group}


def form_of(theme: Theme, route: Route, book: Book) -> list[FormField]:
    """The fields that the items of *route* ask for, each once, in sections."""
    kept = canonical(theme.same_fields)
    uses: dict[str, list[tuple[str, str]]] = {}
    for item in route.items:
        for key in book.items[item].fields:
            if key in book.fields:
                uses.setdefault(kept.get(key, key), []).append((item, key))
    found = []
    for key, used in uses.items():
        spec = book.fields.get(key) or book.fields[used[0][1]]
        found.append(FormField(key, theme.labels.get(key, spec.label), spec, tuple(used)))
    return _ordered(_told_apart(found, book), theme)


def _ordered(found: list[FormField], theme: Theme) -> list[FormField]:
    wanted = {key: place for place, key in enumerate(theme.order)}
    return sorted(
        found, key=lambda f: (_SECTIONS.get(f.spec.section, 99), wanted.get(f.key, len(wanted)))
    )


def _told_apart(found: list[FormField], book: Book) -> list[FormField]:
    """Fields of one label that mean different things say for which item they are asked."""
    seen: dict[str, int] = {}
    for one in found:
        seen[one.label] = seen.get(one.label, 0) + 1
    return [
        FormField(one.key, f"{one.label}（{book.items[one.uses[0][0]].name}）", one.spec, one.uses)
        if seen[one.label] > 1
        else one
        for one in found
    ]


def papers_of(theme: Theme, route: Route, book: Book) -> list[Paper]:
    """The papers that the items of *route* ask for, each once for each holder."""
    kept = canonical(theme.same_materials)
    found: dict[tuple[str, str], Paper] = {}
    for item in route.items:
        for wanted in wanted_of(book.items[item], route.answers):
            if wanted.material not in book.materials:
                continue
            key = kept.get(wanted.material, wanted.material)
            material = book.materials.get(key) or book.materials[wanted.material]
            other = found.get((key, wanted.holder))
            told = ((item, wanted.named),)
            if other is None:
                found[key, wanted.holder] = Paper(
                    key,
                    wanted.holder,
                    material.name,
                    material.kind,
                    wanted.form,
                    wanted.copies,
                    wanted.required,
                    wanted.deferrable or not wanted.required,
                    material.shared,
                    told,
                )
                continue
            found[key, wanted.holder] = Paper(
                key,
                wanted.holder,
                other.name,
                other.kind,
                max(other.form, wanted.form, key=STRICTNESS.index),
                max(other.copies, wanted.copies),
                other.required or wanted.required,
                other.deferrable and (wanted.deferrable or not wanted.required),
                other.shared,
                other.told_as + told,
            )
    return list(found.values())


def for_item(
    form: Iterable[FormField], values: Mapping[str, object], item: str
) -> dict[str, object]:
    """What *item* gets of the form, under the names it knows."""
    return {
        named: values[field.key]
        for field in form
        for used, named in field.uses
        if used == item and field.key in values
    }
