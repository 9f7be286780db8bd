"""The city's ``credit/rules.yaml``, ``lists.yaml`` and ``sources.yaml``, read strictly: every
complaint has file and line. ``effects.yaml`` is a file of rules (:mod:`yishi.foundation.rulebook`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from yishi.foundation.calendars import LimitError, parse_limit
from yishi.foundation.credit.periods import CLASSES, Transition
from yishi.foundation.rulebook.errors import Problem, RuleFileError
from yishi.foundation.rulebook.facts import FactType
from yishi.foundation.rulebook.yamlfields import (
    Wrong,
    checked_name,
    day,
    entries,
    flag,
    literal,
    members,
    sequence,
    text,
)
from yishi.foundation.rulebook.yamlfile import Node, read_yaml

FOLDER = "credit"
_HOURS = re.compile(r"([1-9]\d{0,4})(h|d)")


class Reader:
    """Reads the three files of one folder and keeps every problem."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.file = ""

    @contextmanager
    def at(self, where: str) -> Iterator[None]:
        try:
            yield
        except Wrong as wrong:
            path = ".".join(part for part in (where, wrong.part) if part)
            self.problems.append(Problem(self.file, wrong.node.line, path, wrong.message))

    def root(self, name: str) -> Node:
        path = self.folder / name
        self.file = str(path)
        try:
            return read_yaml(path.read_bytes(), self.file)
        except OSError as error:
            problem = Problem(self.file, 0, "", f"读不到：{error.strerror}")
            raise RuleFileError([problem]) from error

    def each(self, node: Node, name: str, read: Callable[[str, Node], Any]) -> dict[str, Any]:
        """The members of a mapping, each read by *read*; those with problems are left out."""
        found: dict[str, Any] = {}
        with self.at(name):
            for key, one in entries(node, name):
                with self.at(f"{name}.{key}"):
                    found[checked_name(key, one)] = read(key, one)
        return found


def read_city(folder: Path) -> dict[str, Any]:
    """The three files as one content.

    Raises:
        RuleFileError: with every problem of every file.
    """
    reader = Reader(folder / FOLDER)
    content = _lists(reader) | _rules(reader) | _sources(reader)
    if not reader.problems:
        _fit_together(reader, content)
    if reader.problems:
        raise RuleFileError(sorted(reader.problems, key=lambda one: (one.file, one.line)))
    return content


def _rules(reader: Reader) -> dict[str, Any]:
    root = reader.root("rules.yaml")
    found: dict[str, Any] = {}
    with reader.at(""):
        members(root, "default day_one profiles at_maximum objection number_prefix")
        day_one = flag(root, "day_one")
        found["default"] = text(root, "default", required=True)
        found["number_prefix"] = text(root, "number_prefix", required=True)
        found["profiles"] = reader.each(
            root, "profiles", lambda key, one: _profile(reader, key, one, day_one)
        )
        if found["default"] not in found["profiles"]:
            raise Wrong(root.value["default"], "没有这个公示规则", "default")
        found["at_maximum"] = [_at_maximum(one) for one in _listed(root, "at_maximum")]
        objection = root.get("objection") or Node({}, "map", root.line)
        members(objection, "flag decide basis")
        found["objection"] = {
            "flag": _limit(objection, "flag"),
            "decide": _limit(objection, "decide"),
            "basis": text(objection, "basis"),
        }
    return found


def _profile(reader: Reader, key: str, node: Node, day_one: bool) -> dict[str, Any]:
    members(node, "label transition day_one tables")
    mode = text(node, "transition", required=True)
    if mode not in set(Transition):
        raise Wrong(node.value["transition"], f"可用：{'、'.join(Transition)}", "transition")
    tables = []
    for i, one in enumerate(_listed(node, "tables")):
        with reader.at(f"profiles.{key}.tables[{i}]"):
            tables.append((_table(one), one))
    if not tables:
        raise Wrong(node, "至少要有一个规则", "tables")
    for (before, _), (after, where) in pairwise(tables):
        if not before["to"] or not after["from"] or before["to"] >= after["from"]:
            raise Wrong(where, "应按时间先后排列，且不能重叠", "from")
    own = flag(node, "day_one") if node.get("day_one") else day_one
    label = text(node, "label", required=True)
    return {
        "label": label,
        "transition": mode,
        "day_one": own,
        "tables": [table for table, _ in tables],
    }


def _table(node: Node) -> dict[str, Any]:
    members(node, "key document from to terms fields days day_one")
    terms = {}
    for severity, one in entries(node, "terms"):
        _severity(severity, one)
        terms[severity] = _term(one)
    if not terms:
        raise Wrong(node, "缺少 terms", "terms")
    fields: dict[str, dict[str, Any]] = {}
    for severity, by_activity in entries(node, "fields"):
        _severity(severity, by_activity)
        for activity in by_activity.value if by_activity.kind == "map" else ():
            fields.setdefault(severity, {})[activity] = _term(by_activity.value[activity])
    start, end = day(node, "from"), day(node, "to")
    if start and end and end < start:
        raise Wrong(node, "to 早于 from", "to")
    return {
        "key": text(node, "key", required=True),
        "document": text(node, "document", required=True),
        "from": start.isoformat() if start else None,
        "to": end.isoformat() if end else None,
        "terms": terms,
        "fields": fields,
        "days": {name: _whole(one, 1, 365) for name, one in entries(node, "days")},
        "day_one": flag(node, "day_one") if node.get("day_one") else None,
    }


def _term(node: Node) -> dict[str, Any]:
    members(node, "least most published day_one")
    for name in ("least", "most"):
        if node.get(name) is None:
            raise Wrong(node, f"缺少 {name}", name)
    least, most = _whole(node.value["least"], 0, 240), _whole(node.value["most"], 1, 240)
    if least > most:
        raise Wrong(node, "least 大于 most", "least")
    published = flag(node, "published") if node.get("published") else True
    day_one = flag(node, "day_one") if node.get("day_one") else None
    return {"least": least, "most": most, "published": published, "day_one": day_one}


def _severity(key: str, node: Node) -> None:
    if key not in CLASSES:
        raise Wrong(node, f"没有等级 {key}，可用：{'、'.join(CLASSES)}", key)


def _at_maximum(node: Node) -> dict[str, str]:
    members(node, "profile activity kind then basis")
    then = text(node, "then", required=True)
    if then not in ("keep", "end", "ask"):
        raise Wrong(node.value["then"], "应为 keep、end 或 ask", "then")
    return {
        "then": then,
        **{name: text(node, name) for name in ("basis", "profile", "activity", "kind")},
    }


def _lists(reader: Reader) -> dict[str, Any]:
    root = reader.root("lists.yaml")
    with reader.at(""):
        members(root, "activities grounds kinds lists deletion measures")
    return {
        "activities": reader.each(root, "activities", _named("")),
        "grounds": reader.each(root, "grounds", _named("")),
        "kinds": reader.each(root, "kinds", _named("ground ground_serious severity profile")),
        "lists": reader.each(root, "lists", _list),
        "deletion": reader.each(root, "deletion", _deletion),
        "measures": reader.each(root, "measures", _named("")),
    }


def _named(more: str) -> Callable[[str, Node], dict[str, Any]]:
    names = more.split()

    def read(key: str, node: Node) -> dict[str, Any]:
        members(node, f"label label_en {more}")
        found = {"label": text(node, "label", required=True), "label_en": text(node, "label_en")}
        for name in names:
            found[name] = text(node, name)
        if found.get("severity"):
            _severity(found["severity"], node)
        return found

    return read


def _list(key: str, node: Node) -> dict[str, Any]:
    members(node, "label label_en ground profile authority basis minors")
    found: dict[str, Any] = {
        name: text(node, name) for name in ("label_en", "profile", "authority")
    }
    found["label"] = text(node, "label", required=True)
    found["ground"] = text(node, "ground", required=True)
    # A list without a law or a central policy behind it is none (Order 36 art. 4).
    found["basis"] = text(node, "basis", required=True)
    found["minors"] = flag(node, "minors") if node.get("minors") else True
    return found


def _deletion(key: str, node: Node) -> dict[str, Any]:
    members(node, "label label_en within")
    return {
        "label": text(node, "label", required=True),
        "label_en": text(node, "label_en"),
        "within": _limit(node, "within"),
    }


def _sources(reader: Reader) -> dict[str, Any]:
    root = reader.root("sources.yaml")
    found: dict[str, Any] = {"sources": []}
    with reader.at(""):
        members(root, "sources screening")
        for i, one in enumerate(_listed(root, "sources")):
            with reader.at(f"sources[{i}]"):
                found["sources"].append(_source(one))
        rules = root.get("screening")
        if rules is None:
            raise Wrong(root, "缺少 screening", "screening")
        with reader.at("screening"):
            members(rules, "roles excludes timeout attempts near")
            found["screening"] = {
                "roles": [_word(one) for one in _listed(rules, "roles")],
                "excludes": [_word(one) for one in _listed(rules, "excludes")],
                "timeout": _whole(_required(rules, "timeout"), 50, 60_000),
                "attempts": _whole(_required(rules, "attempts"), 1, 5),
                "near": str(literal(FactType.DECIMAL, _required(rules, "near"))),
            }
    return found


def _source(node: Node) -> dict[str, Any]:
    members(node, "key name kind authority address lists max_age")
    kind = text(node, "kind", required=True)
    if kind not in ("own", "list", "live"):
        raise Wrong(node.value["kind"], "应为 own、list 或 live", "kind")
    age, hours = text(node, "max_age"), None
    if age:
        match = _HOURS.fullmatch(age)
        if match is None:
            raise Wrong(node.value["max_age"], "应形如 36h 或 7d", "max_age")
        hours = int(match[1]) * (24 if match[2] == "d" else 1)
    if kind != "own" and hours is None:
        raise Wrong(node, "应写明数据多旧仍可使用", "max_age")
    address = text(node, "address", required=kind == "live")
    lists = [_word(one) for one in _listed(node, "lists")] if node.get("lists") else []
    return {
        "key": text(node, "key", required=True),
        "name": text(node, "name", required=True),
        "kind": kind,
        "authority": text(node, "authority"),
        "address": address,
        "lists": lists,
        "max_age_hours": hours,
    }


def _fit_together(reader: Reader, content: dict[str, Any]) -> None:
    """What one file names another must have."""
    grounds, profiles, lists = content["grounds"], content["profiles"], content["lists"]

    def need(ok: bool, file: str, where: str, message: str) -> None:
        if not ok:
            path = str(reader.folder / file)
            reader.problems.append(Problem(path, 0, where, message))

    for part in ("kinds", "lists"):
        for key, one in content[part].items():
            for name in ("ground", "ground_serious"):
                ground = one.get(name, "")
                need(not ground or ground in grounds, "lists.yaml", f"{part}.{key}.{name}", "没有")
            profile = one.get("profile", "")
            need(not profile or profile in profiles, "lists.yaml", f"{part}.{key}.profile", "没有")
    for source in content["sources"]:
        for key in source["lists"]:
            need(key in lists, "sources.yaml", f"{source['key']}.lists", f"没有名单 {key}")
    covered = {key for source in content["sources"] for key in source["lists"]}
    for key in lists:
        # Else nobody could ever be found clear of it.
        need(key in covered, "sources.yaml", "sources", f"名单 {key} 没有来源")
    owners = [source for source in content["sources"] if source["kind"] == "own"]
    need(len(owners) == 1, "sources.yaml", "sources", "应有且只有一个 own 来源")
    for ground in content["screening"]["excludes"]:
        need(ground in grounds, "sources.yaml", "screening.excludes", f"没有 {ground}")


def _listed(node: Node, name: str) -> list[Node]:
    return sequence(_required(node, name))


def _required(node: Node, name: str) -> Node:
    found = node.get(name)
    if found is None:
        raise Wrong(node, f"缺少 {name}", name)
    return found


def _word(node: Node) -> str:
    return str(literal(FactType.TEXT, node))


def _whole(node: Node, least: int, most: int) -> int:
    value = int(literal(FactType.INT, node))
    if not least <= value <= most:
        raise Wrong(node, f"应在 {least} 与 {most} 之间")
    return value


def _limit(node: Node, name: str) -> str:
    written = text(node, name, required=True)
    try:
        return parse_limit(written, "licence").text
    except LimitError as error:
        raise Wrong(node.value[name], error.reason, name) from error
