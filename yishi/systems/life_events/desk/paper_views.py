"""The papers of a theme's case as PDF, for officers who read the form."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.http import require_safe

from yishi.foundation.ui.documents import pdf_answer, verify_address
from yishi.foundation.ui.officer import actor_of, officers_only
from yishi.systems.life_events import papers
from yishi.systems.life_events.desk.case_page import reads_all
from yishi.systems.life_events.desk.counter_views import case_of


@require_safe
@officers_only
def paper(request: HttpRequest, number: str, name: str) -> HttpResponseBase:
    """The applicant's paper: it names whom it is for, so only the window has it too."""
    case, actor = case_of(request, number), actor_of(request)
    if not reads_all(actor, case):
        raise Http404
    with override("zh-hans"):
        issued = papers.paper_of(
            case,
            name,
            actor.ref,
            timezone.now(),
            verify_address(request),
            demo=bool(settings.DEMO),
        )
    if issued is None:
        raise Http404
    return pdf_answer(issued.pdf, f"{number}-{name}")
