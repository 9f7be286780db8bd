"""A draft rehearsed on last year: who would have come out otherwise than by the version in force.

Both are evaluated on the same snapshot with the parameters of the same day, so that only the rules
differ. Nothing is written but the figures that are kept with the draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from yishi.foundation.facts.models import Snapshot
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.engine.previewing import Preview, preview
from yishi.foundation.rulebook.outcome import Truth
from yishi.systems.direct_benefits.models import Payout
from yishi.systems.direct_benefits.policies import facts
from yishi.systems.direct_benefits.studio import population, seams, trying
from yishi.systems.direct_benefits.studio.models import ItemDraft
from yishi.systems.direct_benefits.studio.trying import Content, Tried

Ints = NDArray[np.int64]
MOST_LISTED = 30
_OUT = -1


@dataclass(frozen=True, slots=True)
class Ground:
    """What is rehearsed on: a snapshot, and the day whose parameters count."""

    snapshot: Snapshot
    day: date
    last_year: bool


def ground(now: datetime) -> Ground:
    """The newest snapshot of last year; where there is none yet, the oldest that there is, on the
    same day a year ago.

    Raises:
        FieldError: while there is no snapshot at all.
    """
    today = timezone.localtime(now).date()
    first = datetime.combine(today.replace(month=1, day=1), time(), timezone.get_current_timezone())
    found = (
        Snapshot.objects.filter(base=None, taken_at__lt=first).order_by("-taken_at", "-pk").first()
    )
    if found is not None:
        return Ground(found, timezone.localtime(found.taken_at).date(), True)
    oldest = Snapshot.objects.filter(base=None).order_by("taken_at", "pk").first()
    if oldest is None:
        raise FieldError("rehearsal", "还没有企业数据快照，无法预演", "required")
    # 29 February has no day a year ago: the last day of that month counts.
    day = today.replace(year=today.year - 1, day=min(today.day, 28 if today.month == 2 else 31))
    return Ground(oldest, day, False)


def rehearse(row: ItemDraft, now: datetime) -> dict[str, Any]:
    """What is kept with the draft: figures, and the first of each kind by name.

    Raises:
        FieldError: for a draft that cannot be evaluated yet, or without any snapshot.
    """
    on = ground(now)
    base = seams.version(row.base)
    after = _side(row.content, on)
    before = _side(seams.plain(base.content), on) if base is not None else None
    old = _amounts(before) if before else np.full(on.snapshot.rows, _OUT, np.int64)
    new = _amounts(after)
    joined, left = (old == _OUT) & (new != _OUT), (old != _OUT) & (new == _OUT)
    changed = (old != _OUT) & (new != _OUT) & (old != new)
    made: dict[str, Any] = {
        "at": now.isoformat(),
        "day": on.day.isoformat(),
        "last_year": on.last_year,
        "snapshot": on.snapshot.hash,
        "taken_at": on.snapshot.taken_at.isoformat(),
        "rows": on.snapshot.rows,
        "simulated": on.snapshot.simulated,
        "base": base.version if base is not None else None,
        "before": _sums(before) if before else None,
        "after": _sums(after),
        "same": int(((old != _OUT) & (old == new)).sum()),
    }
    made["joined"] = _kind(on, np.flatnonzero(joined), old, new, before)
    made["left"] = _kind(on, np.flatnonzero(left), old, new, after)
    made["changed"] = _kind(on, np.flatnonzero(changed), old, new, None)
    made["paid"] = _paid(row.key, on, new)
    return made


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared."""

    tried: Tried
    found: Preview
    refused: str


def _side(content: Content, on: Ground) -> Side:
    tried = trying.engine_item(content)
    params = facts.declared().params_on(on.day)
    columns = population.columns(on.snapshot, sorted(tried.names))
    found = preview(tried.item, columns, params, facts.moment(on.day), derived=tried.derived)
    return Side(tried, found, trying.without_value(tried, params, on.day))


def _amounts(side: Side) -> Ints:
    """Fen by row, ``_OUT`` for whoever does not get it."""
    made = np.full(side.found.match.rows, _OUT, np.int64)
    rows, fen = side.found.match.awards(side.tried.item.key)
    made[rows] = fen
    return made


def _sums(side: Side) -> dict[str, Any]:
    return {
        "true": side.found.true,
        "unknown": side.found.unknown,
        "fen": side.found.total_fen,
        "refused": side.refused,
    }


def _kind(on: Ground, rows: Ints, old: Ints, new: Ints, why: Side | None) -> dict[str, Any]:
    """How many, the difference in money, and the first by name with the reason of *why*."""
    paid = np.maximum(new[rows], 0) - np.maximum(old[rows], 0)
    shown = [int(one) for one in rows[:MOST_LISTED]]
    listed = population.named(on.snapshot, shown)
    firms = [
        {
            "code": code,
            "name": name,
            "before": int(old[n]) if old[n] != _OUT else None,
            "after": int(new[n]) if new[n] != _OUT else None,
            "why": _reason(why, n) if why is not None else "",
        }
        for n, (code, name) in zip(shown, listed, strict=True)
    ]
    return {"count": len(rows), "fen": sum(int(one) for one in paid), "firms": firms}


def _reason(side: Side, row: int) -> str:
    """The conditions of one side that a party does not meet, or that cannot be told."""
    labels = {c.key: c.label or c.fact.label for _n, c in side.tried.item.rule.flat}
    found = side.found.match.why(side.tried.item.key, row)
    no = [labels.get(key, key) for key, truth in found if truth is Truth.FALSE]
    unknown = [labels.get(key, _("金额")) for key, truth in found if truth is Truth.UNKNOWN]
    return "、".join(no) if no else _("无法判定：") + "、".join(unknown) if unknown else ""


def _paid(key: str, on: Ground, new: Ints) -> dict[str, Any] | None:
    """Of the payouts of that year: who would not have been paid, and how much (2 statements)."""
    from yishi.systems.direct_benefits.pages.payout_rows import codes_of

    rows = Payout.objects.unscoped("figures of an item for who composes it; no party is shown")
    year = str(on.day.year)
    found = list(
        rows.filter(
            item_key=key, state__in=["paid", "done"], batch__period__startswith=year
        ).values_list("party_id", "paid_fen")[:100_000]
    )
    if not found:
        return None
    codes = codes_of(party for party, _fen in found)
    places = population.rows_of(on.snapshot, [codes.get(party, "") for party, _fen in found])
    out = [
        fen
        for (_party, fen), place in zip(found, places, strict=True)
        if place < 0 or new[place] == _OUT
    ]
    return {"count": len(found), "out": len(out), "fen": sum(out)}


def shown(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What was kept, with times as times."""
    made = dict(kept)
    made["at"] = datetime.fromisoformat(kept["at"])
    made["taken_at"] = datetime.fromisoformat(kept["taken_at"])
    made["day"] = date.fromisoformat(kept["day"])
    return made
