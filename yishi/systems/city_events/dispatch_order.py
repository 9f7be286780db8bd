"""The data of the dispatch order (派遣单) that ``documents/dispatch_order.typ`` prints."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import CasePaper, Trace
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers import pdf, storage
from yishi.foundation.parties.masking import mask_numbers
from yishi.systems.city_events import privacy
from yishi.systems.city_events.context import City
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.notices import CITY_TIME

DISPATCH_ORDER = "dispatch_order"
MOST_PHOTOS = 4


def _time(moment: datetime | str | None) -> str:
    if not moment:
        return ""
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{found.astimezone(CITY_TIME):%Y-%m-%d %H:%M}"


def order_data(
    actor: Actor, case: CaseState, registers: City, *, address: str, demo: bool
) -> dict[str, Any]:
    """Values by the names that the template reads (2 statements). Numbers in the reporters' words
    are masked as on the case's page; the reporter is never named. *address* goes into the code."""
    register = registers.register
    kind = registers.for_case(case).catalogue.by_key.get(case.type_key)
    standard = kind.standard(case.data.get("standard") or "") if kind else None
    clock = case.last_clock("handling")
    words = words_of(actor, case)
    dispatch = _last_dispatch(actor, case)
    return {
        "city": register.node(register.root).name,
        "demo": demo,
        "number": case.number,
        "qr_svg": pdf.qr_svg(address),
        "type": kind.name if kind else "",
        "type_code": f"{kind.main}-{kind.small}" if kind else "",
        "filing_condition": standard.filing if standard else "",
        "closing_condition": standard.closing if standard else "",
        "filed_at": _time(case.data.get("filed_at")),
        "channel": _channel(case),
        "division": register.label(case.managed_path),
        "cell": case.data.get("cell") or "",
        "place": case.data.get("where") or "",
        "description": words,
        "unit": register.unit(case.unit_id).name if case.unit_id else "",
        "unit_reason": "；".join(str(line) for line in case.data.get("dispatch_reason") or ()),
        "operator": dispatch[0],
        "note": dispatch[1],
        "dispatched_at": _time(case.data.get("dispatched_at")),
        "limit": clock.limit_text if clock else "",
        "due_at": _time(clock.due_at) if clock else "",
        "due_reason": _due_reason(clock.started_at, clock.limit_text) if clock else "",
        "provisional": bool(clock and clock.provisional),
    }


def _channel(case: CaseState) -> str:
    from yishi.systems.city_events.case_page import channel_label

    return channel_label(str(case.data.get("channel") or ""))


def _due_reason(start: datetime, limit: str) -> str:
    return f"自 {_time(start)} 起计{limit}，最后一刻办结仍为按时"


def words_of(actor: Actor, case: CaseState) -> str:
    """What the first reporter wrote, numbers masked unless *actor* sees them (1 statement)."""
    rows = Report.objects.visible_to(actor).filter(case_id=case.id)
    report = rows.order_by("received_at", "id").first()
    return privacy.words_of(actor, case, report) if report is not None else ""


def _last_dispatch(actor: Actor, case: CaseState) -> tuple[str, str]:
    """Who dispatched the case last, with the note."""
    import orjson

    rows = Trace.objects.visible_to(actor).filter(case_id=case.id, move="dispatch")
    row = rows.order_by("-seq").first()
    if row is None:
        return "", ""
    by = "系统（按规则自动派遣）" if row.actor_ref == "system" else ""
    return by or str(orjson.loads(bytes(row.body)).get("by") or ""), mask_numbers(row.note)


def order_photos(actor: Actor, case: CaseState) -> list[Path]:
    """The first photos of the report (1 statement)."""
    rows = CasePaper.objects.visible_to(actor).filter(
        case_id=case.id, step="before", attachment__kind="photo"
    )
    names = rows.order_by("id").values_list("attachment__stored_as", flat=True)[:MOST_PHOTOS]
    return [storage.path_of(name) for name in names]
