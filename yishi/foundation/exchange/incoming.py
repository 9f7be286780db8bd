"""What partners say about cases: each message once, in the partner's own order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.policy import sees
from yishi.foundation.cases.state import CaseState
from yishi.foundation.exchange.models import Incoming, Partner
from yishi.foundation.exchange.register import CHANNEL


@dataclass(frozen=True, slots=True)
class Notice:
    """A status message: the partner's own id, its number within the case from 1, and its kind."""

    id: str
    seq: int
    kind: str
    body_hash: bytes


class NoticeConflict(Exception):
    """An id or number that was used before (``conflict``), or one out of turn (``order``).

    ``expected`` is the number that comes next.
    """

    def __init__(self, code: str, message: str, expected: int, number: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.expected = expected
        self.number = number


@dataclass(frozen=True, slots=True)
class Taken:
    """What was answered, and whether it had been answered before."""

    answer: dict[str, Any]
    replayed: bool


#: Makes the move that a notice means, for the actor it is made as; returns what is answered.
Apply = Callable[[Actor, CaseState], dict[str, Any]]


def their_number(partner: Partner, case: CaseState) -> str | None:
    """The partner's own number of a case that it sent."""
    senders = case.data.get("senders", ())
    return next((n for channel, n in senders if channel == CHANNEL + partner.key), None)


def acting(partner: Partner, actor: Actor, case: CaseState) -> Actor:
    """*actor* as it may act on *case*: on one that the partner sent, as its reporter too."""
    if their_number(partner, case) is None:
        return actor
    return replace(actor, own_cases=frozenset({case.id}))


def case_of(partner: Partner, actor: Actor, number: str, *, lock: bool = False) -> CaseState:
    """The case *number* if the partner handles it or sent it (1 statement).

    Raises:
        CaseNotFound: otherwise.
    """
    states = load_states(number=number, lock=lock)
    if not states or not sees(acting(partner, actor, states[0]), states[0]):
        raise CaseNotFound(number)
    return states[0]


def receive(
    partner: Partner, actor: Actor, number: str, notice: Notice, apply: Apply, now: datetime
) -> Taken:
    """Take a status message about the case *number*: make its move and keep the answer, or answer
    as before. What is refused is not kept, and its number stays free.

    Raises:
        CaseNotFound: when the partner neither handles nor sent such a case.
        NoticeConflict: for a known id with another body, a taken number, or one out of turn.
        yishi.foundation.cases.draft.MoveRefused: when the move is not possible.
        yishi.foundation.revisions.errors.FieldError: for wrong content.
    """
    try:
        with transaction.atomic():
            return _receive(partner, actor, number, notice, apply, now)
    except IntegrityError as error:
        if "incoming_once" not in str(error):
            raise
        message = "这个消息编号刚刚用于另一案卷"
        raise NoticeConflict("conflict", message, 1, number) from error


def _receive(
    partner: Partner, actor: Actor, number: str, notice: Notice, apply: Apply, now: datetime
) -> Taken:
    case = case_of(partner, actor, number, lock=True)
    rows = Incoming.objects.filter(
        Q(case_id=case.id) | Q(message_id=notice.id), partner_id=partner.pk
    )
    known = list(rows.only("case_id", "message_id", "seq", "body_hash", "answer"))
    expected = 1 + max((row.seq for row in known if row.case_id == case.id), default=0)
    same = next((row for row in known if row.message_id == notice.id), None)
    if same is not None:
        if same.case_id == case.id and bytes(same.body_hash) == notice.body_hash:
            return Taken(same.answer, replayed=True)
        message = "这个消息编号已用于另一份内容不同的消息"
        raise NoticeConflict("conflict", message, expected, number)
    if notice.seq != expected:
        raise NoticeConflict("order", f"应先收到第{expected}号消息", expected, number)
    answer = apply(acting(partner, actor, case), case)
    Incoming.objects.create(
        partner=partner,
        case_id=case.id,
        message_id=notice.id,
        seq=notice.seq,
        kind=notice.kind,
        body_hash=notice.body_hash,
        answer=answer,
        at=now,
    )
    return Taken(answer, replayed=False)
