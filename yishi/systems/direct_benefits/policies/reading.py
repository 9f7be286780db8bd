"""Files of policies: ``policies/*.yaml``, read strictly; every complaint has file and line.

    department: science_technology      # function key: who answers for the items
    document, illustrative: true
    budgets: [{line, name, functional, economic, shares: {city: 60, county: 40}, yearly}]
    defaults: {payer, notice, pay_within, clawback, valid_date}      # of items that are money
    policies:
      - {key, number, title, issuer, level, text: [{clause, says}], plain, valid: {from, to},
         repealed, when: [conditions of every item], given: {on, facts} of every example,
         items: [{key, name, clause, …}]}

Budgets are named by their line; defaults fill in what an item leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.errors import Problem, RuleFileError
from yishi.foundation.rulebook.yamlfields import Wrong
from yishi.foundation.rulebook.yamlfile import read_yaml
from yishi.systems.direct_benefits.policies import examples, words
from yishi.systems.direct_benefits.policies.facts import Declared
from yishi.systems.direct_benefits.policies.grounds import check_policy
from yishi.systems.direct_benefits.policies.model import BenefitItem, PolicyText
from yishi.systems.direct_benefits.policies.parsing import parse_item
from yishi.systems.direct_benefits.policies.parts import Part, wrong
from yishi.systems.direct_benefits.policies.plain import line_of, plain

_FILE = "document illustrative department budgets defaults policies"
_POLICY = "key number title issuer level text plain valid repealed when given region items"
_DEFAULTS = "payer notice pay_within clawback valid_date"
_DAYS = "from to"


@dataclass(slots=True)
class Placed:
    """An item with the place where it was said."""

    item: BenefitItem
    file: str
    line: int


@dataclass(slots=True)
class PolicyFile:
    """What one file says."""

    policies: list[PolicyText] = field(default_factory=list)
    items: list[Placed] = field(default_factory=list)


def read_file(path: Path, declared: Declared) -> PolicyFile:
    """Read one file and run its examples.

    Raises:
        RuleFileError: with everything found wrong with it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RuleFileError([Problem(str(path), 0, "", f"读不到：{error.strerror}")]) from error
    return parse_file(data, str(path), declared)


def parse_file(data: bytes, file: str, declared: Declared) -> PolicyFile:
    """The same for the bytes of a file."""
    lines: dict[str, int] = {}
    try:
        root = plain(read_yaml(data, file), "", lines)
    except Wrong as error:
        raise RuleFileError([Problem(file, error.node.line, error.part, error.message)]) from error
    reader = _Reader(file, declared, lines)
    found = reader.file_of(root)
    if reader.problems:
        raise RuleFileError(sorted(reader.problems, key=lambda problem: problem.line))
    return found


class _Reader:
    def __init__(self, file: str, declared: Declared, lines: Mapping[str, int]) -> None:
        self.file, self.declared, self.lines = file, declared, lines
        self.problems: list[Problem] = []
        self.found = PolicyFile()
        self.budgets: dict[str, Mapping[str, Any]] = {}
        self.budget_at: dict[str, str] = {}
        self.head: dict[str, Any] = {}
        self.defaults: Mapping[str, Any] = {}

    def _fault(self, where: str, message: str, shown: str = "") -> None:
        line = line_of(self.lines, where, 0)
        self.problems.append(Problem(self.file, line, shown or where, message))

    def file_of(self, root: Any) -> PolicyFile:
        try:
            part = Part(root, "", _FILE)
            part.text("document")
            self.head = {
                "department": part.text("department"),
                "illustrative": part.flag("illustrative"),
            }
            for i, raw in enumerate(part.listed("budgets", required=False)):
                line = Part(
                    raw, f"budgets[{i}]", "line name functional economic shares yearly"
                ).text("line")
                if line in self.budgets:
                    raise wrong(f"budgets[{i}].line", f"预算项目 {line} 重复", "duplicate")
                self.budgets[line], self.budget_at[line] = raw, f"budgets[{i}]"
            if part.get("defaults") is not None:
                self.defaults = part.part("defaults", _DEFAULTS).raw
            policies = part.listed("policies")
        except FieldError as error:
            self._fault(error.field, error.message)
            return self.found
        for i, raw in enumerate(policies):
            try:
                self._policy(raw, f"policies[{i}]")
            except FieldError as error:
                self._fault(error.field, error.message)
        return self.found

    def _policy(self, raw: Any, where: str) -> None:
        part = Part(raw, where, _POLICY)
        policy = policy_of(part, self.file, self.lines.get(where, 0), self.head["illustrative"])
        self.found.policies.append(policy)
        given = part.part("given", "on facts") if part.get("given") is not None else None
        shared = _Shared(
            policy,
            part.text("region", required=False) or "4206",
            part.listed("when", required=False),
            given.day("on", required=False) if given else None,
            dict(given.get("facts") or {}) if given else {},
            f"{where}.when",
        )
        for i, one in enumerate(part.listed("items")):
            self._item(one, f"{where}.items[{i}]", shared)

    def _item(self, raw: Any, where: str, shared: _Shared) -> None:
        key = raw.get("key", where) if isinstance(raw, Mapping) else where
        try:
            if not isinstance(raw, Mapping):
                raise wrong("", "应为对象")
            content, start, end = self._content(raw, shared)
            item = parse_item(content, self.declared)
            check_days(start, end, shared.policy)
            item = item.dated(policy_text=shared.policy, effective_from=start, effective_to=end)
            check_policy(item, shared.policy)
            examples.run(item, self.declared)
        except FieldError as error:
            self._fault(
                self._place(where, error.field, shared, raw), error.message, f"{key}.{error.field}"
            )
        else:
            self.found.items.append(Placed(item, self.file, self.lines.get(where, 0)))

    def _place(self, where: str, field_: str, shared: _Shared, raw: Any) -> str:
        """Where a complaint about the whole item is written: by the policy, which has the first
        conditions, among the file's budgets, in its defaults, or in the item itself."""
        if field_.startswith("when["):
            number, _, rest = field_[5:].partition("]")
            if int(number) < len(shared.when):
                return f"{shared.when_at}[{number}]{rest}"
            return f"{where}.when[{int(number) - len(shared.when)}]{rest}"
        first, _, rest = field_.partition(".")
        own = raw if isinstance(raw, Mapping) else {}
        if first == "budget" and rest and isinstance(own.get("budget"), str):
            return f"{self.budget_at.get(own['budget'], '')}.{rest}"
        if first in self.defaults and first not in own:
            return f"defaults.{field_}"
        return f"{where}.{field_}" if field_ else where

    def _content(
        self, raw: Mapping[str, Any], shared: _Shared
    ) -> tuple[dict[str, Any], date, date | None]:
        """The item's plain values with what the policy, the file and its defaults add."""
        content = {name: value for name, value in raw.items() if name not in ("valid",)}
        days = Part(raw.get("valid") or {}, "valid", _DAYS)
        start = days.day("from", required=False) or shared.policy.valid_from
        end = days.day("to", required=False)
        if isinstance(raw.get("budget"), str):
            line = raw["budget"]
            if line not in self.budgets:
                raise wrong("budget", f"本文件没有预算项目 {line}", "unknown")
            content["budget"] = self.budgets[line]
        policy = shared.policy
        content |= {"policy": policy.key, "policy_number": policy.number, **self.head}
        content.setdefault("region", shared.region)
        content.setdefault("level", "city" if content["region"].count("/") == 0 else "county")
        content["when"] = [*shared.when, *(raw.get("when") or [])]
        for name, value in self.defaults.items():
            if name == "valid_date" or raw.get("fiscal") is True:
                content.setdefault(name, value)
        content["examples"] = shared.examples(raw.get("examples"))
        return content, start, end


@dataclass(slots=True)
class _Shared:
    """What a policy says once for all its items."""

    policy: PolicyText
    region: str
    when: list[Any]
    on: date | None
    facts: dict[str, Any]
    when_at: str

    def examples(self, raw: Any) -> Any:
        """Examples with the facts and the day that they share."""
        if not isinstance(raw, list):
            return raw
        made = []
        for one in raw:
            if not isinstance(one, Mapping):
                made.append(one)
                continue
            day = {} if self.on is None else {"on": self.on}
            own = one.get("facts")
            facts = {**self.facts, **own} if isinstance(own, Mapping) else own
            made.append({**day, **one, "facts": facts})
        return made


def policy_of(part: Part, file: str, line: int, illustrative: bool) -> PolicyText:
    """The policy document of one entry."""
    valid = part.part("valid", _DAYS)
    start, end = valid.day("from"), valid.day("to", required=False)
    repealed = part.day("repealed", required=False)
    assert start is not None
    if end is not None and end < start:
        raise wrong(valid.at("to"), "to 早于 from", "range")
    if repealed is not None and repealed < start:
        raise wrong(part.at("repealed"), "废止日期早于生效日期", "range")
    text = []
    for i, raw in enumerate(part.listed("text")):
        one = Part(raw, f"{part.at('text')}[{i}]", "clause says")
        text.append((one.text("clause", most=60), one.text("says", most=2000)))
    return PolicyText(
        part.text("key", most=80),
        part.text("number", most=80),
        part.text("title", most=120),
        part.text("issuer", most=80),
        part.choice("level", words.LEVELS),
        tuple(text),
        part.text("plain", most=2000),
        start,
        end,
        repealed,
        illustrative,
        file,
        line,
    )


def check_days(start: date, end: date | None, policy: PolicyText) -> None:
    """Raise FieldError unless an item's days lie inside its policy's."""
    if end is not None and end < start:
        raise wrong("valid.to", "to 早于 from", "range")
    if start < policy.valid_from:
        raise wrong("valid.from", f"早于政策文件的生效日期 {policy.valid_from}", "range")
    if policy.valid_to and (start > policy.valid_to or (end and end > policy.valid_to)):
        raise wrong("valid", f"超出政策文件的有效期（至 {policy.valid_to}）", "range")
