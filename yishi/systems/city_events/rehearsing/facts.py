"""The facts of automatic filing under changed types, words and models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from yishi.systems.city_events.catalogue.types import Catalogue, EventType, plain
from yishi.systems.city_events.context import catalogue_version, city
from yishi.systems.city_events.recognition.standards import standard_for
from yishi.systems.city_events.rehearsing.candidate import Candidate
from yishi.systems.city_events.rehearsing.past import Kept, Past
from yishi.systems.city_events.reports import MACHINE_CHANNELS

#: The facts that follow from type and words.
_DERIVED = ("type_known", "type_auto", "standard_known", "description_conflicts")


class NotKnown(Exception):
    """Facts that cannot be told; ``reason`` is a key of `tally.APART`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Facts:
    """Facts of past reports under a candidate."""

    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate
        self._patched: dict[int, Catalogue] = {}
        self._guessed: dict[int, tuple[str, float]] = {}
        self._registers = city()

    def catalogue(self, version: int) -> Catalogue:
        """A past version of the catalogue with the changes in their place."""
        known = self._patched.get(version)
        if known is None:
            known = self._candidate.types.patched(catalogue_version(version))
            self._patched[version] = known
        return known

    def prepare(self, pasts: Sequence[Past]) -> None:
        """Ask the model about those of *pasts* that came without a type, all at once."""
        model = self._candidate.model
        self._guessed.clear()
        if model is None:
            return
        asked = [past for past in pasts if past.text and _said(past) is not None]
        asked = [past for past in asked if not (_said(past) or ("", ""))[0]]
        for past, answer in zip(asked, model.answers([p.text or "" for p in asked]), strict=True):
            kind = self._kind(past, answer.best.label) if answer.best else None
            if kind is not None and answer.best is not None:
                self._guessed[past.id] = kind.key, answer.best.confidence

    def _kind(self, past: Past, label: str) -> EventType | None:
        catalogue = self.catalogue(past.catalogue_id)
        return catalogue.by_key.get(label) or catalogue.by_name.get(plain(label))

    def under(self, past: Past, kept: Kept) -> tuple[Mapping[str, Any], str | None]:
        """The facts of *kept* under the candidate, the very same where nothing touches them; and
        the type that a model named, where nobody else had.

        Raises:
            NotKnown: where history does not say what they follow from.
        """
        types = self._candidate.types
        guess = self._guessed.get(past.id)
        if guess is not None:
            key, confidence = guess
            made = self._derived(self.catalogue(past.catalogue_id), key, "", past, kept)
            made |= {"description_conflicts": False, "type_by_text": True}
            made["text_confidence"] = Decimal(str(confidence))
            return {**kept.facts, **made}, key
        if not types.after:
            return kept.facts, None
        said = _said(past)
        if said is None:
            raise NotKnown("put_right" if past.put_right is not None else "not_said")
        key, standard = said
        if not key:
            return kept.facts, None
        words = self._words_matter(past, key, standard)
        if key not in types.after and not words:
            return kept.facts, None
        then, now = catalogue_version(past.catalogue_id), self.catalogue(past.catalogue_id)
        text = past.text or ""
        before = self._derived(then, key, standard, past, kept)
        names = _DERIVED if words else ("type_known", "type_auto")
        if any(before[name] != kept.facts.get(name) for name in names):
            raise NotKnown("no_text" if words and not text else "registers")
        after = self._derived(now, key, standard, past, kept)
        if not words and now.by_key.get(key) is not None:
            after = {name: after[name] for name in names}
            if standard:
                kind = now.by_key[key]
                after["standard_known"] = kind.standard(standard) is not None
        return {**kept.facts, **after}, None

    def _derived(
        self, catalogue: Catalogue, key: str, standard: str, past: Past, kept: Kept
    ) -> dict[str, Any]:
        """The facts that follow from a type and the words, as `filing.filing_facts` has them; of
        the words as the model in force reads them."""
        kind, text = catalogue.by_key.get(key), past.text or ""
        found: dict[str, Any] = derived(kind, standard, text, kept.facts)
        least = self._registers.text_confidence(past.received_at)
        found["description_conflicts"] = kind is not None and self._registers.recogniser.conflicts(
            catalogue, text, key, least
        )
        return found

    def _words_matter(self, past: Past, key: str, standard: str) -> bool:
        types = self._candidate.types
        if key in types.texts_matter and not standard:
            return True
        if not types.words:
            return False
        if not past.text:
            # Whether nothing was said or it was erased, nobody can tell; machines say nothing.
            if past.data.get("channel") in MACHINE_CHANNELS:
                return False
            raise NotKnown("no_text")
        said = plain(past.text)
        return any(word in said for word in types.words)


def derived(
    kind: EventType | None, standard: str, text: str, seen: Mapping[str, Any]
) -> dict[str, bool]:
    """What follows from a type alone."""
    machine = seen.get("channel") in MACHINE_CHANNELS
    code, _ = standard_for(kind, standard, text, machine=machine)
    auto = bool(kind and kind.auto)
    if machine and kind is not None and kind.confidence is not None:
        auto &= Decimal(str(seen.get("confidence") or 0)) >= Decimal(str(kind.confidence))
    return {
        "type_known": kind is not None,
        "type_auto": auto,
        "standard_known": bool(code),
    }


def _said(past: Past) -> tuple[str, str] | None:
    """Type and standard as they were reported; None where nobody wrote it down and people set them
    since."""
    said = past.data.get("said")
    if said is not None:
        return str(said[0]), str(said[1])
    if past.put_right is not None:
        return None
    return past.type_key, str(past.data.get("standard") or "")
