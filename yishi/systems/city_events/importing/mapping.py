"""Which column of a file is which field of a report."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from yishi.systems.city_events.importing.errors import ImportFileError
from yishi.systems.city_events.importing.reading import shown

#: The columns of an import file, with what they hold.
COLUMNS: Map[str, str] = {
    "external_id": "编号：同一渠道内唯一，必填；已导入的编号不会重复导入",
    "received_at": "接收时间：如 2026-03-01 08:30:00；留空或没有此列时为导入时间",
    "type": "事部件类别的键，如 event/01/10",
    "type_name": "事部件类别的名称或别名；没有 type 时使用，认不出的转人工",
    "standard": "立案标准的编号",
    "description": "问题描述，最多2000字；没有类别时必填",
    "lon": "经度（度）",
    "lat": "纬度（度）",
    "datum": "坐标系：EPSG:4490（默认）、EPSG:4326、GCJ-02、BD-09",
    "division": "区划代码，或全市唯一的区划名称",
    "landmark": "地标的编号，或地标名称（同名时由 division 区分）",
    "address": "地址文字，最多120字",
    "name": "上报人姓名",
    "phone": "上报人电话",
    "email": "上报人电子邮箱",
    "secret": "是否保密：1/0、true/false、是/否",
    "object_ref": "对象编号（电梯、路灯……）",
    "confidence": "识别置信度 0 至 1，自动识别的渠道必填",
}
REQUIRED = ("external_id",)
#: At least one of these has to be there: a report says what it is about.
SAYING = ("type", "type_name", "description")
_KEYS = {"column", "columns", "join", "values", "otherwise", "empty", "constant", "pattern"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field comes from: one or more columns (joined), or a constant.

    ``values`` replaces texts; one that is not in it is kept, or left empty with ``otherwise:
    empty``. Texts in ``empty`` count as missing. ``pattern`` is for times.
    """

    columns: tuple[str, ...] = ()
    join: str = " "
    values: Map[str, str] = field(default_factory=dict)
    keep: bool = True
    empty: frozenset[str] = frozenset()
    constant: str = ""
    pattern: str = ""

    def read(self, row: Map[str, str]) -> str:
        """The field's text in *row* (cells by column)."""
        if not self.columns:
            return self.constant
        texts = [row[name].strip() for name in self.columns]
        text = self.join.join(text for text in texts if text and text not in self.empty)
        if not self.values:
            return text
        return self.values.get(text, text if self.keep else "")


@dataclass(frozen=True, slots=True)
class Mapping:
    """Fields with their sources, and the zone of times that name none."""

    fields: Map[str, Source]
    zone: ZoneInfo
    own: bool = False  # made from the header: the file must have no other columns


def plain_mapping(header: Sequence[str], zone: ZoneInfo) -> Mapping:
    """The mapping of a file whose columns are called as documented.

    Raises:
        ImportFileError: naming unknown and missing columns.
    """
    unknown = [shown(name) or "（空）" for name in header if name not in COLUMNS]
    if unknown:
        known = "、".join(COLUMNS)
        raise ImportFileError("header", f"不认识的列：{'、'.join(unknown[:10])}。可用的列：{known}")
    _complete(header)
    return Mapping({name: Source((name,)) for name in header}, zone, own=True)


def _complete(fields: Sequence[str] | Map[str, Source]) -> None:
    missing = [name for name in REQUIRED if name not in fields]
    if missing:
        raise ImportFileError("header", f"缺少必需的列：{'、'.join(missing)}")
    if not any(name in fields for name in SAYING):
        raise ImportFileError("header", f"至少需要其中一列：{'、'.join(SAYING)}")


def read_mapping(path: Path, zone: ZoneInfo) -> Mapping:
    """The mapping file at *path* (YAML): ``fields`` and, optionally, ``timezone``.

    Raises:
        ImportFileError: naming what is wrong.
    """
    try:
        loaded = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise ImportFileError("mapping", f"读不懂映射文件 {path.name}：{error}") from error
    return mapping_of(loaded, zone)


def mapping_of(loaded: Any, zone: ZoneInfo) -> Mapping:
    """The mapping that a loaded document describes; raises ImportFileError as ``read_mapping``."""
    if not isinstance(loaded, dict) or not isinstance(loaded.get("fields"), dict):
        raise ImportFileError("mapping", "映射文件应有 fields：字段 → 列")
    other = set(loaded) - {"fields", "timezone"}
    if other:
        raise ImportFileError("mapping", f"不认识的键：{'、'.join(sorted(map(str, other)))}")
    fields: dict[str, Source] = {}
    for name, value in loaded["fields"].items():
        if name not in COLUMNS:
            raise ImportFileError("mapping", f"没有字段 {shown(str(name))}")
        fields[name] = _source(name, value)
    _complete(fields)
    named = loaded.get("timezone")
    return Mapping(fields, read_zone(named) if named is not None else zone)


def read_zone(name: object) -> ZoneInfo:
    """A time zone by its IANA name, as ``Asia/Shanghai``; raises ImportFileError."""
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImportFileError("timezone", f"没有时区 {shown(str(name))}") from error


def _source(name: str, value: Any) -> Source:
    if isinstance(value, str):
        return Source((value,))
    if not isinstance(value, dict) or not value:
        raise ImportFileError("mapping", f"{name} 应为列名，或带 column、columns、constant 的映射")
    unknown = set(value) - _KEYS
    if unknown:
        raise ImportFileError("mapping", f"{name}：不认识的键 {'、'.join(map(str, unknown))}")
    columns = [value["column"]] if "column" in value else value.get("columns", [])
    values, empty = value.get("values", {}), value.get("empty", [])
    if not isinstance(columns, list) or not isinstance(values, dict) or not isinstance(empty, list):
        raise ImportFileError("mapping", f"{name}：columns 和 empty 应为列表，values 应为映射")
    if bool(columns) == ("constant" in value):
        raise ImportFileError("mapping", f"{name}：应有列或 constant 之一")
    if value.get("otherwise", "keep") not in ("keep", "empty"):
        raise ImportFileError("mapping", f"{name}：otherwise 只能是 keep 或 empty")
    return Source(
        columns=tuple(map(str, columns)),
        join=str(value.get("join", " ")),
        values={str(key): str(text) for key, text in values.items()},
        keep=value.get("otherwise", "keep") == "keep",
        empty=frozenset(map(str, empty)),
        constant=str(value.get("constant", "")),
        pattern=str(value.get("pattern", "")),
    )


def check_header(mapping: Mapping, header: Sequence[str]) -> None:
    """Whether the file has every column that *mapping* names.

    Raises:
        ImportFileError: naming the missing ones.
    """
    wanted = {name for source in mapping.fields.values() for name in source.columns}
    missing = sorted(wanted - set(header))
    if missing:
        raise ImportFileError("header", f"文件缺少映射中的列：{'、'.join(map(shown, missing))}")
