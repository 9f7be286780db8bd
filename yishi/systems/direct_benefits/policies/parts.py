"""Reading plain values strictly: every complaint is a `FieldError` with the dotted path.

Both faces use it: files (their values come from YAML with lines) and the browser (JSON).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from yishi.foundation.revisions.errors import FieldError

NAMES = {
    str: "文字",
    bool: "是否",
    int: "整数",
    dict: "对象",
    list: "列表",
    type(None): "空",
}


def wrong(where: str, message: str, code: str = "invalid") -> FieldError:
    """The complaint about *where*."""
    return FieldError(where, message, code)


class Part:
    """A mapping at a path, of which only *allowed* members may be there."""

    def __init__(self, raw: Any, where: str, allowed: str) -> None:
        if not isinstance(raw, Mapping):
            raise wrong(where or "content", f"应为对象，得到{kind_name(raw)}", "type")
        self.raw, self.where = raw, where
        for name in raw:
            if name not in allowed.split():
                listed = "、".join(allowed.split())
                raise wrong(self.at(str(name)), f"没有字段 {name}，可用：{listed}", "unknown")

    def at(self, name: str) -> str:
        """The path of a member."""
        return f"{self.where}.{name}" if self.where else name

    def get(self, name: str) -> Any:
        """The member as it is; None where it is absent."""
        return self.raw.get(name)

    def need(self, name: str) -> Any:
        """The member, which must be there."""
        value = self.raw.get(name)
        if value is None or value == "":
            raise wrong(self.at(name), f"缺少 {name}", "required")
        return value

    def text(self, name: str, *, required: bool = True, most: int = 400) -> str:
        """A text of at most *most* characters."""
        value = self.need(name) if required else self.raw.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise wrong(self.at(name), f"应为文字，得到{kind_name(value)}", "type")
        if len(value) > most:
            raise wrong(self.at(name), f"最多 {most} 个字", "range")
        return value.strip()

    def texts(self, name: str, *, required: bool = True, most: int = 400) -> tuple[str, ...]:
        """A list of texts."""
        found = []
        for i, value in enumerate(self.listed(name, required=required)):
            if not isinstance(value, str) or not value.strip():
                raise wrong(f"{self.at(name)}[{i}]", f"应为文字，得到{kind_name(value)}", "type")
            if len(value) > most:
                raise wrong(f"{self.at(name)}[{i}]", f"最多 {most} 个字", "range")
            found.append(value.strip())
        return tuple(found)

    def listed(self, name: str, *, required: bool = True) -> list[Any]:
        """A list."""
        value = self.need(name) if required else self.raw.get(name)
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            raise wrong(self.at(name), f"应为列表，得到{kind_name(value)}", "type")
        if required and not value:
            raise wrong(self.at(name), f"{name} 为空", "required")
        return list(value)

    def choice(self, name: str, among: Collection[str]) -> str:
        """One of the words of *among*."""
        value = self.text(name)
        if value not in among:
            raise wrong(self.at(name), f"没有 {value}，可用：{'、'.join(among)}", "unknown")
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        """true or false."""
        value = self.raw.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, bool):
            raise wrong(self.at(name), f"应为 true 或 false，得到{kind_name(value)}", "type")
        return value

    def whole(self, name: str, least: int, most: int) -> int:
        """A whole number in a range."""
        value = self.need(name)
        if type(value) is not int:
            raise wrong(self.at(name), f"应为整数，得到{kind_name(value)}", "type")
        if not least <= value <= most:
            raise wrong(self.at(name), f"应在 {least} 至 {most} 之间", "range")
        return value

    def fen(self, name: str) -> int | None:
        """An amount of money above nothing, or None where it is absent."""
        return None if self.raw.get(name) is None else self.whole(name, 1, 10**15)

    def day(self, name: str, *, required: bool = True) -> date | None:
        """A day, as a date or in the form 2026-03-01."""
        value = self.need(name) if required else self.raw.get(name)
        if value is None or type(value) is date:
            return value
        try:
            if isinstance(value, str) and len(value) == 10:
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise wrong(self.at(name), f"应为日期，得到 {value}", "type")

    def part(self, name: str, allowed: str) -> Part:
        """A mapping inside."""
        return Part(self.need(name), self.at(name), allowed)


def kind_name(value: Any) -> str:
    """What a value is, in words."""
    return NAMES.get(type(value), type(value).__name__)
