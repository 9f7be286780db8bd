"""Which filing standard of a type a report's words point to. Every answer names its words."""

from __future__ import annotations

from yishi.systems.city_events.catalogue import EventType


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
