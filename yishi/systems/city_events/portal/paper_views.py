"""Receipts for whoever opened the report by its tracking code."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.http import require_safe

from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.papers import storage
from yishi.foundation.papers.issuing import issue
from yishi.foundation.ui.documents import pdf_answer, verify_address
from yishi.systems.city_events import receipts
from yishi.systems.city_events.context import city
from yishi.systems.city_events.portal.track_views import tracked
from yishi.systems.city_events.portal.tracking_page import own_photos, title
from yishi.systems.city_events.tracking_view import Progress


@require_safe
@tracked
def report_receipt(request: HttpRequest, progress: Progress) -> HttpResponse:
    """上报回执: the report as it was received."""
    registers = city()
    (state,) = load_states([progress.case.pk])
    photos = _own(progress, ("before",))
    with override("zh-hans"):
        data = receipts.report_receipt(
            state,
            registers,
            subject=title(progress, registers.register),
            words=progress.report.text,
            received_at=progress.report.received_at,
            photos=len(photos),
        )
    return _answer(request, progress, receipts.REPORT_RECEIPT, data, photos)


@require_safe
@tracked
def result_receipt(request: HttpRequest, progress: Progress) -> HttpResponse:
    """处置回执, once the case is closed."""
    if progress.case.state not in receipts.SETTLED:
        raise Http404
    registers = city()
    (state,) = load_states([progress.case.pk])
    photos = _own(progress, ("before", "after"))
    with override("zh-hans"):
        data = receipts.result_receipt(
            progress.actor,
            state,
            registers,
            subject=title(progress, registers.register),
            words=progress.report.text,
            steps=[step for _, step in photos],
        )
    return _answer(request, progress, receipts.RESULT_RECEIPT, data, photos)


def _own(progress: Progress, steps: tuple[str, ...]) -> list[tuple[str, str]]:
    """(stored name, step) of the photos that the reporter may see (2 statements)."""
    wanted = {key: step for key, step in own_photos(progress).items() if step in steps}
    rows = CasePaper.objects.visible_to(progress.actor).filter(
        case=progress.case, attachment_id__in=list(wanted)
    )
    found = rows.order_by("id").values_list("attachment__stored_as", "step")
    return [(name, step) for name, step in found][: receipts.MOST_PHOTOS]


def _answer(
    request: HttpRequest,
    progress: Progress,
    kind: str,
    data: dict[str, Any],
    photos: list[tuple[str, str]],
) -> HttpResponse:
    issued = issue(
        kind,
        f"city_events/{kind}",
        data,
        about=("report", progress.report.pk),
        actor_ref=progress.actor.ref,
        now=timezone.now(),
        verify_url=verify_address(request),
        photos=[storage.path_of(name) for name, _ in photos],
    )
    return pdf_answer(issued.pdf, f"{progress.case.number}-{kind.replace('_', '-')}")
