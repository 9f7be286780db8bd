"""The tree of who runs what: statistical parents, overridden by the dated management table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from yishi.foundation.places.values import Managed, Node, PlaceError

TOO_DEEP = 12


class Tree:
    """Divisions and zones with their managed paths, now and on a past day."""

    def __init__(self, root: str, nodes: Sequence[Node], managed: Sequence[Managed] = ()) -> None:
        self.root = root
        self.nodes = {node.code: node for node in nodes}
        if root not in self.nodes:
            raise PlaceError("root", f"没有城市 {root}")
        self._managed: dict[str, list[Managed]] = defaultdict(list)
        for row in managed:
            self._managed[row.division].append(row)
        self._paths = {code: self._walk(code, None) for code in self.nodes}
        self._children: dict[str, list[Node]] = defaultdict(list)
        for code in sorted(self.nodes):
            above = self.manager(code)
            if above is not None:
                self._children[above].append(self.nodes[code])

    def manager(self, code: str, at: date | None = None) -> str | None:
        """Who runs *code* directly; None for the city. *at* None means by the open rows."""
        for row in self._managed.get(code, ()):
            if at is None:
                if row.valid_to is None:
                    return row.manager
            elif row.valid_from <= at and (row.valid_to is None or at < row.valid_to):
                return row.manager
        return None if code == self.root else self.nodes[code].parent

    def path(self, code: str, at: date | None = None) -> str:
        """The managed path of a division or zone; raises PlaceError for an unknown code."""
        if code not in self.nodes:
            raise PlaceError("division", f"没有编码为 {code} 的区划")
        return self._paths[code] if at is None else self._walk(code, at)

    def _walk(self, code: str, at: date | None) -> str:
        steps: list[str] = []
        above: str | None = code
        while above is not None:
            steps.append(above)
            if len(steps) > TOO_DEEP or (above != self.root and above not in self.nodes):
                raise PlaceError("parent", f"区划 {code} 的上级关系有误（{above}）")
            above = self.manager(above, at)
        if steps[-1] != self.root:
            raise PlaceError("parent", f"区划 {code} 不属于城市 {self.root}")
        return "/".join(reversed(steps))

    def living(self, code: str) -> str:
        """The division that stands for *code* today, along the successors."""
        for _ in range(TOO_DEEP):
            node = self.nodes[code]
            if node.valid_to is None or node.successor is None:
                return code
            code = node.successor
        return code

    def children(self, code: str) -> list[Node]:
        """What *code* runs directly and still exists, by code; zones stand among the counties."""
        found = [node for node in self._children.get(code, ()) if node.valid_to is None]
        return sorted(found, key=lambda node: (node.level == "zone", node.code))

    def names(self, path: str) -> list[str]:
        """The names of the steps of a managed path."""
        return [self.nodes[step].name for step in path.split("/") if step in self.nodes]

    def label(self, path: str) -> str:
        """The path in words, without the city: ``樊城区米公街道``."""
        names = self.names(path)
        shown = names[1:] or names
        # 高新区 runs 高新区紫贞街道: the step's name already says it.
        return "".join(
            name
            for name, after in zip(shown, [*shown[1:], ""], strict=True)
            if not after.startswith(name)
        )
