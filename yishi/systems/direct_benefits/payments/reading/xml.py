"""XML of strangers: no declarations, no entities, any namespace of the wanted message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from yishi.foundation.revisions.errors import FieldError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_DECLARED = re.compile(
    rb"\A\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9_.\-]{1,20})[\"'][^>]*?\?>"
)
#: What Chinese banks write beside UTF-8; expat knows none of them.
_CHINESE = frozenset({"gbk", "gb2312", "gb18030"})
#: Messages are flat; whoever nests deeper means no good.
_DEEPEST = 60


def parse(data: bytes) -> Element:
    """The root of an XML file. Raises FieldError on ``file``, with the line where it breaks."""
    if b"\0" in data:
        raise FieldError("file", "文件应为 UTF-8 或 GB18030 编码", "encoding")
    text: str | bytes = data
    declared = _DECLARED.match(data)
    if declared and declared[1].decode().lower() in _CHINESE:
        try:
            text = data[declared.end() :].decode("gb18030")
        except UnicodeDecodeError as error:
            raise FieldError("file", "文件的文字编码有误", "encoding") from error
    _not_too_deep(data)
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except DefusedXmlException as error:
        raise FieldError("file", "文件含有 DTD 或实体声明，已拒绝", "xml") from error
    except ParseError as error:
        line, column = error.position
        raise FieldError("file", f"不是完好的 XML：第 {line} 行第 {column} 列", "xml") from error
    except (ValueError, LookupError, RecursionError) as error:
        raise FieldError("file", "读不懂这个 XML 文件", "xml") from error
    return root


def _not_too_deep(data: bytes) -> None:
    depth = 0
    for mark in re.finditer(rb"<(/?)[A-Za-z_][^<>]*?(/?)>", data):
        if mark[1]:
            depth -= 1
        elif not mark[2]:
            depth += 1
            if depth > _DEEPEST:
                raise FieldError("file", "XML 嵌套过深，已拒绝", "xml")


def name_of(element: Element) -> str:
    """The tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def child(element: Element | None, *path: str) -> Element | None:
    """The first element down a path of local names."""
    for step in path:
        if element is None:
            return None
        element = next((one for one in element if name_of(one) == step), None)
    return element


def children(element: Element | None, *path: str) -> Iterator[Element]:
    """All elements of the last name below the rest of the path."""
    above = child(element, *path[:-1])
    if above is not None:
        yield from (one for one in above if name_of(one) == path[-1])


def text(element: Element | None, *path: str) -> str:
    """The text down a path, trimmed; empty where there is none."""
    found = child(element, *path)
    return (found.text or "").strip() if found is not None else ""


def first(element: Element | None, *paths: tuple[str, ...]) -> str:
    """The first text that one of the paths leads to."""
    return next((found for path in paths if (found := text(element, *path))), "")
