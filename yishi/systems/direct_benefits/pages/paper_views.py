"""The numbered papers of a batch and of a clawback as PDF, for officers."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.http import require_safe

from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.ui.documents import pdf_answer, verify_address
from yishi.foundation.ui.officer import actor_of, role_only
from yishi.systems.direct_benefits import papers
from yishi.systems.direct_benefits.models import Clawback
from yishi.systems.direct_benefits.pages import common
from yishi.systems.direct_benefits.pages.clawbacks import KEEPERS, clawback_of


@require_safe
@role_only(*common.WORKERS)
@common.answered
def notice(request: HttpRequest, number: str) -> HttpResponseBase:
    """公示 of a batch."""
    with override("zh-hans"):
        issued = papers.notice(actor_of(request), number, timezone.now(), verify_address(request))
    return pdf_answer(issued.pdf, f"{number}-notice")


@require_safe
@role_only(*KEEPERS)
@common.answered
def clawback(request: HttpRequest, number: str, paper: str) -> HttpResponseBase:
    """追回告知书 or 追回决定书."""
    actor, now = actor_of(request), timezone.now()
    found = clawback_of(actor, number)
    decided = found.state in (Clawback.DECIDED, Clawback.REPAID)
    make = {"notice": papers.claw_notice, "decision": papers.claw_decision}.get(paper)
    if make is None or (paper == "decision" and not decided):
        raise CaseNotFound(number)
    with override("zh-hans"):
        issued = make(actor, found.payout.case.number, now, verify_address(request))
    return pdf_answer(issued.pdf, f"{number}-{paper}")
