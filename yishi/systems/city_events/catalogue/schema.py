"""The form of a catalogue file: which fields there are and what they may hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

from yishi.foundation.calendars.limits import Limit, LimitError, Unit, parse_limit
from yishi.foundation.cases.catalogue_errors import Problem
from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located
from yishi.systems.city_events.assessment.measures import CALL_BACK_RATES, RATES
from yishi.systems.city_events.catalogue.types import (
    KINDS,
    LEVELS,
    EventType,
    Group,
    Indicator,
    Kind,
    Merge,
    Scenario,
    Season,
    Standard,
    Target,
)

FORMAT = "1"
#: Rates that a scenario may set itself a goal for.
GOALS = {name: str(name) for name in (*RATES, *CALL_BACK_RATES)}
_TWO_DIGITS = re.compile(r"[0-9]{2}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_STANDARD_CODE = re.compile(r"[0-9A-Za-z]{1,8}")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_DAYS = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def read_seasons(node: Located, file: str, problems: list[Problem]) -> tuple[Season, ...]:
    """The file ``seasons.yaml``: parts of the year in which a limit runs."""
    fields = Fields(node, file, problems)
    _format(fields)
    seasons: list[Season] = []
    for item in fields.items("seasons"):
        one = Fields(item, file, problems)
        name = one.text("name", most=20)
        start, end = _month_day(one, "from"), _month_day(one, "to")
        basis = one.text("basis")
        one.done()
        if name in {season.name for season in seasons}:
            one.fault("name", f"“{name}”重复")
        seasons.append(Season(name, start, end, basis))
    fields.done()
    return tuple(seasons)


def _month_day(fields: Fields, field: str) -> tuple[int, int]:
    text = fields.text(field, pattern=_MONTH_DAY)
    if not text:
        return (1, 1)
    month, day = int(text[:2]), int(text[3:])
    # 29 February would be a day that most years lack.
    if day > _DAYS[month] or (month, day) == (2, 29):
        fields.fault(field, f"没有这一天：“{text}”")
        return (1, 1)
    return month, day


def _format(fields: Fields) -> None:
    if fields.text("format", most=4) not in ("", FORMAT):
        fields.fault("format", f"只能读取格式 {FORMAT}")


def read_group(
    node: Located, file: str, seasons: Sequence[Season], problems: list[Problem]
) -> tuple[Group, dict[str, int]]:
    """One file: a main class with its types, and the line of each type by key."""
    fields = Fields(node, file, problems)
    _format(fields)
    group = Group(
        kind=cast(Kind, fields.choice("kind", KINDS)),
        main=fields.text("main", pattern=_TWO_DIGITS),
        main_name=fields.text("main_name", most=20),
        slug=fields.text("slug", pattern=_SLUG),
        notice=fields.text("notice", required=False, most=500),
        illustrative=fields.flag("illustrative", True),
        types=(),
        scenario=_read_scenario(fields.nested("scenario")),
    )
    types: list[EventType] = []
    lines: dict[str, int] = {}
    for item in fields.items("types"):
        one = Fields(item, file, problems)
        found = _read_type(one, group, seasons)
        if found.key in lines:
            one.fault("small", f"编号 {found.key} 重复，已见于第 {lines[found.key]} 行")
        lines.setdefault(found.key, item.line)
        types.append(found)
    fields.done()
    return replace(group, types=tuple(types)), lines


def _read_scenario(fields: Fields | None) -> Scenario | None:
    if fields is None:
        return None
    indicators, kpis = [], []
    section = fields.text("section", required=False, most=12)
    purpose = fields.text("purpose", most=200)
    for item in fields.items("indicators"):
        one = Fields(item, fields.file, fields.problems)
        indicators.append(
            Indicator(
                one.text("name", most=40), one.text("source", most=60), one.text("alert", most=100)
            )
        )
        one.done()
    sources = fields.texts("sources", least=1)
    plan = fields.texts("plan", least=3, length=150)
    for item in fields.items("kpis"):
        one = Fields(item, fields.file, fields.problems)
        name, rate = one.text("name", most=40), one.choice("rate", GOALS)
        goal = one.number("goal", 0, 100)
        if goal is None:
            one.fault("goal", "缺少目标值")
        kpis.append(Target(name, rate, goal or 0))
        one.done()
    fields.done()
    return Scenario(purpose, tuple(indicators), sources, plan, tuple(kpis), section)


def _read_type(one: Fields, group: Group, seasons: Sequence[Season]) -> EventType:
    basis = one.text("basis")
    found = EventType(
        kind=group.kind,
        main=group.main,
        main_name=group.main_name,
        small=one.text("small", pattern=_TWO_DIGITS),
        name=one.text("name", most=30),
        summary=one.text("summary"),
        function=one.text("function", pattern=_CODE),
        level=one.choice("level", LEVELS),
        supervision=one.text("supervision", required=False, pattern=_CODE) or "operations",
        public=one.flag("public"),
        auto=one.flag("auto"),
        confidence=one.share("confidence"),
        hazard=one.flag("hazard", False),
        merge=_read_merge(one.nested("merge")),
        keywords=one.texts("keywords", least=1, most=12, length=20),
        aliases=one.texts("aliases"),
        distinct_from=one.texts("distinct_from"),
        standards=_read_standards(one, seasons, basis, group.illustrative),
        basis=basis,
        examples=one.texts("examples", most=40, length=200),
        handling=one.text("handling", required=False, most=200),
        settles=one.flag("settles", False),
        raised_to=one.choice("raised_to", LEVELS, required=False),
        whistle=one.texts("whistle", most=8),
    )
    levels = list(LEVELS)
    below = found.raised_to and found.level in levels
    if below and levels.index(found.raised_to) <= levels.index(found.level):
        one.fault("raised_to", "上报的层级应高于办理层级")
    one.done()
    return found


def _read_merge(fields: Fields | None) -> Merge | None:
    """``{metres, hours}`` or ``{object: true, minutes}``."""
    if fields is None:
        return None
    metres = fields.number("metres", 1, 5000)
    by_object = fields.flag("object", False)
    hours, minutes = fields.number("hours", 1, 2400), fields.number("minutes", 1, 1440)
    fields.done()
    if (metres is None) != by_object:
        fields.fault("", "合并规则应写 metres 或 object: true 之一")
    if (hours is None) == (minutes is None):
        fields.fault("", "合并规则应写 hours 或 minutes 之一")
    window = timedelta(minutes=minutes) if minutes is not None else timedelta(hours=hours or 1)
    return Merge(window, None if by_object else metres)


def _read_standards(
    one: Fields, seasons: Sequence[Season], basis: str, illustrative: bool
) -> tuple[Standard, ...]:
    standards: list[Standard] = []
    for item in one.items("standards"):
        fields = Fields(item, one.file, one.problems)
        found = _read_standard(fields, seasons, basis, illustrative)
        if found is None:
            continue
        for other in standards:
            if other.code == found.code:
                fields.fault("code", f"标准编号“{found.code}”重复")
            if other.filing == found.filing:
                fields.fault("filing", "立案条件与同类其他标准相同")
        standards.append(found)
    return tuple(standards)


def _read_standard(
    fields: Fields, seasons: Sequence[Season], basis: str, illustrative: bool
) -> Standard | None:
    code = fields.text("code", pattern=_STANDARD_CODE)
    filing = fields.text("filing")
    wording = fields.text("limit", most=60)
    closing = fields.text("closing")
    own_basis = fields.text("basis", required=False)
    urgent = fields.flag("urgent", False)
    shown = fields.flag("illustrative", illustrative)
    signs = fields.texts("signs", most=12, length=20)
    collection = fields.text("collection", required=False)
    statutory, statutory_basis = _read_statutory(fields)
    fields.done()
    season = next((known for known in seasons if wording.startswith(known.name)), None)
    limit = wording.removeprefix(season.name) if season else wording
    if not limit:
        if season:
            fields.fault("limit", f"“{wording}”缺少时限")
        return None
    try:
        parsed = parse_limit(limit, "events")
    except LimitError as error:
        fields.fault("limit", error.message)
        return None
    if statutory is not None and nominal_hours(statutory) < nominal_hours(parsed):
        fields.fault("statutory", f"承诺时限“{wording}”超过法定时限“{statutory.text}”")
    return Standard(
        code=code,
        filing=filing,
        wording=wording,
        limit=limit,
        parsed=parsed,
        closing=closing,
        basis=own_basis or basis,
        urgent=urgent,
        illustrative=shown,
        season=season,
        signs=signs,
        collection=collection,
        statutory=statutory,
        statutory_basis=statutory_basis,
    )


def _read_statutory(fields: Fields) -> tuple[Limit | None, str]:
    wording = fields.text("statutory", required=False, most=60)
    basis = fields.text("statutory_basis", required=bool(wording))
    if not wording:
        return None, ""
    try:
        return parse_limit(wording, "events"), basis
    except LimitError as error:
        fields.fault("statutory", error.message)
        return None, ""


#: How many hours pass while a limit runs, holidays aside: five working days are a week.
_HOURS = {
    Unit.MINUTE: 1 / 60,
    Unit.EMERGENCY_HOUR: 1.0,
    Unit.EMERGENCY_DAY: 24.0,
    Unit.WORKING_HOUR: 24 * 7 / 5 / 8,
    Unit.WORKING_DAY_FROM_MINUTE: 24 * 7 / 5,
    Unit.WORKING_DAY: 24 * 7 / 5,
    Unit.NATURAL_DAY: 24.0,
    Unit.CALENDAR_DAY: 24.0,
    Unit.MONTH: 24 * 30.0,
}


def nominal_hours(limit: Limit) -> float:
    """About how long a limit lasts, in hours, for comparing limits of different units."""
    return limit.amount * _HOURS[limit.unit]
