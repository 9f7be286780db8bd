"""Names for the types of a made catalogue: short, unique, and declared distinct where alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from yishi.systems.city_events.catalogue.types import plain

LONGEST = 30
MOST_DISTINCT = 20
ALIKE = 0.2  # the catalogue asks about names that differ in no more than this share


def short_names(texts: Sequence[str]) -> list[str]:
    """A name of at most 30 characters for each of *texts*, no two the same."""
    taken: set[str] = set()
    names: list[str] = []
    for number, text in enumerate(texts, 1):
        name = "".join(char for char in text if char.isprintable())[:LONGEST].strip() or "?"
        if _bare(name) in taken or not _bare(name):
            mark = f" {number}"
            name = name[: LONGEST - len(mark)] + mark
        taken.add(_bare(name))
        names.append(name)
    return names


def alike(names: Sequence[str]) -> list[list[str]]:
    """For each name the others that it has to be declared distinct from, each pair once."""
    declared: list[list[str]] = [[] for _ in names]
    bare = [(_bare(name), Counter(_bare(name))) for name in names]
    for i, (one, letters) in enumerate(bare):
        for j in range(i):
            other, others = bare[j]
            longest = max(len(one), len(other))
            if longest - (letters & others).total() <= int(longest * ALIKE) + 1:
                holder = i if len(declared[i]) < MOST_DISTINCT else j
                if len(declared[holder]) < MOST_DISTINCT:
                    declared[holder].append(names[j if holder == i else i])
    return declared


def _bare(name: str) -> str:
    return "".join(char for char in plain(name) if char.isalnum())
