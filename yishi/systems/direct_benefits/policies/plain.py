"""A tree of YAML as plain values (numbers as int or Decimal, days as dates), and back as text; the
line of every value is kept by its path."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

from yishi.foundation.rulebook.facts import FactType
from yishi.foundation.rulebook.yamlfields import Wrong, literal
from yishi.foundation.rulebook.yamlfile import Node


def plain(node: Node, where: str, lines: dict[str, int]) -> Any:
    """The value of *node*; ``lines`` gets the line of each value inside, by path.

    Raises:
        Wrong: for a scalar that is not exactly what YAML takes it for (1_000, 0o17, .inf, a time).
    """
    lines[where] = node.line
    if node.kind == "map":
        return {
            name: plain(inner, f"{where}.{name}" if where else name, lines)
            for name, inner in node.value.items()
        }
    if node.kind == "seq":
        return [plain(inner, f"{where}[{i}]", lines) for i, inner in enumerate(node.value)]
    if node.kind == "null":
        return None
    if node.kind == "bool":
        if node.value not in ("true", "false"):
            raise Wrong(node, f"应写 true 或 false，或给文字 {node.value} 加引号")
        return node.value == "true"
    kinds = {"int": FactType.INT, "float": FactType.DECIMAL, "timestamp": FactType.DATE}
    kind = kinds.get(node.kind)
    return node.value if kind is None else literal(kind, node)


def line_of(lines: Mapping[str, int], where: str, default: int) -> int:
    """The line of the value at *where*, or of the nearest one around it."""
    while where:
        if where in lines:
            return lines[where]
        cut = max(where.rfind("."), where.rfind("["))
        where = where[:cut] if cut > 0 else ""
    return lines.get("", default)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(
    Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", str(value))
)
_Dumper.add_representer(
    date, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:timestamp", str(value))
)


def dump(value: Any) -> str:
    """*value* as YAML that `plain` reads the same."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
