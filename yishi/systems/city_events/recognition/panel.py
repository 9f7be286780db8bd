"""What a case's page says of recognition: the types that were meant, how surely, by which words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext

from yishi.foundation.ui.desk import Look, Panel
from yishi.systems.city_events.context import catalogue_version
from yishi.systems.city_events.recognition.recogniser import stored_model, words_for

#: Key and name of a type, and the confidence in per cent.
Guess = tuple[str, str, str]


def recognised(look: Look, words: str) -> list[Panel]:
    """The panel, or none where nothing was recognised. *words*: what the looker may read of the
    report; those that decided are named from it (1 statement the first time, for the model)."""
    said = look.case.data.get("recognition")
    if not said:
        return []
    rows = guesses(said["guesses"], look.case.catalogue_id)
    try:
        model = stored_model(said["model"])
    except LookupError:
        decided: tuple[str, ...] = ()
    else:
        decided = words_for(model, words, said["guesses"][0][0]) if words else ()
    context: dict[str, Any] = {"rows": rows, "words": decided, "model": said["model"]}
    template = "city_events/recognition_panel.html"
    return [Panel("recognition", gettext("自动识别"), template, context)]


def guesses(said: Sequence[Sequence[Any]], catalogue_id: int) -> list[Guess]:
    """The guesses that are stored with a case, as they are shown."""
    catalogue = catalogue_version(catalogue_id)
    return [
        (key, catalogue.by_key[key].name, f"{confidence:.0%}")
        for key, confidence in said
        if key in catalogue.by_key
    ]
