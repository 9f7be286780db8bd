"""Notices and pledges (告知书、承诺书) read from ``texts/*.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from yishi.foundation.audit.chain import canonical, digest
from yishi.foundation.cases.catalogue_errors import Problem
from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located
from yishi.systems.pledge_licences.catalogue import model
from yishi.systems.pledge_licences.catalogue.model import Section, Text, TextVersion
from yishi.systems.pledge_licences.catalogue.reading import KEY

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def read_text(tree: Located, file: str, problems: list[Problem]) -> Text:
    """One file of ``texts/``: all versions of one text."""
    fields = Fields(tree, file, problems)
    key = fields.text("key", pattern=KEY, most=48)
    kind = fields.choice("kind", model.TEXT_KINDS)
    name = fields.text("name", most=60)
    licences = fields.texts("licences", length=48)
    declared = _placeholders(fields)
    found: list[TextVersion] = []
    for node in fields.items("versions"):
        one = _version(Fields(node, file, problems), key, kind, declared)
        if any(other.version == one.version for other in found):
            fields.fault("versions", f"第 {one.version} 版重复", node.line)
        found.append(one)
    fields.done()
    return Text(key, kind, name, licences, tuple(found))


def _placeholders(fields: Fields) -> dict[str, str]:
    nested = fields.nested("placeholders")
    found: dict[str, str] = {}
    for name, node in nested.members if nested is not None else ():
        inner = Fields(node, fields.file, fields.problems)
        inner.text("label", most=40)
        found[name] = inner.choice("type", {"text": "文字", "list": "逐条"})
        inner.done()
        known = model.LISTS if found[name] == "list" else model.WORDS
        if name not in known:
            inner.fault("", f"系统没有填充项 {name}，可用：{'、'.join(sorted(known))}")
    return found


def _version(fields: Fields, key: str, kind: str, declared: Mapping[str, str]) -> TextVersion:
    number = fields.number("version", 1, 9_999)
    if number is None and "version" not in fields.names:
        fields.fault("version", "缺少必填字段")
    title = fields.text("title", most=80)
    sections = [
        _section(Fields(node, fields.file, fields.problems), declared)
        for node in fields.items("sections")
    ]
    start = _day(fields, "from")
    fields.done()
    body = [title, *([one.title, one.text, one.list, one.empty] for one in sections)]
    return TextVersion(
        key, kind, number or 0, start, title, tuple(sections), digest(canonical(body)).hex()
    )


def _section(fields: Fields, declared: Mapping[str, str]) -> Section:
    found = Section(
        fields.text("title", required=False, most=40),
        fields.text("text", most=2_000),
        fields.text("list", required=False, most=40),
        fields.text("empty", required=False, most=200),
    )
    for name in _PLACEHOLDER.findall(found.text):
        if declared.get(name) != "text":
            fields.fault("text", f"未声明的填充项 {{{name[:40]}}}")
    if found.list and declared.get(found.list) != "list":
        fields.fault("list", f"未声明的逐条填充项 {found.list}")
    fields.done()
    return found


def _day(fields: Fields, name: str) -> date:
    text = fields.text(name, most=10)
    try:
        return date.fromisoformat(text)
    except ValueError:
        if text:
            fields.fault(name, "应为日期，例如 2026-01-01")
        return date.min
