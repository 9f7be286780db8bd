"""The papers of an item as PDF, for officers and for applicants."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import override

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals import notices
from yishi.foundation.approvals.catalogue import book_of
from yishi.foundation.approvals.context import registers
from yishi.foundation.approvals.submitted import submitted_for
from yishi.foundation.cases.state import CaseState
from yishi.foundation.cases.steps import steps_by_case, steps_of
from yishi.foundation.papers.issuing import issue
from yishi.foundation.ui.documents import pdf_answer, verify_address


def notice_answer(request: HttpRequest, actor: Actor, case: CaseState, seq: int) -> HttpResponse:
    """The paper that step *seq* of a case made that *actor* sees. Raises Http404."""
    now = timezone.now()
    steps = steps_of(actor, case)
    found = next((one for one in notices.notices_of(steps) if one.seq == seq), None)
    if found is None:
        raise Http404
    book = book_of(case.catalogue_id)
    step = next(one for one in steps if one.seq == seq)
    item, places = book.items[case.type_key], registers().places
    telling = notices.Telling(case, item, book, places, step, steps)
    with override("zh-hans"):
        applicant = submitted_for(actor, case, book, now).applicant
        data = notices.notice_data(telling, found, applicant, demo=bool(settings.DEMO))
    issued = issue(
        found.kind,
        notices.TEMPLATE,
        data,
        about=("case", case.id),
        actor_ref=actor.ref,
        now=now,
        verify_url=verify_address(request),
    )
    return pdf_answer(issued.pdf, f"{case.number}-{seq}")


def papers_by_case(actor: Actor, cases: list[CaseState]) -> dict[int, list[notices.Notice]]:
    """The papers of items that *actor* sees, by the case's id (1 statement)."""
    return {
        case_id: notices.notices_of(steps) for case_id, steps in steps_by_case(actor, cases).items()
    }
