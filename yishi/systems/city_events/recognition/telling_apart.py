"""Whether the city's recogniser tells the examples of a catalogue apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem
from yishi.foundation.recognition.grams import folded
from yishi.foundation.recognition.model import Guess, load
from yishi.systems.city_events.catalogue.types import Catalogue, EventType
from yishi.systems.city_events.recognition.keeping import FOLDER

#: As sure as a report has to be to be filed without a person, see ``text_confidence``.
SURE = 0.70
#: The own type has to be among so many guesses, however unsure they are.
AMONG = 3


def check_examples(folder: Path, catalogue: Catalogue) -> None:
    """Check the examples in *folder* with the model beside it, where there is one.

    Types that the model has not learnt yet are passed over.

    Raises:
        CatalogueError: for an example that stands at two types, that is surely taken for another
            type, or whose own type is not among the first three guesses; with file and line.
    """
    problems = [*_twice(folder, catalogue), *_mistaken(folder, catalogue)]
    if problems:
        raise CatalogueError(problems)


def unlearnt(folder: Path, catalogue: Catalogue) -> list[str]:
    """Names of the types that the model beside *folder* does not know."""
    place = folder.resolve().parent / FOLDER
    if not (place / "model.json").is_file():
        return []
    labels = set(load(place).labels)
    return [kind.name for kind in catalogue.types if kind.key not in labels]


def _twice(folder: Path, catalogue: Catalogue) -> Iterator[Problem]:
    found: dict[str, list[tuple[EventType, str]]] = defaultdict(list)
    for kind in catalogue.types:
        for example in kind.examples:
            found[folded(example)].append((kind, example))
    for (first, _), *others in found.values():
        for kind, example in others:
            if kind.key != first.key:
                text = f"“{example}”同时是“{first.name}”的例子，识别时分不开"
                yield _problem(folder, catalogue, kind, example, text)


def _mistaken(folder: Path, catalogue: Catalogue) -> Iterator[Problem]:
    place = folder.resolve().parent / FOLDER
    if not (place / "model.json").is_file():
        return
    model = load(place)
    known = set(model.labels)
    pairs = [(kind, one) for kind in catalogue.types if kind.key in known for one in kind.examples]
    answers = model.answers([example for _, example in pairs], AMONG)
    for (kind, example), answer in zip(pairs, answers, strict=True):
        taken = _taken_for(kind, answer.guesses)
        if taken is not None:
            name = catalogue.by_key[taken.label].name if taken.label in catalogue.by_key else "别类"
            text = f"“{example}”被识别为“{name}”（{taken.confidence:.2f}），请换一个说法"
            yield _problem(folder, catalogue, kind, example, text)


def _taken_for(kind: EventType, guesses: tuple[Guess, ...]) -> Guess | None:
    if not guesses or guesses[0].label == kind.key:
        return None
    among = kind.key in [guess.label for guess in guesses]
    return guesses[0] if guesses[0].confidence >= SURE or not among else None


def _problem(
    folder: Path, catalogue: Catalogue, kind: EventType, example: str, text: str
) -> Problem:
    from yishi.systems.city_events.catalogue import file_name

    group = next(one for one in catalogue.groups if kind in one.types)
    path = folder / file_name(group)
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    line = next((n for n, row in enumerate(lines, 1) if example in row), 0)
    return Problem(path.name, line, f"{kind.key}.examples", text)
