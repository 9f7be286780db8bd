"""Every word of projects that a page draws is known to the translators."""

from __future__ import annotations

from yishi.systems.construction.tests.words_of import labels
from yishi.systems.construction.words import WORDS


def test_no_label_is_missing_from_the_list() -> None:
    assert set(labels()) <= set(WORDS)
