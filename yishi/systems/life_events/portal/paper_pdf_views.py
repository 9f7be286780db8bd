"""The papers of a case as PDF, for its applicant: of the whole, and of each item."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils.translation import override
from django.views.decorators.http import require_safe

from yishi.foundation.approvals.notice_pdf import notice_answer
from yishi.foundation.ui.documents import pdf_answer, verify_address
from yishi.systems.life_events import handling, papers
from yishi.systems.life_events.portal.matter import Matter, mine


@require_safe
@mine
def paper(matter: Matter, name: str) -> HttpResponse:
    """统一受理凭证, 一次性告知补正通知书, 不予受理通知书 or 办结清单."""
    with override("zh-hans"):
        issued = papers.paper_of(
            matter.case,
            name,
            matter.actor.ref,
            matter.now,
            verify_address(matter.request),
            demo=bool(settings.DEMO),
        )
    if issued is None:
        raise Http404
    return pdf_answer(issued.pdf, f"{matter.case.number}-{name}")


@require_safe
@mine
def item_paper(matter: Matter, item: str, seq: int) -> HttpResponse:
    """The paper that step *seq* of an item made, for instance its decision."""
    members = handling.members_of(matter.case.id)
    case = next((one for one in members if one.number == item), None)
    if case is None:
        raise Http404
    own = frozenset({matter.case.id, *(one.id for one in members)})
    return notice_answer(matter.request, replace(matter.actor, own_cases=own), case, seq)
