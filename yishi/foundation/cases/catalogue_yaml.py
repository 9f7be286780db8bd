"""YAML as a tree of texts with line numbers: nothing is converted, nothing is executed.

Anchors and tags have no place in a catalogue and are refused, and so are doubled keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem

MOST_BYTES = 4_000_000
MOST_DEPTH = 12
#: Unicode categories Cc (but line feed and tab) and Cs.
_UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# libyaml where it was built, ten times as fast; both give the same nodes and marks.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_TAGS = (
    "str",
    "int",
    "float",
    "bool",
    "null",
    "timestamp",
    "seq",
    "map",
    "merge",
    "value",
)


@dataclass(frozen=True, slots=True)
class Located:
    """A text, a list or a mapping with the line it begins on (0: not from a file)."""

    value: str | list[Located] | dict[str, Located] | None
    line: int


def is_clean(text: str) -> bool:
    """False for texts with control characters (but line feed and tab) or lone surrogates."""
    return _UNCLEAN.search(text) is None


def read_yaml(data: bytes, file: str) -> Located:
    """The tree of one document. Raises CatalogueError with the line for anything else."""
    if len(data) > MOST_BYTES:
        raise CatalogueError([Problem(file, 0, "", f"文件超过 {MOST_BYTES // 1_000_000} MB")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CatalogueError([Problem(file, line, "", "不是 UTF-8 编码")]) from None
    _refuse_depth(text, file)
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        message = f"YAML 语法错误：{error.problem or error.context}"
        raise CatalogueError([Problem(file, line, "", message)]) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise CatalogueError([Problem(file, 0, "", f"YAML 语法错误：{error}")]) from None
    if root is None:
        raise CatalogueError([Problem(file, 0, "", "文件为空")])
    return _convert(root, file)


def read_folder(folder: Path, paths: Iterable[Path]) -> dict[str, Located]:
    """Several files of *folder*, by their names in it.

    Raises:
        CatalogueError: with the faults of all of them.
    """
    problems: list[Problem] = []
    trees: dict[str, Located] = {}
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            trees[name] = read_yaml(path.read_bytes(), name)
        except CatalogueError as error:
            problems.extend(error.problems)
        except OSError as error:
            problems.append(Problem(name, 0, "", f"无法读取：{error.strerror}"))
    if problems:
        raise CatalogueError(problems)
    return trees


def _refuse_depth(text: str, file: str) -> None:
    """Refuse what would nest too deep to be read safely, before anything recurses into it."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            line = event.start_mark.line + 1 if event.start_mark else 0
            if isinstance(event, yaml.events.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.events.CollectionEndEvent):
                depth -= 1
            elif isinstance(event, yaml.events.AliasEvent):
                raise CatalogueError([Problem(file, line, "", "不接受 YAML 引用（& 和 *）")])
            if depth > MOST_DEPTH:
                raise CatalogueError([Problem(file, line, "", "嵌套过深")])
    except CatalogueError:
        raise
    except (yaml.YAMLError, ValueError, OverflowError):
        return  # said again, with its line, by whoever composes


def _convert(node: yaml.Node, file: str) -> Located:
    line = node.start_mark.line + 1
    if node.tag.rpartition(":")[2] not in _PLAIN_TAGS or node.tag.startswith("!"):
        raise CatalogueError([Problem(file, line, "", f"不接受的 YAML 标签 {node.tag[:40]}")])
    if isinstance(node, yaml.ScalarNode):
        if node.tag == "tag:yaml.org,2002:null":
            return Located(None, line)
        if not is_clean(node.value):
            raise CatalogueError([Problem(file, line, "", "含有控制字符或不成对的代理字符")])
        return Located(node.value, line)
    if isinstance(node, yaml.SequenceNode):
        return Located([_convert(child, file) for child in node.value], line)
    mapping: dict[str, Located] = {}
    for key_node, value_node in node.value:
        key = _convert(key_node, file)
        if not isinstance(key.value, str):
            raise CatalogueError([Problem(file, key.line, "", "字段名应为文字")])
        if key.value in mapping:
            raise CatalogueError([Problem(file, key.line, key.value, "字段重复")])
        mapping[key.value] = _convert(value_node, file)
    return Located(mapping, line)


def from_plain(value: Any, depth: int = 0) -> Located:
    """The same tree from stored JSON. Raises CatalogueError for what YAML could not have said."""
    if depth > MOST_DEPTH:
        raise CatalogueError([Problem("content", 0, "", "嵌套过深")])
    if value is None:
        return Located(None, 0)
    if isinstance(value, bool):
        return Located("true" if value else "false", 0)
    if isinstance(value, (int, float)):
        return Located(repr(value), 0)
    if isinstance(value, str):
        if not is_clean(value):
            raise CatalogueError([Problem("content", 0, "", "含有控制字符或不成对的代理字符")])
        return Located(value, 0)
    if isinstance(value, (list, tuple)):
        return Located([from_plain(item, depth + 1) for item in value], 0)
    if isinstance(value, dict):
        return Located({str(key): from_plain(item, depth + 1) for key, item in value.items()}, 0)
    raise CatalogueError([Problem("content", 0, "", f"不接受的类型 {type(value).__name__}")])


def plain(node: Located) -> Any:
    """The tree as texts, lists and mappings; null stays ``None``."""
    if isinstance(node.value, list):
        return [plain(one) for one in node.value]
    if isinstance(node.value, dict):
        return {name: plain(one) for name, one in node.value.items()}
    return node.value
