"""Every word of licences by pledge that a page draws is known to the translators."""

from __future__ import annotations

from yishi.systems.pledge_licences.tests.words_of import labels
from yishi.systems.pledge_licences.words import WORDS


def test_no_label_is_missing_from_the_list() -> None:
    assert set(labels()) <= set(WORDS)
