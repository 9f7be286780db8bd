"""What the city's model learns from: the catalogue, simulated reports, and officers' decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from yishi.foundation.recognition.learning import learn
from yishi.foundation.recognition.model import Model
from yishi.foundation.recognition.rows import read_rows
from yishi.systems.city_events.catalogue import Catalogue

REPORTS = "reports.csv"
Pair = tuple[str, str]


def of_catalogue(catalogue: Catalogue) -> Iterator[Pair]:
    """(text, type) from the catalogue itself: examples, names, keywords, conditions, signs."""
    for kind in catalogue.types:
        for example in kind.examples:
            yield example, kind.key
        yield " ".join((kind.name, *kind.aliases, *kind.keywords, kind.summary)), kind.key
        conditions = [one.filing for one in kind.standards]
        signs = [sign for one in kind.standards for sign in one.signs]
        yield " ".join((*conditions, *signs)), kind.key


def of_reports(catalogue: Catalogue, path: Path) -> Iterator[Pair]:
    """(text, type) of a city's file of reports, as far as the catalogue has the type."""
    if path.is_file():
        for row in read_rows(path, ["text"], "type"):
            if row.label in catalogue.by_key:
                yield row.text, row.label


def of_officers(catalogue: Catalogue) -> Iterator[Pair]:
    """(text, type) of reports whose type an officer decided; erased texts are gone from here too
    (1 statement)."""
    from yishi.systems.city_events.models import Correction

    rows = Correction.objects.unscoped("a model learns from all officers").values_list(
        "case__reports__text", "type_key"
    )
    for text, key in rows.iterator():
        if text and key in catalogue.by_key:
            yield text, key


def learn_city(
    catalogue: Catalogue,
    folder: Path,
    *,
    officers: bool,
    tell: Callable[[str], None] = lambda line: None,
) -> Model:
    """A model of *catalogue*'s types; *folder* is the city's ``recognition``.

    Raises:
        yishi.foundation.recognition.learning.LearningError: when there is too little to learn.
    """
    pairs = [*of_catalogue(catalogue), *of_reports(catalogue, folder / REPORTS)]
    if officers:
        pairs += of_officers(catalogue)
    pairs = list(dict.fromkeys(pairs))
    return learn([text for text, _ in pairs], [key for _, key in pairs], tell=tell)
