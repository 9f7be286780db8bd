"""Batches and payouts behind an address, for whoever may see them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.scope import storable_number
from yishi.systems.direct_benefits.models import Batch, Objection, Payout


class BatchNotFound(CaseNotFound):
    """No such batch, or not one that the actor may see."""


def batch_of(actor: Actor, number: str, *, lock: bool = False) -> Batch:
    """The batch *number* (1 statement), locked if asked. Raises BatchNotFound."""
    if not storable_number(number):
        raise BatchNotFound(number)
    rows = Batch.objects.visible_to(actor).filter(number=number).select_related("unit")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found: Batch | None = rows.first()
    if found is None:
        raise BatchNotFound(number)
    return found


def payouts_of(batch: Batch, state: str = "") -> QuerySet[Any]:
    """The payouts of a batch that somebody was let see, by id."""
    rows: QuerySet[Any] = Payout.objects.unscoped("narrowed by the batch").filter(batch=batch)
    rows = rows.filter(state=state) if state else rows
    return rows.select_related("party", "case").order_by("pk")


def payout_of(actor: Actor, number: str) -> Payout:
    """The payout whose case is *number*. Raises CaseNotFound."""
    if not storable_number(number):
        raise CaseNotFound(number)
    rows = Payout.objects.visible_to(actor).filter(case__number=number)
    found: Payout | None = rows.select_related("party", "batch", "case").first()
    if found is None:
        raise CaseNotFound(number)
    return found


def objection_of(actor: Actor, number: str) -> Objection:
    """The objection *number*, for whoever sees its payout. Raises CaseNotFound."""
    if not storable_number(number):
        raise CaseNotFound(number)
    rows = Objection.objects.visible_to(actor).filter(number=number)
    found: Objection | None = rows.select_related("payout__batch", "payout__party").first()
    if found is None:
        raise CaseNotFound(number)
    return found
