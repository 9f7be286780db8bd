"""N-grams: the same whether texts come alone or together, cut into words or not."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.recognition.grams import folded, grams, spans

TEXTS = st.text(max_size=60)
CHINESE = st.text(alphabet="路灯坏了垃圾井盖没人修三", min_size=1, max_size=30)


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_texts_together_have_the_n_grams_of_each_alone(texts: list[str]) -> None:
    rows, hashes = grams(texts, (1, 2, 3), 5)
    for row, text in enumerate(texts):
        _, alone = grams([text], (1, 2, 3), 5)
        assert Counter(hashes[rows == row].tolist()) == Counter(alone.tolist())


@given(CHINESE)
def test_blanks_between_chinese_characters_make_no_difference(text: str) -> None:
    _, plain = grams([text], (1, 2, 3))
    _, cut = grams([" ".join(text)], (1, 2, 3))
    assert np.array_equal(np.sort(plain), np.sort(cut))


@given(TEXTS.filter(lambda text: "\x1f" not in text))
def test_spans_say_where_each_n_gram_stands(text: str) -> None:
    found = spans(text, (1, 2, 3), 4)
    _, hashes = grams([text], (1, 2, 3), 4)
    assert Counter(hash_ for _, _, hash_ in found) == Counter(hashes.tolist())
    assert all(0 <= start <= end <= len(text) for start, end, _ in found)


@given(TEXTS)
def test_folding_keeps_every_place(text: str) -> None:
    assert len(folded(text)) == len(text)
    assert folded(folded(text)) == folded(text)


def test_columns_are_values_of_their_own() -> None:
    _, one = grams(["市容环卫\x1f老坑社区"], (1, 2))
    _, other = grams(["市容环卫\x1f六和社区"], (1, 2))
    shared = set(one.tolist()) & set(other.tolist())
    _, alone = grams(["市容环卫"], (1, 2))
    assert len(shared - set(alone.tolist())) >= 1  # the value of the first column
    assert set(one.tolist()) - set(other.tolist())
