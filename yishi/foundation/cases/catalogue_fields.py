"""The fields of one mapping of a catalogue file, each asked for by name and kind.

Every fault is collected with its line, so that an editor sees all of them at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from yishi.foundation.cases.catalogue_errors import Problem
from yishi.foundation.cases.catalogue_yaml import Located, plain


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

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the mapping, in its order."""
        return tuple(self._map)

    def is_list(self, field: str) -> bool:
        """Whether the field is there as a list."""
        node = self._map.get(field)
        return node is not None and isinstance(node.value, list)

    @property
    def members(self) -> Sequence[tuple[str, Located]]:
        """Names and values of a mapping that is a register: every name is known."""
        self._known.update(self._map)
        return tuple(self._map.items())

    def line_of(self, field: str) -> int:
        """The line where the value of *field* begins; the mapping's own where there is none."""
        node = self._map.get(field)
        return node.line if node else self.line

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

    def choice(self, field: str, allowed: Mapping[str, str], *, required: bool = True) -> str:
        """One of the codes in *allowed*."""
        text = self.text(field, required=required, most=40)
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

    def rest(self) -> dict[str, Any]:
        """The fields that nobody asked for, as plain texts, lists and mappings: somebody else's."""
        found = {name: plain(self._map[name]) for name in self._map if name not in self._known}
        self._known.update(found)
        return found

    def done(self) -> None:
        """Call the fields that nobody asked for unknown."""
        for field in self._map:
            if field not in self._known:
                self.fault(field, "未知字段")
