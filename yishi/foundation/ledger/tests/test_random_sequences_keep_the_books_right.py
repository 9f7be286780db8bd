"""Whatever steps come in whatever order: sums, pots and documents agree with a plain model."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from yishi.foundation.ledger import budgets, settling, verifying
from yishi.foundation.ledger.budgets import Item
from yishi.foundation.ledger.errors import LedgerError
from yishi.foundation.ledger.tests.making import BY, COUNTY, at, line

pytestmark = pytest.mark.django_db
NOW = at()
#: Step → (from, to) of the plain model.
STEPS = {
    "reserve": ("available", "reserved"),
    "commit": ("reserved", "committed"),
    "pay": ("committed", "paid"),
    "give_back": ("paid", "returned"),
    "pay_again": ("returned", "paid"),
    "claw_back": ("paid", "available"),
}
FREED = ("reserved", "committed", "returned")
ONE = st.tuples(st.sampled_from(range(6)), st.integers(1, 60))
STEP = st.one_of(
    st.tuples(st.sampled_from([*STEPS]), st.lists(ONE, min_size=1, max_size=4)),
    st.tuples(st.sampled_from(FREED), st.lists(ONE, min_size=1, max_size=4)),
    st.tuples(st.sampled_from(["add", "cut"]), st.lists(ONE, min_size=1, max_size=1)),
)


class Model:
    """The line as plain numbers, and what was posted under which key."""

    def __init__(self, granted: int) -> None:
        self.pots = dict.fromkeys(("granted", "available", *(p for p, _ in STEPS.values())), 0)
        self.pots |= {"returned": 0, "granted": granted, "available": granted}
        self.known: dict[str, int] = {}
        self.owed = 0

    def apply(self, step: str, target: tuple[str, str], items: dict[str, int]) -> bool:
        """Whether the step is possible; nothing changes if it is not."""
        keys = {f"{step}:{key}": amount for key, amount in items.items()}
        if any(self.known.get(key, amount) != amount for key, amount in keys.items()):
            return False
        fresh = {key: amount for key, amount in keys.items() if key not in self.known}
        total = sum(fresh.values())
        if total > self.pots[target[0]]:
            return False
        self.known |= fresh
        self.pots[target[0]] -= total
        self.pots[target[1]] += total
        sign = {"pay": 1, "pay_again": 1, "give_back": -1, "claw_back": -1}.get(step, 0)
        self.owed += sign * sum((amount * 6 + 5) // 10 for amount in fresh.values())
        return True


def _try(act: object) -> bool:
    try:
        act()  # type: ignore[operator]
    except LedgerError:
        return False
    return True


class RandomSequences(TestCase):
    """Hypothesis rolls each example back."""

    @settings(max_examples=60)
    @given(st.integers(0, 300), st.lists(STEP, max_size=25))
    def test_books_and_model_agree_after_every_step(
        self, granted: int, steps: list[tuple[str, list[tuple[int, int]]]]
    ) -> None:
        one = line(granted, area=COUNTY, shares={"city": 60, "county": 40})
        model = Model(granted)
        for step, drawn in steps:
            items = {f"K{key}": amount for key, amount in drawn}
            said = [Item(key, amount) for key, amount in items.items()]
            if step in STEPS:
                verb = getattr(budgets, step)
                done = _try(lambda v=verb, s=said: v(one, s, NOW))
                expected = model.apply(step, STEPS[step], items)
            elif step in FREED:
                done = _try(lambda s=said, of=step: budgets.release(one, s, NOW, of=of))
                expected = self._release(model, step, items)
            else:
                (key, amount), *_ = items.items()
                verb = getattr(budgets, step)
                done = _try(lambda v=verb, k=key, a=amount: v(one, a, f"文件{k}", BY, NOW))
                expected = self._change(model, step, items)
            assert done == expected, (step, items, model.pots)
            self._compare(one, model)
        assert verifying.verify().problems == ()

    def _release(self, model: Model, of: str, items: dict[str, int]) -> bool:
        # A key is released once, from wherever it was.
        keys = {f"release:{key}": (of, amount) for key, amount in items.items()}
        if any(model.known.get(key, said) != said for key, said in keys.items()):
            return False
        fresh = {key: said for key, said in keys.items() if key not in model.known}
        total = sum(amount for _of, amount in fresh.values())
        if total > model.pots[of]:
            return False
        model.known |= fresh  # type: ignore[arg-type]
        model.pots[of] -= total
        model.pots["available"] += total
        return True

    def _change(self, model: Model, kind: str, items: dict[str, int]) -> bool:
        sign = 1 if kind == "add" else -1
        ((key, amount),) = items.items()
        known = model.known.get(f"{kind}:{key}")
        if known is not None:
            return known == amount
        if sign < 0 and amount > model.pots["available"]:
            return False
        model.known[f"{kind}:{key}"] = amount
        model.pots["available"] += sign * amount
        model.pots["granted"] += sign * amount
        return True

    def _compare(self, one: object, model: Model) -> None:
        figures = budgets.state(one)  # type: ignore[arg-type]
        for pot, amount in model.pots.items():
            assert getattr(figures, pot) == amount
        assert min(model.pots.values()) >= 0
        parts = figures.used + figures.available + figures.recovered + figures.lapsed
        assert figures.granted == parts + figures.carried
        owed = sum(due.amount for due in settling.due(2026))
        assert owed == model.owed
