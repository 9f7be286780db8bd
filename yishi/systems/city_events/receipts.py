"""上报回执 and 处置回执: what reporters get on paper. No names of persons, no offices' notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import CasePaper, Trace
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers import storage
from yishi.foundation.parties.masking import mask_numbers
from yishi.foundation.ui.timetext import moment_text
from yishi.systems.city_events.context import City
from yishi.systems.city_events.lifecycle import STATES

REPORT_RECEIPT, RESULT_RECEIPT = "report_receipt", "result_receipt"
MOST_PHOTOS = 12
#: States in which a result can be shown: it was done, verified and closed.
SETTLED = frozenset({"closed"})


def _moment(value: datetime | str | None) -> str:
    if not value:
        return ""
    return moment_text(datetime.fromisoformat(value) if isinstance(value, str) else value)


def _common(case: CaseState, registers: City) -> dict[str, Any]:
    register = registers.register
    clock = case.last_clock("handling")
    return {
        "city": register.node(register.root).name,
        "demo": bool(settings.DEMO),
        "number": case.number,
        "division": register.label(case.managed_path),
        "unit": register.unit(case.unit_id).name if case.unit_id else "",
        "received_at": moment_text(case.received_at),
        "due_at": moment_text(clock.due_at) if clock else "",
        "limit": gettext("时限%(limit)s") % {"limit": clock.limit_text} if clock else "",
    }


def report_receipt(
    case: CaseState,
    registers: City,
    *,
    subject: str,
    words: str,
    received_at: datetime,
    photos: int,
) -> dict[str, Any]:
    """The values of ``report_receipt.typ`` for one reporter's own report (no statement)."""
    reasons = [str(line).rstrip("。") for line in case.data.get("dispatch_reason") or ()]
    return _common(case, registers) | {
        "subject": subject,
        "words": mask_numbers(words),
        "received_at": moment_text(received_at),
        "photos": gettext("%(n)d 张") % {"n": photos} if photos else gettext("没有照片"),
        "state": gettext(STATES[case.state].label),
        "reasons": "；".join(reasons),
    }


def result_receipt(
    actor: Actor,
    case: CaseState,
    registers: City,
    *,
    subject: str,
    words: str,
    steps: Sequence[str],
) -> dict[str, Any]:
    """The values of ``result_receipt.typ`` (1 statement); *steps* are ``before`` or ``after`` for
    each photo in its order."""
    kind = registers.for_case(case).catalogue.by_key.get(case.type_key)
    standard = kind.standard(case.data.get("standard") or "") if kind else None
    done = _last(actor, case, ("finish", "report_verification"))
    names = {"before": gettext("处置前照片 %(n)d"), "after": gettext("处置后照片 %(n)d")}
    seen = {"before": 0, "after": 0}
    captions = []
    for step in steps:
        seen[step] += 1
        captions.append(names[step] % {"n": seen[step]})
    words_of = {"late": gettext("逾期"), "on_time": gettext("按时")}
    return _common(case, registers) | {
        "subject": subject,
        "words": mask_numbers(words),
        "dispatched_at": _moment(case.data.get("dispatched_at")),
        "finished_at": _moment(done.get("finish")),
        "timeliness": words_of.get(case.timeliness, ""),
        "closing": standard.closing if standard else "",
        "verified": _verified(done.get("report_verification")),
        "closed_at": _moment(case.closed_at),
        "invitation": gettext("如果问题没有解决，您可以在结案后15天内凭查询码要求重新办理。"),
        "steps": list(steps),
        "captions": captions,
        "no_photos": gettext("处置时没有拍照。"),
    }


def _verified(at: datetime | None) -> str:
    if at is None:
        return ""
    return gettext("%(at)s 由处置单位以外的人员核实，符合结案条件") % {"at": moment_text(at)}


def _last(actor: Actor, case: CaseState, moves: Sequence[str]) -> Mapping[str, datetime]:
    """When each of *moves* was made last (1 statement)."""
    rows = Trace.objects.visible_to(actor).filter(case_id=case.id, move__in=moves)
    return dict(rows.order_by("seq").values_list("move", "at"))


def result_photos(actor: Actor, case: CaseState) -> tuple[list[Path], list[str]]:
    """Photos before and after, as an officer hands them on, and their steps (1 statement)."""
    rows = CasePaper.objects.visible_to(actor).filter(
        case_id=case.id, step__in=("before", "after"), attachment__kind="photo"
    )
    found = list(rows.order_by("id").values_list("attachment__stored_as", "step"))
    chosen = [pair for pair in found if pair[1] == "before"][: MOST_PHOTOS // 2]
    chosen += [pair for pair in found if pair[1] == "after"][-MOST_PHOTOS // 2 :]
    return [storage.path_of(name) for name, _ in chosen], [step for _, step in chosen]
