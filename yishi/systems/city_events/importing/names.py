"""Names in files as the keys that the registers use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.catalogue.types import plain
from yishi.systems.city_events.context import City


class Names:
    """Divisions and landmarks by name, types by name or alias, as of one state of the registers."""

    def __init__(self, registers: City) -> None:
        self.registers = registers
        register = registers.register
        self._divisions: dict[str, list[str]] = defaultdict(list)
        for node in register.tree.nodes.values():
            if node.valid_to is None:
                self._divisions[node.name].append(node.code)
        self._marks: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for mark in register.landmarks:
            self._marks[mark.name].append((mark.id, mark.managed_path))

    def resolved(self, raw: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        """*raw* with keys in the place of names.

        A type name that the catalogue does not know goes before the description, and a person
        decides; an unknown or ambiguous place is refused.

        Raises:
            FieldError: on ``division`` or ``landmark``.
        """
        report = dict(raw)
        if "division" in report:
            report["division"] = self._division(report["division"])
        if "landmark" in report:
            report["landmark"] = self._landmark(report["landmark"], report.get("division"))
        name = report.pop("type_name", "")
        if name and not report.get("type"):
            self._type(report, clean_text("type_name", name), at)
        return report

    def _division(self, text: str) -> str:
        if text in self.registers.register.tree.nodes:
            return text
        codes = self._divisions.get(text, [])
        if len(codes) > 1:
            raise FieldError("division", f"有 {len(codes)} 个同名区划，请填写代码", "ambiguous")
        return codes[0] if codes else text  # an unknown one is refused where reports are read

    def _landmark(self, text: str, division: str | None) -> int | str:
        if text.isascii() and text.isdigit():
            return text
        found = self._marks.get(text, [])
        if division is not None:
            found = [mark for mark in found if division in mark[1].split("/")]
        if not found:
            raise FieldError("landmark", "没有这个名称的地标", "unknown")
        if len(found) > 1:
            raise FieldError(
                "landmark", f"有 {len(found)} 个同名地标，请用 division 区分", "ambiguous"
            )
        return found[0][0]

    def _type(self, report: dict[str, Any], name: str, at: datetime) -> None:
        _, catalogue = self.registers.catalogue(at)
        kind = catalogue.by_name.get(plain(name))
        if kind is not None:
            report["type"] = kind.key
            return
        said = report.get("description")
        report["description"] = f"{name}：{said}" if said else name
