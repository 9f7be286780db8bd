"""YAML as a tree of scalars with lines: every scalar keeps its text and its YAML type, nothing is
converted to a float or guessed at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from yishi.foundation.rulebook.errors import Problem, RuleFileError

MOST_BYTES = 2_000_000
MOST_DEPTH = 12
# libyaml where it was built; both give the same nodes and marks.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Node:
    """A scalar (text), a list or a mapping, with its line and kind: str, int, float, bool, null,
    timestamp, seq, map."""

    value: Any
    kind: str
    line: int

    def get(self, name: str) -> Node | None:
        """The member of a mapping; None where it is absent or null."""
        found: Node | None = self.value.get(name) if self.kind == "map" else None
        return None if found is None or found.kind == "null" else found


def read_yaml(data: bytes, file: str) -> Node:
    """The tree of one document.

    Raises:
        RuleFileError: with the line, for anything that is not one plain YAML document.
    """
    if len(data) > MOST_BYTES:
        raise RuleFileError([Problem(file, 0, "", f"文件超过 {MOST_BYTES // 1_000_000} MB")])
    try:
        text = data.decode("utf-8-sig")
        _refuse_depth(text, file)
        root = yaml.compose(text, Loader=_LOADER)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RuleFileError([Problem(file, line, "", "不是 UTF-8 编码")]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"YAML 语法错误：{error.problem or error.context}"
        raise RuleFileError([Problem(file, mark.line + 1 if mark else 0, "", message)]) from None
    except yaml.YAMLError as error:
        raise RuleFileError([Problem(file, 0, "", f"YAML 语法错误：{error}")]) from None
    if root is None:
        raise RuleFileError([Problem(file, 0, "", "文件为空")])
    return _convert(root, file)


def _refuse_depth(text: str, file: str) -> None:
    """Refuse references and deep nesting before anything recurses into them."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        mark = event.start_mark
        line = mark.line + 1 if mark else 0
        if isinstance(event, yaml.events.AliasEvent):
            raise RuleFileError([Problem(file, line, "", "不接受 YAML 引用（& 和 *）")])
        depth += isinstance(event, yaml.events.CollectionStartEvent)
        depth -= isinstance(event, yaml.events.CollectionEndEvent)
        if depth > MOST_DEPTH:
            raise RuleFileError([Problem(file, line, "", "嵌套过深")])


def _convert(node: yaml.Node, file: str) -> Node:
    line, kind = node.start_mark.line + 1, node.tag.rpartition(":")[2]
    if isinstance(node, yaml.ScalarNode):
        if kind not in ("str", "int", "float", "bool", "null", "timestamp"):
            raise RuleFileError([Problem(file, line, "", f"不接受的 YAML 标签 {node.tag[:40]}")])
        return Node(node.value, kind, line)
    if isinstance(node, yaml.SequenceNode):
        return Node([_convert(child, file) for child in node.value], "seq", line)
    members: dict[str, Node] = {}
    for key_node, value_node in node.value:
        key_line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise RuleFileError([Problem(file, key_line, "", "字段名应为文字")])
        if key_node.value in members:
            raise RuleFileError([Problem(file, key_line, key_node.value, "字段重复")])
        members[key_node.value] = _convert(value_node, file)
    return Node(members, "map", line)
