"""What the words of a report say about its type and standard. Every answer names its words."""

from __future__ import annotations

from yishi.systems.city_events.catalogue import Catalogue, EventType

#: A type that the words do not speak for conflicts with one that they speak for this much more.
CLEARLY = 2.0


def conflicting_words(catalogue: Catalogue, text: str, key: str) -> tuple[str, ...]:
    """Words of *text* that clearly point to another type than *key*; empty when none do."""
    if not text:
        return ()
    found = catalogue.suggest(text, 12)
    if not found or found[0].type.key == key:
        return ()
    own = next((hit.score for hit in found if hit.type.key == key), 0.0)
    if not own and len(found[0].words) == 1 and len(found[0].words[0]) < 3:
        return ()
    return found[0].words if found[0].score > CLEARLY * own else ()


def standard_for(
    kind: EventType | None, chosen: str, text: str, *, machine: bool = False
) -> tuple[str, tuple[str, ...]]:
    """The standard's code with the words that point to it: the chosen one, the only one, or the
    one that the report's words name; empty when nothing is certain.

    A *machine* that recognised the type says no words: it means the type's first standard, the most
    dangerous one, so that doubt leads to the shorter limit.
    """
    if kind is None:
        return "", ()
    if chosen:
        return (chosen, ()) if kind.standard(chosen) else ("", ())
    if len(kind.standards) == 1 or (machine and not text):
        return kind.standards[0].code, ()
    standard, words = kind.choose_standard(text)
    return (standard.code, words) if words else ("", ())
