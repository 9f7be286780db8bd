"""The members of a rule file's mappings, read strictly: a scalar counts as a type only where YAML
itself reads it as that type."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from yishi.foundation.rulebook.facts import TYPE_NAMES, FactType
from yishi.foundation.rulebook.rules import NAME
from yishi.foundation.rulebook.yamlfile import Node

_INT = re.compile(r"-?(0|[1-9]\d*)")
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,18})?")
_AREA = re.compile(r"[0-9A-Za-z]+(/[0-9A-Za-z]+)*")
KINDS = {
    "str": "文字",
    "int": "整数",
    "float": "小数",
    "bool": "是否",
    "timestamp": "日期或时间",
    "seq": "列表",
    "map": "对象",
    "null": "空",
}


class Wrong(Exception):
    """One complaint, caught where the surrounding path is known."""

    def __init__(self, node: Node, message: str, part: str = "") -> None:
        super().__init__(message)
        self.node, self.message, self.part = node, message, part


def literal(kind: FactType, node: Node) -> Any:
    """A scalar as *kind*, only where YAML itself reads it as that type."""
    written = node.value
    if kind in (FactType.INT, FactType.MONEY) and node.kind == "int" and _INT.fullmatch(written):
        return int(written)
    if kind is FactType.DECIMAL and node.kind in ("int", "float") and _DECIMAL.fullmatch(written):
        return Decimal(written)
    if kind is FactType.TEXT and node.kind == "str":
        return written
    if node.kind == "timestamp" and kind in (FactType.DATE, FactType.DATETIME):
        try:
            if kind is FactType.DATE and len(written) == 10:
                return date.fromisoformat(written)
            if kind is FactType.DATETIME and len(written) > 10:
                moment = datetime.fromisoformat(written)
                if moment.tzinfo is None:
                    raise Wrong(node, "时间缺少时区，应形如 2026-01-01T08:00:00+08:00", "value")
                return moment
        except ValueError as error:
            raise Wrong(node, f"不是有效的{TYPE_NAMES[kind]}：{written}", "value") from error
    shown = "" if node.kind in ("seq", "map") else f" {written}"
    message = f"应为{TYPE_NAMES[kind]}，得到{KINDS[node.kind]}{shown}"
    raise Wrong(node, message, "value")


def members(node: Node, allowed: str) -> None:
    """Refuse what is not a mapping of the allowed names."""
    if node.kind != "map":
        raise Wrong(node, f"应为对象，得到{KINDS[node.kind]}")
    for name, value in node.value.items():
        if name not in allowed.split():
            raise Wrong(value, f"没有字段 {name}，可用：{'、'.join(allowed.split())}", name)


def entries(node: Node, name: str) -> list[tuple[str, Node]]:
    """The members of the mapping *name*; none where it is absent."""
    found = node.get(name)
    if found is None:
        return []
    if found.kind != "map":
        raise Wrong(found, f"应为对象，得到{KINDS[found.kind]}", name)
    return list(found.value.items())


def sequence(node: Node) -> list[Node]:
    """The elements of a list."""
    if node.kind != "seq":
        raise Wrong(node, f"应为列表，得到{KINDS[node.kind]}")
    listed: list[Node] = node.value
    return listed


def text(node: Node, name: str, *, required: bool = False) -> str:
    """A text member; '' where it is absent."""
    found = node.get(name)
    if found is None or found.value == "":
        if required:
            raise Wrong(node, f"缺少 {name}", name)
        return ""
    if found.kind != "str":
        raise Wrong(found, f"应为文字，得到{KINDS[found.kind]}", name)
    return str(found.value)


def flag(node: Node, name: str) -> bool:
    """A true/false member; False where it is absent."""
    found = node.get(name)
    if found is not None and (found.kind != "bool" or found.value not in ("true", "false")):
        raise Wrong(found, "应为 true 或 false", name)
    return found is not None and found.value == "true"


def day(node: Node, name: str) -> date | None:
    """A day, or None where it is absent."""
    found = node.get(name)
    if found is None:
        return None
    read: date = literal(FactType.DATE, found)
    return read


def area(node: Node) -> str:
    """A managed path, '' for everywhere."""
    written = node.get("area")
    if written is None:
        return ""
    # A bare code such as 4206 reads as a number in YAML; it is a code all the same.
    if written.kind not in ("str", "int") or not _AREA.fullmatch(written.value):
        raise Wrong(written, "应为管理路径，如 4206/420606", "area")
    return str(written.value)


def fact_type(node: Node) -> FactType:
    """The member ``type``."""
    written = text(node, "type", required=True)
    if written not in set(FactType):
        raise Wrong(node.value["type"], f"没有类型 {written}，可用：{'、'.join(FactType)}", "type")
    return FactType(written)


def checked_name(name: str, node: Node) -> str:
    """A name of facts and parameters."""
    if not NAME.fullmatch(name):
        raise Wrong(node, "名称只用小写字母、数字和下划线")
    return name
