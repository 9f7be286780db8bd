"""The form of a catalogue file: which fields there are, how they are read, how they are written.

Every fault is collected with its line, so that an editor sees all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from yishi.foundation.calendars.limits import LimitError, parse_limit
from yishi.foundation.cases.catalogue_errors import Problem
from yishi.systems.city_events.catalogue.located import Located
from yishi.systems.city_events.catalogue.types import (
    KINDS,
    LEVELS,
    EventType,
    Group,
    Kind,
    Merge,
    Season,
    Standard,
)

FORMAT = "1"
_TWO_DIGITS = re.compile(r"[0-9]{2}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_STANDARD_CODE = re.compile(r"[0-9A-Za-z]{1,8}")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_DAYS = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Fields:
    """The fields of one mapping. Asking for a field marks it known; the rest are faults."""

    def __init__(self, node: Located, file: str, problems: list[Problem]) -> None:
        self.file, self.problems, self.line = file, problems, node.line
        self._known: set[str] = set()
        self._map: Mapping[str, Located] = {}
        if isinstance(node.value, dict):
            self._map = node.value
        else:
            self.fault("", "应为字段列表（映射）")

    def fault(self, field: str, message: str, line: int | None = None) -> None:
        """Note a fault of *field*, at its own line if it has one."""
        node = self._map.get(field)
        at = line if line is not None else (node.line if node else self.line)
        self.problems.append(Problem(self.file, at, field, message))

    def _take(self, field: str, required: bool) -> Located | None:
        self._known.add(field)
        node = self._map.get(field)
        if node is None or node.value is None:
            if required:
                self.fault(field, "缺少必填字段")
            return None
        return node

    def text(
        self,
        field: str,
        *,
        required: bool = True,
        most: int = 300,
        pattern: re.Pattern[str] | None = None,
    ) -> str:
        """A text without outer blanks; "" when missing or faulty."""
        node = self._take(field, required)
        if node is None:
            return ""
        if not isinstance(node.value, str):
            self.fault(field, "应为文字")
            return ""
        text = node.value.strip()
        if required and not text:
            self.fault(field, "不能为空")
        elif len(text) > most:
            self.fault(field, f"超过 {most} 字")
        elif pattern is not None and text and not pattern.fullmatch(text):
            self.fault(field, f"格式不正确：“{text[:40]}”")
        else:
            return text
        return ""

    def flag(self, field: str, default: bool | None = None) -> bool:
        """``true`` or ``false`` and nothing else; required without a default."""
        node = self._take(field, default is None)
        if node is None:
            return bool(default)
        if node.value not in ("true", "false"):
            self.fault(field, "应为 true 或 false")
        return node.value == "true"

    def number(self, field: str, least: int, most: int) -> int | None:
        """An optional whole number between *least* and *most*."""
        node = self._take(field, False)
        if node is None:
            return None
        if isinstance(node.value, str) and re.fullmatch(r"[0-9]{1,7}", node.value):
            number = int(node.value)
            if least <= number <= most:
                return number
        self.fault(field, f"应为 {least} 至 {most} 的整数")
        return None

    def share(self, field: str) -> float | None:
        """An optional decimal fraction 0 < x <= 1."""
        text = self.text(field, required=False, most=8, pattern=re.compile(r"[01](\.[0-9]{1,4})?"))
        if not text:
            return None
        if not 0 < float(text) <= 1:
            self.fault(field, "应大于 0 且不超过 1")
            return None
        return float(text)

    def choice(self, field: str, allowed: Mapping[str, str]) -> str:
        """One of the codes in *allowed*."""
        text = self.text(field, most=40)
        if text and text not in allowed:
            self.fault(field, f"“{text}”不在可选值中：{'、'.join(allowed)}")
        return text

    def texts(
        self, field: str, *, least: int = 0, most: int = 20, length: int = 30
    ) -> tuple[str, ...]:
        """A list of distinct short texts."""
        node = self._take(field, least > 0)
        if node is None:
            return ()
        if not isinstance(node.value, list):
            self.fault(field, "应为列表")
            return ()
        found: list[str] = []
        for item in node.value:
            if not isinstance(item.value, str) or not item.value.strip():
                self.fault(field, "列表中应为非空文字", item.line)
            elif len(item.value) > length:
                self.fault(field, f"“{item.value[:20]}…”超过 {length} 字", item.line)
            elif item.value.strip() in found:
                self.fault(field, f"“{item.value.strip()}”重复", item.line)
            else:
                found.append(item.value.strip())
        if not least <= len(node.value) <= most:
            self.fault(field, f"应有 {least} 至 {most} 项")
        return tuple(found)

    def items(self, field: str, *, required: bool = True) -> Sequence[Located]:
        """A list of anything, each to be read by its own reader."""
        node = self._take(field, required)
        if node is None:
            return ()
        if not isinstance(node.value, list) or (required and not node.value):
            self.fault(field, "应为非空列表")
            return ()
        return node.value

    def nested(self, field: str) -> Fields | None:
        """An optional mapping."""
        node = self._take(field, False)
        return None if node is None else Fields(node, self.file, self.problems)

    def done(self) -> None:
        """Call the fields that nobody asked for unknown."""
        for field in self._map:
            if field not in self._known:
                self.fault(field, "未知字段")


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
    )
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
    )


def type_content(found: EventType, illustrative: bool) -> dict[str, Any]:
    """A type as it is stored and written: fields in reading order, defaults left out."""
    content: dict[str, Any] = {
        "small": found.small,
        "name": found.name,
        "summary": found.summary,
        "function": found.function,
        "level": found.level,
    }
    if found.supervision != "operations":
        content["supervision"] = found.supervision
    content |= {"public": found.public, "auto": found.auto}
    if found.confidence is not None:
        content["confidence"] = found.confidence
    if found.hazard:
        content["hazard"] = True
    if found.merge is not None:
        content["merge"] = _merge_content(found.merge)
    content["keywords"] = list(found.keywords)
    for name in ("aliases", "distinct_from"):
        if getattr(found, name):
            content[name] = list(getattr(found, name))
    content["basis"] = found.basis
    content["standards"] = [
        _standard_content(standard, found.basis, illustrative) for standard in found.standards
    ]
    return content


def _merge_content(merge: Merge) -> dict[str, Any]:
    where: dict[str, Any] = {"object": True} if merge.metres is None else {"metres": merge.metres}
    minutes = int(merge.window.total_seconds()) // 60
    whole_hours = minutes % 60 == 0
    return where | ({"hours": minutes // 60} if whole_hours else {"minutes": minutes})


def _standard_content(standard: Standard, basis: str, illustrative: bool) -> dict[str, Any]:
    content: dict[str, Any] = {
        "code": standard.code,
        "filing": standard.filing,
        "limit": standard.wording,
        "closing": standard.closing,
    }
    if standard.urgent:
        content["urgent"] = True
    if standard.illustrative != illustrative:
        content["illustrative"] = standard.illustrative
    if standard.signs:
        content["signs"] = list(standard.signs)
    if standard.basis != basis:
        content["basis"] = standard.basis
    if standard.collection:
        content["collection"] = standard.collection
    return content
