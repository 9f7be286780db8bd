"""``routing.yaml`` of a city's folder: read strictly, every fault with its line; written again.

format: 1
document: 发文依据
illustrative: true
rows:
  - {key, from, to, area, type | scenario, hours: "22:00-06:00", days: workday | restday,
     season: "05-01~10-15", urgent, channels: [...], objects: [编号前缀],
     function + level | unit, reason, source}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem
from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located, from_plain, read_yaml
from yishi.systems.city_events.catalogue.types import LEVELS, Season
from yishi.systems.city_events.routing.table import CHANNELS, DAYS, PARTNERS, Row, Table

FILE = "routing.yaml"
#: The name under which versions of the table are kept.
SYSTEM = "city_events.routing"
FORMAT = "1"
MOST_ROWS = 2000
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")
_AREA = re.compile(r"[0-9A-Z]+(/[0-9A-Z]+)*")
_TYPE = re.compile(r"(component|event)/[0-9]{2}/[0-9]{2,3}")
_SCENARIO = re.compile(r"(component|event)/[0-9]{2}")
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")
_SEASON = re.compile(r"([01][0-9])-([0-3][0-9])~([01][0-9])-([0-3][0-9])")


def read_routing(data: bytes, file: str = FILE) -> Table:
    """The table that the bytes of a file describe.

    Raises:
        CatalogueError: with every fault and its line.
    """
    return _table(read_yaml(data, file), file)


def from_content(content: Mapping[str, Any]) -> Table:
    """The table of a stored version. Raises CatalogueError."""
    return _table(from_plain(dict(content)), "content")


def parse_folder(folder: Path) -> dict[str, Any]:
    """Canonical content of the folder's table; without a file the table is empty."""
    path = folder / FILE
    if not path.is_file():
        return to_content(Table())
    return to_content(read_routing(path.read_bytes()))


def dump_folder(content: Mapping[str, Any], folder: Path) -> None:
    """Write *content* as a file; reading it gives the same content."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(written(content), encoding="utf-8", newline="\n")


def written(content: Mapping[str, Any]) -> str:
    """*content* as the text of a file."""
    return yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, width=1_000)


def to_content(table: Table) -> dict[str, Any]:
    """Canonical content: the same table always gives the same content."""
    return {
        "format": int(FORMAT),
        "document": table.document,
        "illustrative": table.illustrative,
        "rows": [row_content(row) for row in table.rows],
    }


def row_content(row: Row) -> dict[str, Any]:
    """A row as it stands in files; what it does not say is left out."""
    content: dict[str, Any] = {
        "key": row.key,
        "from": row.start.isoformat(),
        "to": row.end.isoformat() if row.end else "",
        "area": row.area,
        "type": row.type_key,
        "scenario": row.scenario,
        "hours": hours_text(row.hours),
        "days": row.days,
        "season": season_text(row.season),
        "urgent": row.urgent,
        "channels": list(row.channels),
        "objects": list(row.objects),
        "function": row.function,
        "level": row.level,
        "unit": row.unit,
        "reason": row.reason,
        "source": row.source,
    }
    return {name: value for name, value in content.items() if value not in ("", None, [])}


def hours_text(hours: tuple[int, int] | None) -> str:
    """``22:00-06:00``, or nothing."""
    if hours is None:
        return ""
    return "-".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in hours)


def season_text(season: Season | None) -> str:
    """``05-01~10-15``, or nothing."""
    if season is None:
        return ""
    return "~".join(f"{month:02d}-{day:02d}" for month, day in (season.start, season.end))


def _table(tree: Located, file: str) -> Table:
    problems: list[Problem] = []
    root = Fields(tree, file, problems)
    if root.text("format", most=4) != FORMAT:
        root.fault("format", f"只能读取格式 {FORMAT}")
    document = root.text("document", required=False)
    illustrative = root.flag("illustrative", True)
    items = root.items("rows", required=False)
    root.done()
    if len(items) > MOST_ROWS:
        root.fault("rows", f"最多 {MOST_ROWS} 条")
    rows = [_row(item, file, problems) for item in items[:MOST_ROWS]]
    seen: dict[str, Row] = {}
    for row in rows:
        if row.key and seen.setdefault(row.key, row) is not row:
            problems.append(Problem(file, row.line, "key", f"规则编号“{row.key}”重复"))
    if problems:
        raise CatalogueError(problems)
    return Table(tuple(rows), document, illustrative)


def _row(item: Located, file: str, problems: list[Problem]) -> Row:
    fields = Fields(item, file, problems)
    start, end = _day(fields, "from", required=True), _day(fields, "to")
    if start and end and end < start:
        fields.fault("to", "失效日期早于生效日期，规则永远不会匹配")
    urgent = None
    if "urgent" in (item.value if isinstance(item.value, dict) else {}):
        urgent = fields.flag("urgent")
    row = Row(
        key=fields.text("key", most=40, pattern=_KEY),
        start=start or date.min,
        end=end,
        reason=fields.text("reason"),
        source=fields.text("source"),
        area=fields.text("area", required=False, most=120, pattern=_AREA),
        type_key=fields.text("type", required=False, most=40, pattern=_TYPE),
        scenario=fields.text("scenario", required=False, most=40, pattern=_SCENARIO),
        hours=_hours(fields),
        days=fields.choice("days", DAYS, required=False),
        season=_season(fields),
        urgent=urgent,
        channels=_channels(fields),
        objects=fields.texts("objects", length=64),
        function=fields.text("function", required=False, most=40),
        level=fields.choice("level", LEVELS, required=False),
        unit=fields.text("unit", required=False, most=60),
        line=item.line,
    )
    if row.type_key and row.scenario:
        fields.fault("scenario", "type 与 scenario 只能写一个")
    if bool(row.unit) == bool(row.function):
        fields.fault("function", "应写明 function 和 level，或者 unit，二者选一")
    if bool(row.function) != bool(row.level):
        fields.fault("level", "level 与 function 一同写明")
    fields.done()
    return row


def _day(fields: Fields, name: str, *, required: bool = False) -> date | None:
    text = fields.text(name, required=required, most=10)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fields.fault(name, f"应为日期，如 2026-01-01：“{text}”")
        return None


def _hours(fields: Fields) -> tuple[int, int] | None:
    text = fields.text("hours", required=False, most=20)
    if not text:
        return None
    found = _HOURS.fullmatch(text)
    if found is None:
        fields.fault("hours", f"应为时段，如 22:00-06:00：“{text}”")
        return None
    first, second, third, fourth = map(int, found.groups())
    begin, stop = first * 60 + second, third * 60 + fourth
    if stop > 24 * 60 or begin == stop:
        fields.fault("hours", f"时段为空或超过 24:00：“{text}”")
        return None
    return begin, stop


def _season(fields: Fields) -> Season | None:
    text = fields.text("season", required=False, most=20)
    if not text:
        return None
    found = _SEASON.fullmatch(text)
    try:
        numbers = [int(part) for part in found.groups()] if found else []
        start, end = (numbers[0], numbers[1]), (numbers[2], numbers[3])
        for month, day in (start, end):
            date(2000, month, day)  # a leap year: 02-29 is a day of seasons
    except (ValueError, IndexError):
        fields.fault("season", f"应为季节，如 05-01~10-15：“{text}”")
        return None
    return Season(text, start, end, "")


def _channels(fields: Fields) -> tuple[str, ...]:
    found = fields.texts("channels")
    for name in found:
        if name not in (*CHANNELS, PARTNERS):
            fields.fault("channels", f"没有渠道“{name}”，可用：{'、'.join((*CHANNELS, PARTNERS))}")
    return found
