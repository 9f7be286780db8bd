"""Learning, answering, explaining, keeping: on a small made-up set of texts."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from yishi.foundation.recognition.evaluation import figures
from yishi.foundation.recognition.learning import LearningError, Settings, learn, threshold_for
from yishi.foundation.recognition.model import Answer, Guess, Model, ModelError, load

THINGS = {
    "路灯": ("路灯不亮", "灯杆倒了", "晚上黑灯瞎火", "灯一闪一闪"),
    "垃圾": ("垃圾没人清", "垃圾桶满了", "一堆生活垃圾", "臭烘烘的袋子"),
    "井盖": ("井盖丢了", "窨井盖响", "井圈塌了", "盖板翘起来"),
}
PLACES = ("小区门口", "三路车站", "学校旁边", "汉江边", "菜场后面", "桥头")


def made_up(count: int, seed: int) -> tuple[list[str], list[str]]:
    """Texts of three labels, the same for the same seed."""
    rng = random.Random(seed)
    texts, labels = [], []
    for _ in range(count):
        label = rng.choice(list(THINGS))
        parts = [rng.choice(PLACES), rng.choice(THINGS[label]), rng.choice(("", "好几天", "谁管"))]
        rng.shuffle(parts)
        texts.append("".join(parts))
        labels.append(label)
    return texts, labels


@pytest.fixture(scope="module")
def model() -> Model:
    return learn(*made_up(240, 1))


def test_unseen_texts_are_recognised(model: Model) -> None:
    texts, labels = made_up(90, 2)
    found = figures(model.answers(texts), labels)
    assert found.rows == 90
    assert found.top1 > 0.95
    assert found.top3 == 1.0
    assert found.handled_at_95 > 0.9


def test_the_same_data_give_the_same_model(model: Model) -> None:
    assert learn(*made_up(240, 1)).version == model.version
    assert learn(*made_up(240, 3)).version != model.version


def test_what_is_unknown_is_not_answered(model: Model) -> None:
    for text in ("", "   ", "xyz qq"):
        (answer,) = model.answers([text])
        assert answer == Answer((), False)


def test_the_words_that_decided_are_words_of_the_text(model: Model) -> None:
    text = "学校旁边窨井盖响，谁管"
    (answer,) = model.answers([text])
    assert answer.best is not None
    assert answer.best.label == "井盖"
    words = model.because(text, "井盖")
    assert words
    assert all(word and word in text for word, _ in words)
    assert any("井" in word or "盖" in word for word, _ in words)


def test_confidences_are_shares_in_order(model: Model) -> None:
    for answer in model.answers(made_up(50, 4)[0]):
        sure = [guess.confidence for guess in answer.guesses]
        assert sure == sorted(sure, reverse=True)
        assert all(0 <= one <= 1 for one in sure)
        assert sum(sure) <= 1.001


def test_a_model_comes_back_as_it_was_kept(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path)
    again = load(tmp_path)
    texts, _ = made_up(20, 5)
    assert again.version == model.version
    assert again.answers(texts) == model.answers(texts)


def test_a_changed_or_missing_model_is_refused(model: Model, tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        load(tmp_path)
    model.save(tmp_path)
    told = tmp_path / "model.json"
    told.write_text(told.read_text("utf-8").replace("垃圾", "圾垃"), "utf-8")
    with pytest.raises(ModelError, match="改动"):
        load(tmp_path)
    (tmp_path / "weights.npz").write_bytes(b"garbage")
    with pytest.raises(ModelError):
        load(tmp_path)


def test_too_little_to_learn_from_is_refused() -> None:
    with pytest.raises(LearningError):
        learn(["路灯不亮", "灯杆倒了"], ["路灯", "路灯"])
    with pytest.raises(LearningError):
        learn(["路灯不亮", "垃圾满了", "井盖丢了"], ["路灯", "垃圾", "井盖"])


def test_very_many_labels_are_learnt_by_the_ridge() -> None:
    texts, labels = [], []
    for number in range(260):
        word = chr(0x4E00 + 40 * number) + chr(0x4E11 + 37 * number)
        for place in PLACES:
            texts.append(f"{place}{word}坏了")
            labels.append(f"{number:03}")
    found = learn(texts, labels, Settings(precision=0.9))
    answers = found.answers([f"桥那头{chr(0x4E00 + 400)}{chr(0x4E11 + 370)}怎么回事"])
    assert answers[0].best is not None
    assert answers[0].best.label == "010"


def test_figures_count_what_is_right() -> None:
    def said(label: str, sure: float, own: bool = False) -> Answer:
        return Answer((Guess(label, 1.0, sure), Guess("c", 0.5, 0.0)), own)

    answers = [said("a", 0.9, True), said("a", 0.8), said("b", 0.7), Answer((), False)]
    found = figures(answers, ["a", "b", "b", "c"])
    assert (found.top1, found.top3) == (0.5, 0.5)
    assert found.handled_at_95 == 0.25
    assert (found.handled, found.precision) == (0.25, 1.0)
    assert found.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    with pytest.raises(ValueError, match="没有"):
        figures([], [])


def test_of_two_labels_the_rarer_is_ranked() -> None:
    def said(late: float, on_time: float) -> Answer:
        return Answer((Guess("1", late, 0.5), Guess("0", on_time, 0.5)), False)

    answers = [said(3, 1), said(2, 1), said(1, 1), said(1, 1), said(0, 1)]
    # Six pairs of late and not late: 4 right, 1 of equal height, 1 wrong.
    assert figures(answers, ["1", "0", "1", "0", "0"]).auc == pytest.approx((4 + 0.5) / 6)
    assert figures(answers[:3], ["1", "1", "1"]).auc is None
    assert figures(answers[:3], ["1", "0", "2"]).auc is None


def test_no_confidence_is_enough_where_too_little_is_right() -> None:
    import numpy as np

    sure = np.array([0.9, 0.8, 0.7, 0.6])
    assert threshold_for(sure, np.array([True, True, True, False]), 0.95) == 0.7
    assert threshold_for(sure, np.array([False, False, False, False]), 0.95) > 1
