"""What the officers' pages of direct benefits share: who may look, sums, states, wrong input."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext

from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.sight import BatchNotFound

#: Everybody who works on benefits; who answers for facts sees items, runs and what is unknown.
WORKERS = (s.POLICY, s.REVIEWER, s.OFFICER, s.MAKER, s.CHECKER)
DATA_OWNER = "data_owner"
READERS = (*WORKERS, DATA_OWNER)
#: Who may open the facts of any enterprise behind an answer.
LOOKERS = (s.POLICY, s.REVIEWER, s.OFFICER)
GET_AND_POST = ["GET", "HEAD", "POST"]
TONES = {
    "listed": "neutral",
    "confirmed": "active",
    "held": "warn",
    "noticed": "active",
    "suspended": "warn",
    "funds_asked": "active",
    "paying": "active",
    "returned": "bad",
    "paid": "good",
    "done": "good",
    "published": "good",
    "struck": "neutral",
    "declined": "neutral",
    "clawback_notice": "warn",
    "clawback_decided": "bad",
    "repaid": "good",
}
PAGE = 50


def yuan(fen: int | None) -> str:
    """Fen as yuan with two places and thousands apart; a dash where there is no sum."""
    if fen is None:
        return "—"
    sign, rest = ("-", -fen) if fen < 0 else ("", fen)
    return gettext("%(sum)s 元") % {"sum": f"{sign}{rest // 100:,}.{rest % 100:02d}"}


def short_yuan(fen: int | None) -> str:
    """A large sum as one reads it on a page: 533.21 万元."""
    if fen is None or abs(fen) < 100_000_000:
        return yuan(fen)
    return gettext("%(sum)s 万元") % {"sum": f"{fen / 1_000_000:,.2f}"}


def state_name(state: str) -> str:
    """A payout's state in words."""
    known = s.STATES.get(state)
    return gettext(known.label) if known else state


def batch_state_name(state: str) -> str:
    """A batch's state in words."""
    return gettext(s.BATCH_STATES.get(state, state))


def answered(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Turns what services refuse into pages: what is not there or not one's own is 404, what is
    wrong 400 naming the field, what somebody else did first 409."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (BatchNotFound, CaseNotFound) as error:
            raise Http404 from error
        except MoveRefused as error:
            raise PageError(409, error.message, back=request.path) from error
        except FieldError as error:
            status = 409 if error.code in ("state", "version", "open") else 400
            raise PageError(status, error.message, back=request.path) from error

    return entered


def whole(text: str | None, most: int = 2**31) -> int:
    """A number of an address or a form, 0 for anything else."""
    given = text or ""
    return (
        int(given)
        if given.isascii() and given.isdigit() and len(given) < 11 and int(given) < most
        else 0
    )


def ids(values: Iterable[str], most: int = 10_000) -> list[int]:
    """The numbers among ticked boxes. Raises FieldError for anything else."""
    found = []
    for value in values:
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            raise FieldError("payouts", "勾选的内容不是名单中的编号，请刷新后重选", "format")
        found.append(int(value))
    if len(found) > most:
        raise FieldError("payouts", f"一次最多 {most} 家", "too_long")
    return found
