"""The facts of automatic filing under changed types, words and models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from yishi.foundation.places.values import in_scope
from yishi.foundation.recognition.model import Answer
from yishi.systems.city_events.catalogue.types import Catalogue, EventType, plain
from yishi.systems.city_events.context import City, catalogue_version
from yishi.systems.city_events.recognition.recogniser import NEAR, SPARE, Recogniser
from yishi.systems.city_events.recognition.standards import standard_for
from yishi.systems.city_events.rehearsing.candidate import Candidate
from yishi.systems.city_events.rehearsing.past import Kept, Past
from yishi.systems.city_events.reports import MACHINE_CHANNELS


class NotKnown(Exception):
    """Facts that cannot be told; ``reason`` is a key of `tally.APART`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Told:
    """What a model says of a report that nobody named a type of."""

    key: str
    confidence: float
    sure: bool


class Facts:
    """Facts of past reports under a candidate."""

    def __init__(self, registers: City, candidate: Candidate) -> None:
        self._registers, self._candidate = registers, candidate
        self._patched: dict[int, Catalogue] = {}
        self._answers: dict[int, Answer] = {}
        self._recogniser = (
            registers.recogniser if candidate.model is None else Recogniser(candidate.model)
        )
        #: Whether a text is asked anew if it surely means another type than was named.
        self._conflicts = candidate.model is not None or candidate.surer
        # Without a model the catalogue's words say so.
        self._words = candidate.types.words if registers.recogniser.model is None else ()

    def catalogue(self, version: int) -> Catalogue:
        """A past version of the catalogue with the changes in their place."""
        known = self._patched.get(version)
        if known is None:
            known = self._candidate.types.patched(catalogue_version(version))
            self._patched[version] = known
        return known

    def prepare(self, pasts: Sequence[Past]) -> None:
        """Ask the model about the texts of *pasts*, all at once."""
        self._answers.clear()
        model = self._candidate.model
        if model is None:
            return
        asked = [past for past in pasts if past.text]
        answers = model.answers([past.text or "" for past in asked], NEAR * SPARE)
        self._answers = {past.id: one for past, one in zip(asked, answers, strict=True)}

    def under(self, past: Past, kept: Kept) -> tuple[Mapping[str, Any], Told | None]:
        """The facts of *kept* under the candidate, the very same where nothing touches them; and
        what a changed model says, where nobody named a type.

        Raises:
            NotKnown: where history does not say what they follow from.
        """
        if not self._candidate.types.after and not self._conflicts:
            return kept.facts, None
        said = _said(past)
        if said is None:
            raise NotKnown("put_right" if past.put_right is not None else "not_said")
        key, standard = said
        if key:
            return self._named(past, kept, key, standard), None
        return self._unnamed(past, kept)

    # --- somebody named the type ---------------------------------------------------------------

    def _named(self, past: Past, kept: Kept, key: str, standard: str) -> Mapping[str, Any]:
        """The facts of a report whose type was named."""
        found = self._of_type(past, kept, key, key, standard)
        if not self._conflicts and not self._words_matter(past, key):
            return found
        text = self._text(past)
        if not text:
            return found
        then, now = catalogue_version(past.catalogue_id), self.catalogue(past.catalogue_id)
        before = self._conflicting(self._registers.recogniser, then, text, key, past, None)
        if self._candidate.model is None and before != kept.facts.get("description_conflicts"):
            raise NotKnown("registers")
        answer = self._answers.get(past.id)
        after = self._conflicting(self._recogniser, now, text, key, past, answer)
        if after == kept.facts.get("description_conflicts"):
            return found
        return {**found, "description_conflicts": after}

    def _conflicting(
        self,
        recogniser: Recogniser,
        catalogue: Catalogue,
        text: str,
        key: str,
        past: Past,
        answer: Answer | None,
    ) -> bool:
        """Whether the words surely mean another type, as `filing.filing_facts` has it."""
        if key not in catalogue.by_key:
            return False
        proposed = recogniser is self._recogniser and (answer is not None or self._conflicts)
        least = self._least(past, proposed=proposed)
        if answer is None or recogniser.model is None:
            return recogniser.conflicts(catalogue, text, key, least)
        if key not in recogniser.model.labels:
            return False
        known = [guess for guess in answer.guesses if guess.label in catalogue.by_key][:NEAR]
        near = {guess.label for guess in known}
        return bool(known) and known[0].confidence >= least and key not in near

    def _least(self, past: Past, *, proposed: bool) -> float:
        """How sure a text must be, with what is proposed for it if that is asked for."""
        if proposed:
            for placed in reversed(self._candidate.rules.values.get("text_confidence", ())):
                if in_scope(past.path, placed.area):
                    return float(placed.value[1])
        return self._registers.text_confidence(past.received_at, past.path)

    def _words_matter(self, past: Past, key: str) -> bool:
        if not self._words:
            return False
        said = plain(self._text(past))
        return key in self._candidate.types.after or any(word in said for word in self._words)

    def _text(self, past: Past) -> str:
        """The words of a report; none from machines.

        Raises:
            NotKnown: where there are none from people: whether nothing was said or it was erased,
                nobody can tell.
        """
        if past.text or past.data.get("channel") in MACHINE_CHANNELS:
            return past.text or ""
        raise NotKnown("no_text")

    # --- nobody did ----------------------------------------------------------------------------

    def _unnamed(self, past: Past, kept: Kept) -> tuple[Mapping[str, Any], Told | None]:
        """The facts of a report without a type: of what the model of then recognised, or of what a
        changed one does."""
        stored = _recognised(past) if kept.facts.get("type_by_text") else ""
        if self._candidate.model is None:
            return self._of_type(past, kept, stored, stored, ""), None
        catalogue = self.catalogue(past.catalogue_id)
        text = self._text(past)
        answer = self._answers.get(past.id)
        known = [one for one in (answer.guesses if answer else ()) if one.label in catalogue.by_key]
        best = known[0] if known and text else None
        facts = dict(self._of_type(past, kept, stored, best.label if best else "", ""))
        facts |= {
            "type_by_text": best is not None,
            "text_confidence": str(Decimal(str(best.confidence))) if best else None,
            "description_conflicts": False,
        }
        if best is None:
            return facts, None
        sure = best.confidence >= self._least(past, proposed=True)
        return facts, Told(best.label, best.confidence, sure)

    # --- what follows from the type ------------------------------------------------------------

    def _of_type(
        self, past: Past, kept: Kept, before: str, after: str, standard: str
    ) -> Mapping[str, Any]:
        """The facts that follow from the type: *before*, as it stood then, and *after*."""
        types = self._candidate.types
        if before == after and after not in types.after:
            return kept.facts
        then, now = catalogue_version(past.catalogue_id), self.catalogue(past.catalogue_id)
        old, new = then.by_key.get(before), now.by_key.get(after)
        words = not standard and (before != after or after in types.texts_matter)
        text = self._text(past) if words and new is not None else past.text or ""
        was = derived(old, standard, text, kept.facts)
        names = ("type_known", "type_auto", *(("standard_known",) if words or standard else ()))
        if before and any(was[name] != kept.facts.get(name) for name in names):
            raise NotKnown("registers")
        found = derived(new, standard, text, kept.facts)
        if new is not None:
            found = {name: found[name] for name in names}
        return {**kept.facts, **found}


def derived(
    kind: EventType | None, standard: str, text: str, seen: Mapping[str, Any]
) -> dict[str, bool]:
    """What follows from a type and the words, as `filing.filing_facts` has it."""
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


def _recognised(past: Past) -> str:
    """The type that the model of then meant most; empty without one."""
    guesses = (past.data.get("recognition") or {}).get("guesses") or [[""]]
    return str(guesses[0][0])


def _said(past: Past) -> tuple[str, str] | None:
    """Type and standard as they were reported; None where nobody wrote it down and people set them
    since."""
    said = past.data.get("said")
    if said is not None:
        return str(said[0]), str(said[1])
    if past.put_right is not None:
        return None
    return past.type_key, str(past.data.get("standard") or "")
