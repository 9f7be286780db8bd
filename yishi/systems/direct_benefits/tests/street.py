"""Batches at a stage, for tests that begin there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from yishi.foundation.parties.models import Party
from yishi.systems.direct_benefits.models import Batch
from yishi.systems.direct_benefits.services import funding, listing, noticing, opening, paying
from yishi.systems.direct_benefits.tests import town

OPENED, CONFIRMED, NOTICED, ASKED, SENT = (
    town.at("2026-06-02"),
    town.at("2026-06-03"),
    town.at("2026-06-03", 11),
    town.at("2026-06-10"),
    town.at("2026-06-10", 16),
)


def opened(
    amounts: Sequence[int] = (10_000, 20_000, 30_000),
    *,
    budget: int = 100_000_000,
    firms: Sequence[Party] | None = None,
    key: str = "test-award",
    start: int = 0,
    now: datetime = OPENED,
    **content: Any,
) -> Batch:
    """A batch with one enterprise for each amount (fen)."""
    parties = firms or town.enterprises(len(amounts), start)
    version = town.item(key, **content)
    found = town.run([version], name=key)
    town.candidates(
        found, version, {one.pk: fen for one, fen in zip(parties, amounts, strict=True)}
    )
    if budget:
        town.budget(version.content["budget"]["line"], budget)
    town.paying_account()
    return opening.open_batch(town.officer(), version.key, "2026", found.pk, now)


def noticed(amounts: Sequence[int] = (10_000, 20_000, 30_000), **more: Any) -> Batch:
    batch = opened(amounts, **more)
    listing.confirm(town.officer(), batch.number, None, CONFIRMED)
    return noticing.post_notice(town.officer(), batch.number, NOTICED)


def asked(amounts: Sequence[int] = (10_000, 20_000, 30_000), **more: Any) -> Batch:
    batch = noticed(amounts, **more)
    return funding.ask_funds(town.officer(), batch.number, ASKED)


def ordered(amounts: Sequence[int] = (10_000, 20_000, 30_000), **more: Any) -> Batch:
    batch = asked(amounts, **more)
    made = paying.order_payment(town.maker(), batch.number, ASKED)
    town.send(made.order, SENT)
    return fresh(batch)


def paid(amounts: Sequence[int] = (10_000, 20_000, 30_000), **more: Any) -> Batch:
    batch = ordered(amounts, **more)
    town.bank_says(town.booked(town.batch_payouts(batch)), town.at("2026-06-11"))
    return fresh(batch)


def fresh(batch: Batch) -> Batch:
    found: Batch = Batch.objects.unscoped("the test").get(pk=batch.pk)
    return found
