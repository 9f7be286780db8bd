"""What a reporter adds to a report whose case is still open: words and photos (补充情况).

It is one more report of the same case, which officers read with the others, tied to the one it adds
to. It has no contact of its own and is as secret as that one.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import QuerySet

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.systems.city_events.context import City
from yishi.systems.city_events.intake import Receipt, report
from yishi.systems.city_events.lifecycle.common import place_of
from yishi.systems.city_events.merging import merged_into
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.reports import ReportInput

CHANNEL = "portal"
_MARK = "supplement:"
#: How often one report may be added to: beyond that it is no longer the same matter.
MOST = 20


def supplement(
    actor: Actor,
    added_to: Report,
    note: str,
    photos: Sequence[uuid.UUID],
    key: uuid.UUID,
    now: datetime,
) -> Receipt:
    """Add *note* and the uploads *photos* of *actor* to the open case of *added_to*, once for
    each *key*.

    Raises:
        FieldError: for wrong words or photos; nothing is stored.
        MoveRefused: when the case is closed, or was added to often enough.
        yishi.systems.city_events.intake.IntakeConflict: for a used *key* with other content.
    """

    def opening(
        _case_id: int, data: ReportInput, _actor: Actor, registers: City, at: datetime
    ) -> Change:
        (case,) = load_states([added_to.case_id], lock=True)
        if case.closed_at is not None:
            text = "案件已办结，不能再补充；没有解决的，请要求重新办理，或另行上报"
            raise MoveRefused("state", text, case)
        if supplements_of(added_to).count() >= MOST:
            raise MoveRefused("guard", f"最多补充 {MOST} 次；新的情况请另行上报", case)
        where = str(case.data.get("where") or "")
        same = replace(data, type_key=case.type_key, place=place_of(case), where=where)
        return merged_into(case, same, actor, registers, at, added=True)

    raw = {
        "external_id": f"{_mark(added_to)}{key}",
        "description": note,
        "photos": [str(photo) for photo in photos],
        "secret": added_to.secret,
    }
    return report(actor, raw, CHANNEL, now, opening)


def _mark(added_to: Report) -> str:
    return f"{_MARK}{added_to.pk}:"


def supplements_of(added_to: Report) -> QuerySet[Report]:
    """What was added to a report, oldest first (1 statement)."""
    rows = Report.objects.unscoped("of a report that the caller may see")
    mine = rows.filter(channel=CHANNEL, external_id__startswith=_mark(added_to))
    return mine.filter(case_id=added_to.case_id).order_by("received_at", "id")


def was_added(added_to: Report, key: uuid.UUID, note: str) -> bool:
    """Whether these words were added under this key."""
    same = supplements_of(added_to).filter(external_id=f"{_mark(added_to)}{key}", text=note)
    return same.exists()


def is_supplement(row: Report) -> bool:
    """Whether a report adds to another one of the same case."""
    return row.channel == CHANNEL and row.external_id.startswith(_MARK)
