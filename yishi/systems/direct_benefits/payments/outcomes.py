"""What one statement of a bank does to one payment. Pure: no database, no clock.

What is known of a line only grows: rejected < booked < returned. Its state is the highest that was
said, so that receipts in any order, and any number of times, end the same. A statement of account
outranks a status report; where the two contradict each other, money's movement stands and a person
is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from yishi.systems.direct_benefits.payments.models import PaymentLine, ReceiptEntry
from yishi.systems.direct_benefits.payments.values import BOOKED, REJECTED, RETURNED, Said

_RANK = {
    PaymentLine.WAITING: 0,
    PaymentLine.SENT: 1,
    PaymentLine.REJECTED: 2,
    PaymentLine.BOOKED: 3,
    PaymentLine.RETURNED: 4,
}


@dataclass(slots=True)
class Effect:
    """``events``: what is new for whoever waits for the payment; ``problem``: why a person must
    look; ``changed``: whether the line is to be stored."""

    outcome: str = ReceiptEntry.KNOWN
    problem: str = ""
    events: tuple[str, ...] = ()
    changed: bool = False


def apply(line: PaymentLine, said: Said, now: datetime, *, other_lives: bool) -> Effect:
    """Change *line* by what is *said*. ``other_lives``: another line pays the same claim now, so
    that this one cannot come back to life."""
    wrong = said.amount_fen is not None and said.amount_fen != line.amount_fen
    if wrong:
        return Effect(ReceiptEntry.QUEUED, ReceiptEntry.AMOUNT)
    if line.state == PaymentLine.CANCELLED:
        return _of_cancelled(said)
    if said.what == ReceiptEntry.ACCEPTED:
        return _accepted(line, now)
    if said.what == ReceiptEntry.REJECTED:
        return _rejected(line, said, now)
    if said.what == ReceiptEntry.BOOKED:
        return _booked(line, said, other_lives)
    return _returned(line, said, other_lives)


def _of_cancelled(said: Said) -> Effect:
    """Nobody should have had the file: money that moved is a person's matter."""
    if said.what == ReceiptEntry.REJECTED:
        return Effect()
    return Effect(ReceiptEntry.QUEUED, ReceiptEntry.CONTRADICTION)


def _accepted(line: PaymentLine, now: datetime) -> Effect:
    effect = Effect()
    if line.accepted_at is None:
        line.accepted_at = now
        effect = Effect(ReceiptEntry.APPLIED, changed=True)
    _reach(line, PaymentLine.SENT)
    return effect


def _rejected(line: PaymentLine, said: Said, now: datetime) -> Effect:
    if line.rejected_at is not None:
        return Effect()
    line.rejected_at = now
    if line.state in (PaymentLine.BOOKED, PaymentLine.RETURNED):
        return Effect(ReceiptEntry.QUEUED, ReceiptEntry.CONTRADICTION, changed=True)
    line.state = PaymentLine.REJECTED
    _why(line, said)
    return Effect(ReceiptEntry.APPLIED, events=(REJECTED,), changed=True)


def _booked(line: PaymentLine, said: Said, other_lives: bool) -> Effect:
    dated = _earliest(line, said.on)
    if line.state in (PaymentLine.BOOKED, PaymentLine.RETURNED):
        return Effect(changed=dated)
    if line.state == PaymentLine.REJECTED:
        if other_lives:
            line.booked_on = None
            return Effect(ReceiptEntry.QUEUED, ReceiptEntry.DOUBLE)
        _reach(line, PaymentLine.BOOKED)
        return Effect(
            ReceiptEntry.QUEUED, ReceiptEntry.CONTRADICTION, events=(BOOKED,), changed=True
        )
    _reach(line, PaymentLine.BOOKED)
    return Effect(ReceiptEntry.APPLIED, events=(BOOKED,), changed=True)


def _returned(line: PaymentLine, said: Said, other_lives: bool) -> Effect:
    """Money that came back had left: without an earlier word of it both are posted now."""
    before = line.state
    if before == PaymentLine.REJECTED and other_lives:
        # What left was never posted, for the claim was paid by the other; so this is not either.
        return Effect(ReceiptEntry.QUEUED, ReceiptEntry.DOUBLE)
    if before == PaymentLine.RETURNED:
        earlier = said.on is not None and line.returned_on is not None
        if earlier and said.on < line.returned_on:  # type: ignore[operator]
            line.returned_on = said.on
            return Effect(changed=True)
        return Effect()
    _reach(line, PaymentLine.RETURNED)
    line.returned_on = said.on
    _why(line, said)
    events = (RETURNED,) if before == PaymentLine.BOOKED else (BOOKED, RETURNED)
    if line.rejected_at is not None and before == PaymentLine.REJECTED:
        return Effect(ReceiptEntry.QUEUED, ReceiptEntry.CONTRADICTION, events, changed=True)
    return Effect(ReceiptEntry.APPLIED, events=events, changed=True)


def _reach(line: PaymentLine, state: str) -> None:
    if _RANK[line.state] < _RANK[state]:
        line.state = state


def _earliest(line: PaymentLine, on: date | None) -> bool:
    if on is None or (line.booked_on is not None and line.booked_on <= on):
        return False
    line.booked_on = on
    return True


def _why(line: PaymentLine, said: Said) -> None:
    line.reason_code, line.reason = said.reason_code, said.reason[:200]
