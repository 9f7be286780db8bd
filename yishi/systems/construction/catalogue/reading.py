"""``construction/`` of a city's folder: policy, items, surveyors; every fault with file and line.

The item files are those of the item catalogue; here only what projects need of them is read:
``stage``, ``counted``, ``kinds``, ``after``, ``modes``, ``when``, ``unless``, ``joint``, ``per``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from yishi.foundation.calendars.limits import Limit, LimitError, Unit, parse_limit
from yishi.foundation.cases.catalogue_errors import CatalogueError, Problem
from yishi.foundation.cases.catalogue_fields import Fields
from yishi.foundation.cases.catalogue_yaml import Located, from_plain, read_folder
from yishi.systems.construction.catalogue.checks import check
from yishi.systems.construction.catalogue.policies import read_policy, read_surveyors
from yishi.systems.construction.catalogue.types import JOINT, MODES, PER, Book, ProjectItem

FOLDER = "construction"
POLICY = "policy.yaml"
SURVEYORS = "surveyors.yaml"
_KEY = re.compile(r"[a-z][a-z0-9_]{2,47}")
#: Keys of an item that belong to the item catalogue and are read there.
_ELSEWHERE = (
    "kind",
    "audience",
    "basis",
    "handling",
    "channels",
    "visits",
    "fee",
    "result",
    "special",
    "conditions",
    "distinct_from",
    "fields",
    "materials",
)
#: Working days in a month, and of seven days: what a limit in other units surely holds.
_DAYS_IN_MONTH = 20


def parse_folder(folder: Path) -> dict[str, Any]:
    """Canonical content of ``folder`` (``construction/``).

    Raises:
        CatalogueError: with every fault, its file and line.
    """
    paths = [folder / POLICY, folder / SURVEYORS, *sorted((folder / "items").glob("*.yaml"))]
    trees, problems = read_folder(folder, paths), list[Problem]()
    _assemble(trees, problems)
    if problems:
        raise CatalogueError(problems)
    return {name: plain(tree) for name, tree in trees.items()}


def from_content(content: Mapping[str, Any]) -> Book:
    """The book of a stored version. Raises CatalogueError."""
    problems: list[Problem] = []
    book = _assemble({name: from_plain(value) for name, value in content.items()}, problems)
    if book is None or problems:
        raise CatalogueError(problems)
    return book


def dump_folder(content: Mapping[str, Any], folder: Path) -> None:
    """Write *content* as files; reading them gives the same content."""
    for name, value in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=1_000)
        path.write_text(text, encoding="utf-8", newline="\n")


def plain(node: Located) -> Any:
    """A tree without its lines: texts, lists and mappings."""
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    return node.value


def _assemble(trees: Mapping[str, Located], problems: list[Problem]) -> Book | None:
    if POLICY not in trees or SURVEYORS not in trees:
        problems.append(Problem(POLICY, 0, "", "缺少 policy.yaml 或 surveyors.yaml"))
        return None
    lines: dict[str, tuple[str, int]] = {}
    policy = read_policy(trees[POLICY], POLICY, problems, lines)
    surveyors = read_surveyors(trees[SURVEYORS], SURVEYORS, policy, problems)
    items: list[ProjectItem] = []
    for name, tree in trees.items():
        if name not in (POLICY, SURVEYORS):
            items.extend(_read_items(tree, name, problems, lines))
    if not items:
        problems.append(Problem("items", 0, "", "没有事项文件 items/*.yaml"))
        return None
    book = Book(policy, tuple(items), surveyors)
    check(book, lines, problems)
    return book


def _read_items(
    tree: Located, file: str, problems: list[Problem], lines: dict[str, tuple[str, int]]
) -> list[ProjectItem]:
    found: list[ProjectItem] = []
    fields = Fields(tree, file, problems)
    fields.text("department", most=60)
    for node in fields.items("items"):
        item = _read_item(Fields(node, file, problems), problems)
        if item.key in lines:
            problems.append(
                Problem(
                    file, node.line, "key", f"事项 {item.key} 重复，已见于 {lines[item.key][0]}"
                )
            )
            continue
        lines[item.key] = (file, node.line)
        found.append(item)
    fields.done()
    return found


def _read_item(fields: Fields, problems: list[Problem]) -> ProjectItem:
    for name in _ELSEWHERE:
        fields._take(name, False)
    legal, promise = _limit(fields, "legal"), _limit(fields, "promise")
    counted = fields.flag("counted")
    if counted and promise is not None and promise.unit is not Unit.WORKING_DAY:
        fields.fault("promise", "计入总时限的事项，承诺时限应以工作日计")
    item = ProjectItem(
        key=fields.text("key", pattern=_KEY),
        name=fields.text("name", most=60),
        function=fields.text("function", most=40),
        level=fields.text("level", most=20),
        stage=fields.number("stage", 1, 4) or _missing(fields, "stage"),
        counted=counted,
        kinds=fields.texts("kinds", least=1),
        promise=working_days(promise),
        legal=working_days(legal),
        after=fields.texts("after", length=48),
        modes=_codes(fields, "modes", MODES) or ("normal",),
        when=fields.texts("when", length=40),
        unless=fields.texts("unless", length=40),
        joint=fields.choice("joint", JOINT, required=False),
        per=fields.choice("per", PER, required=False) or "project",
    )
    if item.promise and item.legal and item.promise > item.legal:
        fields.fault(
            "promise",
            f"承诺时限 {item.promise} 个工作日超过法定时限（{item.legal} 个工作日），不能发布",
        )
    fields.done()
    return item


def _missing(fields: Fields, name: str) -> int:
    if name not in fields.names:
        fields.fault(name, "缺少必填字段")
    return 1


def _codes(fields: Fields, name: str, allowed: Mapping[str, str]) -> tuple[str, ...]:
    found = fields.texts(name)
    for code in found:
        if code not in allowed:
            fields.fault(name, f"“{code}”不在可选值中：{'、'.join(allowed)}")
    return tuple(code for code in found if code in allowed)


def _limit(fields: Fields, name: str) -> Limit | None:
    text = fields.text(name, most=20)
    if not text:
        return None
    try:
        return parse_limit(text, "licence")
    except LimitError as error:
        fields.fault(name, error.message)
        return None


def working_days(limit: Limit | None) -> int:
    """The working days that a limit surely holds (0 for one that could not be read)."""
    if limit is None:
        return 0
    if limit.unit is Unit.WORKING_DAY:
        return limit.amount
    if limit.unit is Unit.MONTH:
        return limit.amount * _DAYS_IN_MONTH
    return int(Decimal(limit.amount) * 5 // 7)
