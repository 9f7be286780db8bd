"""An item that is being written, tried on the newest snapshot."""

from __future__ import annotations

from datetime import date

from yishi.foundation.facts import store
from yishi.foundation.facts.models import Snapshot
from yishi.foundation.rulebook import engine
from yishi.systems.direct_benefits.policies import book
from yishi.systems.direct_benefits.policies.facts import moment
from yishi.systems.direct_benefits.policies.model import BenefitItem


def preview(item: BenefitItem, snapshot: Snapshot, on: date) -> engine.Preview:
    """Who would get it on *on*, what it would cost, who just misses it and by how much."""
    kept = store.opened(snapshot)
    needed = engine.Book([item.engine_item()], item.derived).facts
    return engine.preview(
        item.engine_item(),
        kept.columns(needed),
        book.params_on(on),
        moment(on),
        derived=item.derived,
    )
