"""The papers of a project as PDF, for officers."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.http import require_safe

from yishi.foundation.ui.documents import pdf_answer, verify_address
from yishi.foundation.ui.officer import actor_of, officers_only
from yishi.systems.construction import papers
from yishi.systems.construction.context import City, city
from yishi.systems.construction.pages.common import project_of, registers_of
from yishi.systems.construction.pages.orders import result_file
from yishi.systems.construction.services.reading import Project


def opinion_answer(
    request: HttpRequest, found: Project, round_id: uuid.UUID, registers: City, ref: str
) -> HttpResponse:
    """The document of a concluded round. Raises Http404."""
    one = next((one for one in found.rounds if one.pk == round_id), None)
    if one is None or one.concluded_at is None:
        raise Http404
    with override("zh-hans"):
        issued = papers.opinion_paper(
            found, one, registers, ref, timezone.now(), verify_address(request),
            demo=bool(settings.DEMO),
        )  # fmt: skip
    return pdf_answer(issued.pdf, f"{found.case.number}-opinion-{one.number}")


def survey_answer(
    request: HttpRequest, found: Project, order: str, registers: City, ref: str
) -> HttpResponse:
    """The book of a delivered order. Raises Http404."""
    row = next((one for one in found.orders if one.number == order), None)
    if row is None or row.delivered_at is None:
        raise Http404
    with override("zh-hans"):
        issued = papers.survey_paper(
            found, row, registers, ref, timezone.now(), verify_address(request),
            demo=bool(settings.DEMO),
        )  # fmt: skip
    return pdf_answer(issued.pdf, row.number)


def timeline_answer(
    request: HttpRequest, found: Project, registers: City, ref: str
) -> HttpResponse:
    """The whole course on paper."""
    with override("zh-hans"):
        issued = papers.timeline_paper(
            found, registers, ref, timezone.now(), verify_address(request),
            demo=bool(settings.DEMO),
        )  # fmt: skip
    return pdf_answer(issued.pdf, f"{found.case.number}-timeline")


@officers_only
@require_safe
def opinion(request: HttpRequest, number: str, round_id: uuid.UUID) -> HttpResponse:
    """联合验收意见书 or 单位工程提前验收意见书."""
    found = project_of(request, number)
    return opinion_answer(request, found, round_id, registers_of(request), actor_of(request).ref)


@officers_only
@require_safe
def survey(request: HttpRequest, number: str, order: str) -> HttpResponse:
    """多测合一成果书."""
    found = project_of(request, number)
    return survey_answer(request, found, order, registers_of(request), actor_of(request).ref)


@officers_only
@require_safe
def survey_file(request: HttpRequest, number: str, result: int) -> HttpResponseBase:
    """The file of one survey result."""
    return result_file(project_of(request, number), result)


@officers_only
@require_safe
def timeline(request: HttpRequest, number: str) -> HttpResponse:
    """全流程时间轴."""
    found = project_of(request, number)
    return timeline_answer(request, found, registers_of(request), actor_of(request).ref)


@officers_only
@require_safe
def card(request: HttpRequest, number: str, card: int) -> HttpResponse:
    """督办单."""
    found = project_of(request, number)
    row = next((one for one in found.cards if one.pk == card), None)
    if row is None:
        raise Http404
    with override("zh-hans"):
        issued = papers.card_paper(
            found, row, city(), actor_of(request).ref, timezone.now(), verify_address(request),
            demo=bool(settings.DEMO),
        )  # fmt: skip
    return pdf_answer(issued.pdf, f"{number}-card-{row.pk}")
