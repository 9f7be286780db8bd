"""What the finance pages share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.models import User
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import role_only
from yishi.foundation.ui.parts import Tab
from yishi.systems.direct_benefits.payments.models import PaymentLine, PaymentOrder, ReceiptEntry
from yishi.systems.direct_benefits.payments.roles import FINANCE
from yishi.systems.direct_benefits.payments.sending import SentFile

View = Callable[..., HttpResponseBase]
PAGE = 50
finance_only = role_only(*FINANCE, refusal=_("资金页面由财政制单、复核人员查看。"))
TONES = {
    PaymentOrder.DRAFT: "warn",
    PaymentOrder.CHECKED: "active",
    PaymentOrder.SENT: "active",
    PaymentOrder.SETTLED: "good",
    PaymentOrder.CANCELLED: "neutral",
    PaymentLine.WAITING: "neutral",
    PaymentLine.BOOKED: "good",
    PaymentLine.RETURNED: "warn",
    PaymentLine.REJECTED: "bad",
    ReceiptEntry.ACCEPTED: "active",
    ReceiptEntry.APPLIED: "good",
    ReceiptEntry.KNOWN: "neutral",
    ReceiptEntry.QUEUED: "warn",
    ReceiptEntry.RESOLVED: "neutral",
    "new": "warn",
    "held": "bad",
    "verified": "good",
    "closed": "neutral",
}


class Plain(forms.Form):
    """Errors are said by the page, not by the browser."""

    use_required_attribute = False


class ReasonForm(Plain):
    """Why something is done."""

    reason = forms.CharField(
        label=_("原因"),
        max_length=150,
        error_messages={"required": _("请写明原因"), "max_length": _("最多150字")},
    )


def yuan(fen: int | None) -> str:
    """``1234567`` → ``12,345.67``."""
    if fen is None:
        return ""
    sign, fen = ("−", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"


def handled(view: View) -> View:
    """A service's refusal outside a form becomes a page that says it (409)."""

    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except FieldError as error:
            raise PageError(409, error.message, back=request.path) from error
        except PermissionDenied as error:
            raise PermissionDenied(gettext("这一步由另一个岗位办理。")) from error

    return entered


def put_error(form: forms.Form, error: FieldError) -> None:
    """Show a service's error at its field, or above the form."""
    form.add_error(error.field if error.field in form.fields else None, error.message)


def download(file: SentFile) -> HttpResponse:
    """The file as an attachment that nobody caches."""
    response = HttpResponse(file.content, content_type=file.media_type)
    response["Content-Disposition"] = content_disposition_header(True, file.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def simulating() -> bool:
    """Whether the made-up bank may answer here: in the demo only."""
    return bool(settings.DEMO)


@dataclass(frozen=True, slots=True)
class Paged:
    """A page of rows and the way to the next."""

    rows: list[Any]
    following: str


def page_of(rows: Any, request: HttpRequest) -> Paged:
    """Rows by number (``from``): the lists of finance are looked through from the newest."""
    said = request.GET.get("from", "")
    start = int(said) if said.isascii() and said.isdecimal() and len(said) < 7 else 0
    found: Sequence[Any] = list(rows[start : start + PAGE + 1])
    query = request.GET.copy()
    query["from"] = str(start + PAGE)
    following = f"{request.path}?{query.urlencode()}" if len(found) > PAGE else ""
    return Paged(list(found[:PAGE]), following)


def tabs(
    request: HttpRequest, name: str, key: str, choices: Sequence[tuple[str, str | Promise]]
) -> tuple[str, list[Tab]]:
    """The choice in force and its tabs; the first is for all."""
    given = request.GET.get(key, "")
    chosen = given if given in dict(choices) else choices[0][0]
    address = reverse(name)
    return chosen, [
        Tab(str(label), f"{address}?{key}={value}" if value else address, None, value == chosen)
        for value, label in choices
    ]


def people(refs: Sequence[str]) -> dict[str, str]:
    """Names of officers by their references (1 statement); other references stay."""
    ids = {ref: int(ref[5:]) for ref in refs if ref.startswith("user:") and ref[5:].isdecimal()}
    names = dict(User.objects.filter(pk__in=ids.values()).values_list("pk", "display_name"))
    found = {ref: names.get(pk, ref) for ref, pk in ids.items()}
    found |= {"system": gettext("系统"), "bank": gettext("银行回单"), "": ""}
    return found
