"""What everybody may know of cases: type, area, state, unit and times. Nothing a reporter wrote.

Cases of types that are not public, cases in secrecy and those that were not filed because they
touch secrets or privacy do not exist here. A program reads the words of its own reports, with the
personal numbers in them masked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import cos, radians
from typing import Any

import orjson
from django.db.models import F, FloatField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Power
from django.db.models.lookups import LessThanOrEqual

from yishi.foundation.cases.models import Case, Clock, Trace
from yishi.foundation.parties.masking import mask_numbers
from yishi.foundation.places.snapshot import Register
from yishi.foundation.ui.open311 import Published, Query, Update
from yishi.systems.city_events.catalogue import EventType
from yishi.systems.city_events.lifecycle import MOVES, REJECT_REASONS, STAGES, STATES, SYSTEM
from yishi.systems.city_events.looking import METRES_PER_DEGREE
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.notices import CITY_TIME
from yishi.systems.city_events.open311.offered import code_of
from yishi.systems.city_events.portal.tracking_page import BY_THE_UNIT
from yishi.systems.city_events.tracking_view import TOLD

CHANNEL = "open311"
#: Not filed because it touches secrets or privacy (``REJECT_REASONS``).
PRIVATE = "4"
_REFUSED = ("rejected", "excluded")
_REASON = "only type, area, state, unit and times of public cases are shown"
#: Some ten metres: enough to find the place, too coarse to name a door.
_DECIMALS = 4
_TIMELY = {"on_time": "按时", "late": "超时"}


def owner_prefix(ref: str) -> str:
    """How the keys begin under which a program's reports are stored."""
    return f"{ref}:"


def is_public(state: Any, types: Iterable[str]) -> bool:
    """Whether a loaded case is published; the same rule as :func:`_public`."""
    hidden = state.outcome in _REFUSED and state.data.get("reason_code") == PRIVATE
    return (
        state.system == SYSTEM and not state.secret and not hidden and state.type_key in set(types)
    )


def _public(types: Iterable[str], path: str = "") -> Q:
    return Q(
        **{
            f"{path}system": SYSTEM,
            f"{path}secret": False,
            f"{path}type_key__in": sorted(types),
        }
    ) & ~Q(**{f"{path}outcome__in": _REFUSED, f"{path}data__reason_code": PRIVATE})


def requests(query: Query, types: Mapping[str, EventType], register: Register) -> list[Published]:
    """The published cases that *query* asks for, newest first (1 statement, 2 for a program)."""
    steps = Trace.objects.unscoped(_REASON).filter(case=OuterRef("pk"), move__in=TOLD)
    clocks = Clock.objects.unscoped(_REASON).filter(case=OuterRef("pk"), kind="handling")
    rows = (
        _asked(query, types)
        .select_related("unit")
        .annotate(
            updated=Subquery(steps.order_by("-seq").values("at")[:1]),
            expected=Subquery(clocks.order_by("-id").values("due_at")[:1]),
        )
        .order_by("-id")[query.offset : query.offset + query.limit]
    )
    cases = list(rows)
    words = _own_words(query.own, [case.pk for case in cases]) if query.own else {}
    names = {kind.key: kind.name for kind in types.values()}
    return [_published(case, names[case.type_key], register, words) for case in cases]


def _asked(query: Query, types: Mapping[str, EventType]) -> QuerySet[Any]:
    keys = [
        kind.key for code, kind in types.items() if not query.services or code in query.services
    ]
    rows: QuerySet[Any] = Case.objects.unscoped(_REASON).filter(_public(keys))
    if query.numbers:
        return rows.filter(number__in=query.numbers)
    if query.since is not None:
        day = query.since.astimezone(CITY_TIME).date()
        rows = rows.filter(received_at__gte=query.since, received_on__gte=day)
    if query.until is not None:
        day = query.until.astimezone(CITY_TIME).date()
        rows = rows.filter(received_at__lte=query.until, received_on__lte=day)
    if query.updated_since is not None or query.updated_until is not None:
        rows = rows.filter(pk__in=_updated(query))
    if query.updated_until is not None:
        later = Trace.objects.unscoped(_REASON).filter(move__in=TOLD, at__gt=query.updated_until)
        rows = rows.exclude(pk__in=later.values("case_id"))
    if query.closed is not None:
        rows = rows.filter(closed_at__isnull=not query.closed)
    return rows.filter(_around(*query.near)) if query.near is not None else rows


def _updated(query: Query) -> QuerySet[Any]:
    steps = Trace.objects.unscoped(_REASON).filter(move__in=TOLD)
    if query.updated_since is not None:
        steps = steps.filter(at__gte=query.updated_since)
    if query.updated_until is not None:
        steps = steps.filter(at__lte=query.updated_until)
    found: QuerySet[Any] = steps.values("case_id")
    return found


def _around(lon: float, lat: float, metres: float) -> Q:
    """Within *metres* of a position, on a plane: exact to a part in a thousand for some km."""
    high = metres / METRES_PER_DEGREE
    narrow = max(cos(radians(lat)), 0.01)
    number = FloatField()
    far = Power((F("lat") - Value(lat, number)) * METRES_PER_DEGREE, 2) + Power(
        (F("lon") - Value(lon, number)) * METRES_PER_DEGREE * narrow, 2
    )
    box = Q(
        lat__range=(lat - high, lat + high),
        lon__range=(lon - high / narrow, lon + high / narrow),
    )
    return box & Q(LessThanOrEqual(far, Value(metres * metres, number)))


def _own_words(own: str, ids: Sequence[int]) -> dict[int, str]:
    """What the program itself reported of each case (1 statement)."""
    rows = Report.objects.unscoped("a program reads its own reports").filter(
        case_id__in=ids, channel=CHANNEL, external_id__startswith=owner_prefix(own)
    )
    found: dict[int, str] = {}
    for case_id, text in rows.order_by("id").values_list("case_id", "text"):
        found.setdefault(case_id, mask_numbers(text))
    return found


def _published(case: Any, name: str, register: Register, words: Mapping[int, str]) -> Published:
    area = register.label(case.managed_path)
    return Published(
        number=case.number,
        closed=case.closed_at is not None,
        notes=_notes(case),
        service_code=code_of(case.type_key),
        service_name=name,
        words=words.get(case.pk, f"{name} · {area}"),
        agency=case.unit.name if case.unit else "",
        requested_at=case.received_at,
        updated_at=case.updated or case.received_at,
        expected_at=case.expected,
        address=area,
        lon=None if case.lon is None else round(case.lon, _DECIMALS),
        lat=None if case.lat is None else round(case.lat, _DECIMALS),
        more={
            "state": STATES[case.state].label,
            "stage": STAGES[case.stage],
            "managed_path": case.managed_path,
            "limit": case.data.get("limit", ""),
            "timeliness": _TIMELY.get(case.timeliness, ""),
        },
    )


def _notes(case: Any) -> str:
    if case.outcome == "withdrawn":
        return "上报人已撤回"
    label = STATES[case.state].label
    if case.outcome == "rejected":
        reason = dict(REJECT_REASONS).get(case.data.get("reason_code", ""), "")
        return f"{label}：{reason}" if reason else label
    return label


def updates(query: Query, types: Mapping[str, EventType], register: Register) -> list[Update]:
    """The steps of published cases that reporters are told about, oldest first (1 statement)."""
    keys = [kind.key for kind in types.values()]
    rows: QuerySet[Any] = Trace.objects.unscoped(_REASON)
    rows = rows.filter(_public(keys, "case__"), move__in=TOLD)
    if query.since is not None:
        rows = rows.filter(at__gte=query.since)
    if query.until is not None:
        rows = rows.filter(at__lte=query.until)
    if query.numbers:
        rows = rows.filter(case__number__in=query.numbers)
    steps = rows.order_by("at", "id").values_list("case__number", "seq", "at", "move", "body")
    found = []
    for number, seq, at, move, body in steps[query.offset : query.offset + query.limit]:
        content = orjson.loads(bytes(body))
        unit = register.unit_name(content.get("unit")) if move in BY_THE_UNIT else ""
        words = f"{MOVES[move].label}：{unit}" if unit else MOVES[move].label
        closed = STATES[content["to"]].final
        found.append(Update(f"{number}-{seq}", number, closed, at, words))
    return found
