"""The model in force beside the catalogue in force: what a text may mean, and whether it is sure.

Without a model (a city that has none yet) the words of the catalogue answer; they suggest, and are
never sure. A type that the catalogue no longer has is passed over, one that the model does not know
yet is found by its words only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from yishi.foundation.recognition.model import Model, read
from yishi.systems.city_events.catalogue import Catalogue, Suggestion

#: How many labels are asked of the model for each type that is wanted: some may be passed over.
SPARE = 4
#: A type that is not among so many guesses conflicts with a text that surely means another.
NEAR = 3
#: Characters of a text that are looked at on pages, where people still type.
LOOKED_AT = 2_000


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a model said of a text: types with confidences, best first, and the model's version."""

    guesses: tuple[tuple[str, float], ...]
    model: str

    @property
    def key(self) -> str:
        """The best type."""
        return self.guesses[0][0]

    @property
    def confidence(self) -> float:
        """How likely the best type is right, 0..1."""
        return self.guesses[0][1]


@dataclass(frozen=True, slots=True)
class Recogniser:
    """The model in force, or none."""

    model: Model | None

    def recognise(self, catalogue: Catalogue, text: str, n: int = NEAR) -> Recognised | None:
        """Up to *n* types of *catalogue* that *text* may mean; None when nothing is known of it."""
        if self.model is None or not text:
            return None
        (answer,) = self.model.answers([text], n * SPARE)
        known = [
            (guess.label, guess.confidence)
            for guess in answer.guesses
            if guess.label in catalogue.by_key
        ]
        return Recognised(tuple(known[:n]), self.model.version) if known else None

    def suggest(
        self, catalogue: Catalogue, text: str, n: int = NEAR, *, public_only: bool = False
    ) -> list[Suggestion]:
        """Up to *n* types that *text* may mean, best first, each with the words that speak for
        it."""
        text = text[:LOOKED_AT]
        found = self.recognise(catalogue, text, n * SPARE if public_only else n)
        if found is None or self.model is None:
            return catalogue.suggest(text, n, public_only)
        kinds = [(catalogue.by_key[key], confidence) for key, confidence in found.guesses]
        if public_only:
            kinds = [(kind, confidence) for kind, confidence in kinds if kind.public]
        return [
            Suggestion(kind, confidence, words_for(self.model, text, kind.key))
            for kind, confidence in kinds[:n]
        ]

    def conflicts(self, catalogue: Catalogue, text: str, key: str, least: float) -> bool:
        """Whether *text* surely (at least *least*) means another type than *key*, which is not
        even among the next."""
        if not text or (self.model is not None and key not in self.model.labels):
            return False
        found = self.recognise(catalogue, text)
        if found is None:
            return bool(_conflicting_words(catalogue, text, key))
        return found.confidence >= least and key not in dict(found.guesses)


#: No model: the words of the catalogue answer.
NONE = Recogniser(None)


def words_for(model: Model, text: str, key: str) -> tuple[str, ...]:
    """The passages of *text* that speak for the type *key*."""
    return tuple(word for word, _ in model.because(text, key, 3)) if key in model.labels else ()


#: A type that the words do not speak for conflicts with one that they speak for this much more.
CLEARLY = 2.0


def _conflicting_words(catalogue: Catalogue, text: str, key: str) -> tuple[str, ...]:
    """Words of *text* that clearly point to another type than *key*; empty when none do."""
    found = catalogue.suggest(text, 12)
    if not found or found[0].type.key == key:
        return ()
    own = next((hit.score for hit in found if hit.type.key == key), 0.0)
    if not own and len(found[0].words) == 1 and len(found[0].words[0]) < 3:
        return ()
    return found[0].words if found[0].score > CLEARLY * own else ()


def load_recogniser() -> Recogniser:
    """The newest model that was put in force (1 statement)."""
    from yishi.systems.city_events.models import RecogniserVersion

    row = RecogniserVersion.objects.order_by("-id").values_list("version", flat=True).first()
    return Recogniser(stored_model(row) if row else None)


@lru_cache(maxsize=4)
def stored_model(version: str) -> Model:
    """A stored model, also one that is not in force any more: it explains what it once said.

    Raises:
        LookupError: when there is none of that version.
    """
    from yishi.systems.city_events.models import RecogniserVersion

    row = RecogniserVersion.objects.filter(version=version).values_list("told", "weights").first()
    if row is None:
        raise LookupError(f"没有识别模型 {version}")
    return read(row[0], bytes(row[1]))
