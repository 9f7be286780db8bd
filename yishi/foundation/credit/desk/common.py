"""What the pages of the credit file share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any

from django import forms
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache

from yishi.foundation.access.actors import Actor
from yishi.foundation.credit import subjects
from yishi.foundation.credit.book import CreditBook
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, officers_only

View = Callable[..., HttpResponseBase]
PAGE = 30
TONES = {
    "UNPUBLISHED": "neutral",
    "PUBLISHED": "active",
    "REPAIRED": "good",
    "ENDED": "neutral",
    "KEPT": "warn",
    "SHIELDED": "warn",
    "DELETED": "neutral",
    "REVOKED": "bad",
    "PASS": "good",
    "EXCLUDED": "bad",
    "UNKNOWN": "warn",
    "OPEN": "active",
    "SAME": "bad",
    "DIFFERENT": "good",
    "DISTINCT": "neutral",
    "UPHELD": "good",
    "REJECTED": "neutral",
    "WITHDRAWN": "neutral",
    "ok": "good",
    "down": "bad",
    "stale": "warn",
    "garbled": "bad",
    "never": "neutral",
    "slow": "bad",
    "empty": "bad",
}


def guarded(allowed: Callable[[Actor], bool]) -> Callable[[View], View]:
    """404 for officers whom *allowed* does not let in; never stored by caches."""

    def decorate(view: View) -> View:
        @wraps(view)
        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not allowed(actor_of(request)):
                raise Http404
            return view(request, *args, **kwargs)

        wrapped: View = never_cache(officers_only(entered))
        return wrapped

    return decorate


def put_error(form: forms.Form, error: FieldError) -> None:
    """Show a service's error at its field, or above the form."""
    form.add_error(error.field if error.field in form.fields else None, error.message)


def choices(named: Any, *, empty: str = "") -> list[tuple[str, str]]:
    """Choices of a select from what a book names by key."""
    found = [(key, str(one)) for key, one in named.items()]
    return [("", empty), *found] if empty else found


@dataclass(frozen=True, slots=True)
class Line:
    """A record as lists draw it."""

    record: CreditRecord
    name: str
    kind: str
    state: str
    tone: str


def line_of(record: CreditRecord, known: CreditBook) -> Line:
    """A record as a line."""
    return Line(
        record,
        subjects.shown_name(record),
        kind_label(record, known),
        str(record.get_state_display()),
        TONES[record.state],
    )


def kind_label(record: CreditRecord, known: CreditBook) -> str:
    """Kind, and of a listing the list."""
    listed = known.lists.get(record.list_key)
    kind = known.kinds.get(record.kind)
    return str(listed or kind or record.kind)


def page_of(rows: Any, before: str, order: Sequence[str] = ()) -> tuple[list[Any], str]:
    """(rows of a page, cursor of the next) by number of the page; a list that people look through
    for the newest is short."""
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 6 else 0
    found = list(rows[start : start + PAGE + 1])
    following = str(start + PAGE) if len(found) > PAGE else ""
    return found[:PAGE], following


def english() -> bool:
    """Whether the reader reads English."""
    return (get_language() or "").startswith("en")


def day(value: date | datetime | None) -> str:
    """A day as people write it."""
    return f"{value:%Y-%m-%d}" if value else gettext("无")
