"""日报、周报、月报: what the page and the paper of a period say, from figures as counted last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import Count as SqlCount
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from yishi.foundation.access.actors import Reach
from yishi.foundation.cases.scope import visible
from yishi.systems.city_events.assessment.bulletin_parts import Better, Bulletin, Line
from yishi.systems.city_events.assessment.measures import CALL_BACK_RATES, RATES
from yishi.systems.city_events.assessment.pages import (
    Asked,
    Number,
    name_of_unit,
    number,
    share,
)
from yishi.systems.city_events.assessment.passes import MOST as KEPT_SPOTS
from yishi.systems.city_events.assessment.reading import Count
from yishi.systems.city_events.assessment.results import Stored, read
from yishi.systems.city_events.hotline import calls
from yishi.systems.city_events.hotline.models import RepeatCall
from yishi.systems.city_events.hotline.parameters import ParameterMissing, Parameters
from yishi.systems.city_events.models import Card
from yishi.systems.city_events.states import LEVELS, SYSTEM
from yishi.systems.city_events.supervision_ledger import counted_by

HEAD = ("received", "filed", "dispatched", "handled", "due", "closed", "on_time")
AREA_RATES = ("filing_rate", "closing_rate", "on_time_rate")
#: Rates of which less is better.
FEWER = frozenset(
    {
        *("rework_rate", "extension_rate", "error_rate", "missed_rate"),
        *("repeat_rate", "frequent_rate"),
    }
)
#: Rows of a ranking or a list of hot spots; a rate that moved less (points) is not called better.
MOST, MOVED = 10, Decimal("0.5")
#: A unit is ranked from so many due cases: one case of one would be the best of all.
ENOUGH = 3


def bulletin(question: Asked) -> Bulletin:
    """The period's bulletin (10 statements)."""
    span = question.span
    periods = [span.period, span.period.before]
    whole = read(span, "", periods)
    question = question.answered(whole)
    now, before = whole.row(0), whole.row(1)
    areas = read(span, question.below, periods)
    cards = _cards(question)
    return Bulletin(
        question=question,
        head=[
            Line(one.label, one, before.numbers.get(name, 0))
            for name in HEAD
            for one in [number(question, now, name)]
        ],
        rates=[(share(question, now, name), _moved(now, before, name)) for name in RATES],
        three=[share(question, now, name) for name in CALL_BACK_RATES],
        tickets=[number(question, now, name) for name in ("tickets", "excluded")],
        weighted=_weighted(question, now),
        hours=now.hours,
        areas=_areas(question, areas),
        units=_units(question, read(span, "unit")),
        places=_spots(question, read(span, "place", periods), "area", question.register.label),
        types=_spots(question, read(span, "type", periods), "type", _type_names(question)),
        scenarios=_spots(
            question,
            read(span, "scenario", periods),
            "type",
            _scenario_names(question),
            limited=False,
        ),
        cards=_card_levels(question, cards),
        card_units=_card_units(question, cards),
        better=_better(question, whole, areas),
        quality=_quality(question),
        repeats=_repeats(question),
    )


def _moved(now: Count, before: Count, name: str) -> Decimal | None:
    """By how many points a rate changed; ``None`` where one of the two has no data."""
    found, earlier = now.rate(name), before.rate(name)
    return None if found is None or earlier is None else found - earlier


def _areas(question: Asked, stored: Stored) -> list[Line]:
    """Areas right below, ranked by what they closed in time; those with nothing due come last."""
    rows = {key: one for (place, key), one in stored.rows.items() if not place}
    found = [
        Line(
            label=_area_name(question, path),
            number=number(question, one, "due", area=path),
            share=share(question, one, "on_time_rate", area=path),
            received=number(question, one, "received", area=path),
            satisfaction=share(question, one, "satisfaction", area=path),
            shares=[share(question, one, name, area=path) for name in AREA_RATES],
            hours=one.hours,
        )
        for path, one in sorted(rows.items())
    ]
    return _ranked(found, 1)


def _units(question: Asked, stored: Stored) -> list[Line]:
    """The best and the last units among those with enough due cases: a city has a thousand, and
    only what is shown is put into words."""
    rows = [
        (int(key), one, one.rate("on_time_rate"))
        for (_place, key), one in stored.rows.items()
        if key != "0" and one.numbers.get("due", 0) >= ENOUGH
    ]
    rows.sort(key=lambda row: (-(row[2] or Decimal(0)), -row[1].numbers["due"], row[0]))
    places = _places([rate for _unit, _one, rate in rows])
    shown = rows if len(rows) <= 2 * MOST else [*rows[:MOST], *rows[-MOST:]]
    return [
        Line(
            label=name_of_unit(question.register, unit),
            number=number(question, one, "due", unit=unit),
            share=share(question, one, "on_time_rate", unit=unit),
            rank=None if rate is None else places[rate],
        )
        for unit, one, rate in shown
    ]


def _places(rates: Iterable[Decimal | None]) -> dict[Decimal, int]:
    """The place of each rate; equal ones share it."""
    places: dict[Decimal, int] = {}
    known = (rate for rate in rates if rate is not None)
    for place, rate in enumerate(sorted(known, reverse=True), 1):
        places.setdefault(rate, place)
    return places


def _ranked(lines: Iterable[Line], enough: int) -> list[Line]:
    """*lines* by share, then by the more work; equal shares share a place."""
    rows = list(lines)
    shares = {
        id(row): row.share.value if row.share and row.number.value >= enough else None
        for row in rows
    }
    places = _places(shares.values())
    rows.sort(
        key=lambda row: (
            shares[id(row)] is None,
            -(shares[id(row)] or Decimal(0)),
            -row.number.value,
        )
    )
    return [
        replace(row, rank=None if mine is None else places[mine])
        for row in rows
        for mine in [shares[id(row)]]
    ]


def _spots(
    question: Asked, stored: Stored, narrowed: str, name: Any, *, limited: bool = True
) -> list[Line]:
    """Where or of what most was reported, with the period before."""
    rows = [(key, one) for (place, key), one in stored.rows.items() if not place and key]
    rows.sort(key=lambda row: (-row[1].numbers.get("received", 0), row[0]))
    return [
        Line(
            label=str(name(key) or key),
            number=number(question, one, "received", **{narrowed: key}),
            before=_before(stored, key, limited),
        )
        for key, one in rows[:MOST]
        if one.numbers.get("received", 0)
    ]


def _before(stored: Stored, key: str, limited: bool) -> int | None:
    """What was received in the period before. Of types and places only the first are kept: of one
    that is not among them, nothing is known when there are as many as are kept."""
    if limited and (1, key) not in stored.rows:
        kept = sum(place == 1 for place, _key in stored.rows)
        return None if kept >= KEPT_SPOTS else 0
    return stored.row(1, key).numbers.get("received", 0)


def _area_name(question: Asked, path: str) -> str:
    """The last step of a path; cases that are placed no deeper than the whole have no area."""
    if not path or path == question.span.area or "/" not in path:
        return gettext("未定位到下级")
    return question.register.path_names(path)[-1]


def _type_names(question: Asked) -> Any:
    _version, catalogue = question.registers.catalogue(timezone.now())
    known = catalogue.by_key
    return lambda key: known[key].name if key in known else key


def _scenario_names(question: Asked) -> Any:
    _version, catalogue = question.registers.catalogue(timezone.now())
    names = {f"{group.kind}/{group.main}": group.main_name for group in catalogue.groups}
    return lambda key: names.get(key, key)


# --- What improved ------------------------------------------------------------------------------


def _better(question: Asked, whole: Stored, areas: Stored) -> list[Better]:
    """Rates of the whole that improved, and the areas whose rate of closing in time did most."""
    found = []
    for name in (*RATES, *CALL_BACK_RATES):
        one = _gain(question, whole.row(0), whole.row(1), name, "")
        found += [one] if one else []
    below = []
    for (place, key), row in areas.rows.items():
        if not place:
            earlier = areas.row(1, key)
            gain = _gain(question, row, earlier, "on_time_rate", _area_name(question, key), key)
            below += [gain] if gain else []
    found.sort(key=lambda one: -one.points)
    below.sort(key=lambda one: -one.points)
    return [*found[:MOST], *below[: MOST // 2]]


def _gain(
    question: Asked, now: Count, before: Count, name: str, label: str, area: str = ""
) -> Better | None:
    found, earlier = now.rate(name), before.rate(name)
    if found is None or earlier is None:
        return None
    gain = earlier - found if name in FEWER else found - earlier
    if gain < MOVED:
        return None
    more = {"area": area} if area else {}
    one = share(question, now, name, **more)
    return Better(one.label, label, earlier, found, one.part.url)


# --- Cards, calls, weights ----------------------------------------------------------------------


def cards_of(question: Asked) -> Any:
    """The cards given in the period where the question reaches, on cases that its actor sees; not
    read yet."""
    return _cards_of(question).filter(visible(question.span.actor, "case"))


def _cards_of(question: Asked) -> Any:
    """Those cards by where their cases were placed then, without a look at the cases: a large city
    gives tens of thousands a month."""
    span = question.span
    rows = Card.objects.unscoped("narrowed in the same line").filter(counted_by(span.actor))
    rows = rows.filter(at__gte=span.period.start, at__lt=span.end)
    if span.area:
        under = Q(managed_path__startswith=span.area + "/")
        rows = rows.filter(Q(managed_path=span.area) | under)
    return rows if span.unit is None else rows.filter(unit_id=span.unit)


def _cards(question: Asked) -> list[tuple[int, int, int]]:
    """(unit, level, how many) of the period's cards (1 statement)."""
    rows = _cards_of(question).order_by().values_list("unit_id", "level")
    return list(rows.annotate(n=SqlCount("id")))


def _card_levels(question: Asked, rows: Sequence[tuple[int, int, int]]) -> list[Number]:
    return [
        Number(
            sum(n for _unit, level, n in rows if level == wanted),
            question.url("assessment-cards", level=wanted),
            gettext(label),
        )
        for wanted, label in LEVELS.items()
    ]


def _card_units(question: Asked, rows: Sequence[tuple[int, int, int]]) -> list[Line]:
    totals: dict[int, int] = {}
    for unit, _level, n in rows:
        totals[unit] = totals.get(unit, 0) + n
    most = sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))[: MOST // 2]
    return [
        Line(
            name_of_unit(question.register, unit),
            Number(n, question.url("assessment-cards", unit=unit)),
        )
        for unit, n in most
    ]


def _weighted(question: Asked, whole: Count) -> Decimal | None:
    parameters = Parameters(
        question.registers.rulebook, question.span.period.start, question.register.root
    )
    try:
        weights = [
            parameters.decimal(f"weight_{name}") for name in ("response", "solved", "satisfied")
        ]
    except ParameterMissing:
        return None
    return whole.three.weighted(*weights)


def _quality(question: Asked) -> calls.Quality | None:
    """The calls of the days, for those who see the whole city."""
    root = question.register.managed_path(question.register.root)
    if not any(grant.scope == root for grant in question.span.actor.with_reach(Reach.SCOPE)):
        return None
    period = question.span.period
    seconds = question.registers.rulebook.value("call_seconds", period.start, default=15)
    until = min(period.end, timezone.now())
    return calls.in_window(until, int(seconds), until - period.start)


def _repeats(question: Asked) -> int:
    """Repeated calls that were only told how the case stands (1 statement)."""
    span = question.span
    rows = RepeatCall.objects.visible_to(span.actor).filter(
        at__gte=span.period.start, at__lt=span.period.end, case__system=SYSTEM
    )
    rows = _in_area(rows, span.area)
    if span.unit is not None:
        own = Q(case__unit_id=span.unit)
        rows = rows.filter(own | Q(case__unit=None, case__data__handled_unit=span.unit))
    return int(rows.count())


def _in_area(rows: Any, area: str) -> Any:
    """*rows*, which hang on cases, of those below *area*."""
    if not area:
        return rows
    return rows.filter(Q(case__managed_path=area) | Q(case__managed_path__startswith=area + "/"))


def place_of(question: Asked) -> str:
    """Whose bulletin it is: a unit, an area, or all that the officer sees."""
    span, register = question.span, question.register
    if span.unit is not None:
        return name_of_unit(register, span.unit)
    if span.area:
        return register.label(span.area) or register.node(register.root).name
    wide = span.actor.with_reach(Reach.SCOPE)
    names = [register.label(g.scope) or register.node(register.root).name for g in wide]
    return "、".join(dict.fromkeys(names)) or gettext("本单位")
