"""督办单: a case put under supervision, on paper. Plain data in, a numbered PDF out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from yishi.foundation.papers.issuing import Issued, issue

SUPERVISION_ORDER = "supervision_order"


@dataclass(frozen=True, slots=True)
class SupervisionOrder:
    """What ``supervision_order.typ`` prints: texts as shown, personal numbers already masked.

    ``unit`` is whom it is addressed to, ``number`` the case's number, ``overdue`` says by how much
    the deadline had passed when it was ordered, ``answer`` stays empty until there is one.
    """

    city: str
    number: str
    subject: str
    unit: str
    level: str
    reason: str
    demand: str
    answer_by: str
    ordered_at: str
    supervisor: str = ""
    basis: str = ""
    type: str = ""
    place: str = ""
    words: str = ""
    state: str = ""
    due_at: str = ""
    overdue: str = ""
    answer: str = ""
    demo: bool = False


def supervision_order(
    order: SupervisionOrder,
    *,
    about: tuple[str, object],
    actor_ref: str,
    now: datetime,
    verify_url: Callable[[str], str],
) -> Issued:
    """Issue *order*; *about* names the row it belongs to. Raises as `papers.issuing.issue`."""
    return issue(
        SUPERVISION_ORDER,
        "city_events/supervision_order",
        asdict(order),
        about=about,
        actor_ref=actor_ref,
        now=now,
        verify_url=verify_url,
    )
