"""导出 Excel: the page that asks what for, and the answer that is the file.

A view builds an :class:`Offer` from the same filters as its page and answers with
:func:`export_page`; the page links there with :func:`export_url`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from yishi.foundation.parties.masking import mask_numbers
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables.columns import Part
from yishi.foundation.tables.exporting import MEDIA_TYPE, MOST_ROWS, LimitReached, export, left
from yishi.foundation.tables.workbook import TooManyRows
from yishi.foundation.ui.context import city_names
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, render_desk

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class ExportForm(forms.Form):
    """What the file is for; it is printed in the file and logged."""

    purpose = forms.CharField(
        label=_("用途"),
        help_text=_("例如：周例会通报。用途、导出人、时间和编号会印在文件里，并记入导出记录。"),
        max_length=100,
        error_messages={"required": _("请写明用途"), "max_length": _("用途最多100字")},
    )
    use_required_attribute = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be exported: ``count`` rows at most ``MOST_ROWS`` + 1, narrowed by ``filters``
    (label, text), asked for in the language of page and file; ``parts`` builds the rows once the
    purpose is stated; ``back`` is the list."""

    key: str
    title: StrOrPromise
    parts: Callable[[], Sequence[Part]]
    count: int
    filters: Callable[[], Sequence[tuple[str, str]]]
    back: str


def export_url(request: HttpRequest, name: str, *args: object) -> str:
    """The address *name* with the filters of the page that is shown."""
    query = request.GET.copy()
    query.pop("after", None)
    url = reverse(name, args=args)
    return f"{url}?{query.urlencode()}" if query else url


def counted(rows: object) -> int:
    """How many rows a query has, counted no further than one file may hold (1 statement)."""
    count: int = rows[: MOST_ROWS + 1].count()  # type: ignore[index]
    return count


def described(form: forms.Form) -> list[tuple[str, str]]:
    """The filled-in filters of a bound *form* as (label, text), personal numbers masked."""
    form.is_valid()
    found = []
    for bound in form:
        value = form.cleaned_data.get(bound.name)
        if value in (None, "", False):
            continue
        text = gettext("是") if value is True else str(value)
        choices = getattr(bound.field, "choices", ())
        text = str(_labels(choices).get(text, text))
        found.append((str(bound.label), mask_numbers(text)))
    return found


def _labels(choices: object) -> dict[str, object]:
    found: dict[str, object] = {}
    for value, label in choices:  # type: ignore[attr-defined]
        if isinstance(label, list | tuple):
            found |= {str(inner): name for inner, name in label}
        else:
            found[str(value)] = label
    return found


def export_page(request: HttpRequest, offer: Offer) -> HttpResponseBase:
    """GET asks for the purpose, POST answers with the file (the same address, same filters).

    Raises PageError: 409 beyond the rows of one file or of the day.
    """
    form = ExportForm(request.POST if request.method == "POST" else None)
    if offer.count > MOST_ROWS:
        text = gettext("这份列表超过 %(most)d 行，一次导不出。请先缩小筛选范围。")
        raise PageError(409, text % {"most": MOST_ROWS}, back=offer.back)
    if request.method == "POST" and form.is_valid():
        try:
            return _file(request, offer, form.cleaned_data["purpose"])
        except FieldError as error:
            form.add_error("purpose", error.message)
    remaining = left(actor_of(request), timezone.now())
    context = {
        "title": gettext("导出 Excel"),
        "form": form,
        "offer": offer,
        "filters": offer.filters(),
        "left": remaining,
        "enough": remaining.files > 0 and remaining.rows >= offer.count,
    }
    return render_desk(request, "ui/export.html", context, status=422 if form.errors else 200)


def _file(request: HttpRequest, offer: Offer, purpose: str) -> HttpResponse | FileResponse:
    actor, now = actor_of(request), timezone.now()
    if left(actor, now).rows < offer.count:
        raise PageError(
            409, gettext("超过今天还能导出的行数，请明天再导或缩小范围。"), back=offer.back
        )
    with override("zh-hans"):
        filters = offer.filters()
    try:
        made = export(
            actor,
            offer.parts(),
            key=offer.key,
            title=str(offer.title),
            purpose=purpose,
            filters=filters,
            now=now,
            city=city_names(Path(settings.CITY_DIR))[0],
            demo=bool(settings.DEMO),
        )
    except LimitReached as error:
        raise PageError(409, str(error), back=offer.back) from error
    except TooManyRows as error:
        text = gettext("导出时列表增长到超过一份文件的行数，请缩小筛选范围。")
        raise PageError(409, text, back=offer.back) from error
    name = f"{offer.title}-{made.export.number}.xlsx"
    headers = {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "Cache-Control": "private, no-store",
        "Content-Length": str(made.size),
    }
    return FileResponse(made.file, content_type=MEDIA_TYPE, headers=headers)
