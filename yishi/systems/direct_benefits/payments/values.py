"""Plain values that pass between payments and whoever has something paid."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yishi.systems.direct_benefits.payments.models import PaymentLine, PaymentOrder

BOOKED, RETURNED, REJECTED = "booked", "returned", "rejected"


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """Something that is to be paid. ``key`` names the claim: it is paid at most once, whatever is
    retried. ``not_before``: the first day on which it may be ordered (the day after the notice)."""

    about_kind: str
    about_id: str
    key: str
    party_id: uuid.UUID
    amount_fen: int
    account_id: uuid.UUID
    budget_line_id: int
    purpose: str
    not_before: date | None = None
    #: Who bears it, in fen by level, where that is not as the budget line says.
    shares: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What came of requests: the new order (none when nothing is new), how many lines it has, the
    keys that a living line pays already, and those left out with the reason (账户待核实)."""

    order: PaymentOrder | None
    new: int
    known: Sequence[str] = ()
    held: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """What became of a line: ``what`` is ``booked``, ``returned`` or ``rejected``; ``at`` when it
    was learnt, ``on`` the bank's day."""

    about_kind: str
    about_id: str
    what: str
    at: datetime
    reason: str
    line: PaymentLine
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a receipt says of one payment (or, with ``message_id`` and no
    ``end_to_end_id``, of a whole order)."""

    what: str
    end_to_end_id: str
    amount_fen: int | None
    on: date | None
    reason_code: str = ""
    reason: str = ""
    bank_ref: str = ""
    message_id: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A receipt as it was read: the sender's id of it, and what it says in its order."""

    kind: str
    message_id: str
    said: Sequence[Said]
