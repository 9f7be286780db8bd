"""Licences that may be had by pledge (承诺即入), texts, profiles and trades as plain data."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from yishi.foundation.calendars.limits import Limit, parse_limit

#: Who may hold a licence of the economy: market entities and nobody else.
HOLDERS = {
    "enterprise": "企业",
    "individual_business": "个体工商户",
    "cooperative": "农民专业合作社",
}
#: Kinds of holders that are no market entities; naming one is refused with this reason.
NOT_MARKET = frozenset(
    {"institution", "government", "social_organisation", "mass_organisation", "organisation"}
    | {"person"}
)
NOT_A_MARKET_ENTITY = "不是经营主体"
RISKS = {"low": "低风险", "medium": "中风险"}
WHEN = {"before": "作出决定前即具备", "opening": "开始经营前具备"}
METHODS = {"on_site": "现场核查", "document": "书面核查", "data": "数据比对"}
ROLES = {"applicant": "申请人", "legal_representative": "法定代表人（负责人）"}
EXCLUDES = {
    "serious_list": "严重失信主体名单",
    "judgment_debtor": "失信被执行人",
    "false_pledge": "曾作出虚假承诺且未修复",
}
NOTICE, PLEDGE = "notice", "pledge"
TEXT_KINDS = {NOTICE: "告知书", PLEDGE: "承诺书"}
#: What texts may say of an application: one line, or numbered lines.
WORDS = frozenset(
    {"authority", "regulator", "licence", "basis", "holder", "uscc", "representative"}
    | {"premises", "certificate", "check", "check_by"}
    | {"notice_version", "signed_by", "signed_at"}
)
LISTS = frozenset(
    {"conditions", "conditions_now", "conditions_opening", "replaced", "later", "consequences"}
)


@dataclass(frozen=True, slots=True)
class Condition:
    """What the applicant promises; ``when``: met now, or before business begins."""

    key: str
    text: str
    basis: str
    when: str


@dataclass(frozen=True, slots=True)
class Later:
    """A paper that is handed in after the decision, within a term."""

    material: str
    within: str

    @property
    def limit(self) -> Limit:
        """The term."""
        return parse_limit(self.within, "licence")


@dataclass(frozen=True, slots=True)
class Profile:
    """How long the regulator has for the check, counted from the decision; ``limit`` "": none."""

    key: str
    name: str
    limit: str
    source: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a city gives for the steps after a finding; ``rectify`` is the longest that may be given
    to put something right. Illustrative where the city's file says nothing."""

    recheck: str = "10工作日"
    exception: str = "10工作日"
    cancel: str = "10工作日"
    lot: str = "20工作日"
    rectify: str = "90自然日"


@dataclass(frozen=True, slots=True)
class Check:
    """How and by when what was promised is looked at."""

    profile: str
    method: str
    full: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """The certificate that is issued. ``months`` None: without an end."""

    name: str
    type: str
    months: int | None


@dataclass(frozen=True, slots=True)
class Licence:
    """One entry of the published list: a single item that may be had by pledge."""

    key: str
    name: str
    item: str
    department: str
    certificate: Paper
    holders: tuple[str, ...]
    risk: str
    health_or_safety: bool
    conditions: tuple[Condition, ...]
    replaced: tuple[str, ...]
    later: tuple[Later, ...]
    check: Check
    consequences: tuple[str, ...]
    roles: tuple[str, ...]
    excludes: tuple[str, ...]
    basis: str = ""
    regulator: str = ""
    trade_kinds: tuple[str, ...] = ()
    exception: tuple[str, str] = ("", "")
    file: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a text: a heading, a sentence with ``{words}``, and a numbered list."""

    title: str
    text: str
    list: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class TextVersion:
    """One version of a notice (告知书) or pledge (承诺书); ``hash``: SM3 of title and sections."""

    key: str
    kind: str
    version: int
    start: date
    title: str
    sections: tuple[Section, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text with all its versions; ``licences``: what it is for alone, else it is the general
    one."""

    key: str
    kind: str
    name: str
    licences: tuple[str, ...]
    versions: tuple[TextVersion, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a trade: yes adds components."""

    key: str
    text: str
    adds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade with one licence (一业一证); components are licences of the list or single items."""

    key: str
    name: str
    components: tuple[str, ...]
    questions: tuple[Question, ...] = ()
    file: str = ""
    group: str = ""
    hint: str = ""
    words: tuple[str, ...] = ()

    @property
    def always(self) -> tuple[str, ...]:
        """Components that no question decides."""
        asked = {key for question in self.questions for key in question.adds}
        return tuple(key for key in self.components if key not in asked)


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison of a fact of the supervision rules."""

    fact: str
    how: str
    value: str = ""

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether it holds; a fact that is not known never does."""
        found = facts.get(self.fact)
        if found is None:
            return False
        if self.how in ("is_true", "is_false"):
            return bool(found) is (self.how == "is_true")
        if self.how == "eq":
            return str(found) == self.value
        return COMPARISONS[self.how](int(found), int(self.value))


COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "gte": operator.ge,
    "gt": operator.gt,
    "lte": operator.le,
    "lt": operator.lt,
}


@dataclass(frozen=True, slots=True)
class Level:
    """How closely a holder is supervised. ``share``: of the holders that are checked at a round,
    ``times``: rounds a year, ``order``: smaller ones are checked first."""

    key: str
    name: str
    share: float
    times: int
    order: int
    full: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """When a level holds; ``before``: business may begin only after a visit."""

    key: str
    level: str
    text: str
    when: tuple[Term, ...]
    before: bool = False


@dataclass(frozen=True, slots=True)
class Supervision:
    """All rules of supervision, first match first."""

    facts: Mapping[str, str]
    levels: Mapping[str, Level]
    rules: tuple[Rule, ...]
    default: Rule

    def decide(self, facts: Mapping[str, Any]) -> Rule:
        """The first rule that holds, else the default."""
        for rule in self.rules:
            if all(term.holds(facts) for term in rule.when):
                return rule
        return self.default


@dataclass(frozen=True, slots=True)
class Forbidden:
    """What must never be on the list: a word in names, or a single item."""

    word: str
    item: str
    basis: str


@dataclass(frozen=True)
class Book:
    """The published list with everything that belongs to it, in one version."""

    licences: Mapping[str, Licence]
    profiles: Mapping[str, Profile]
    texts: Mapping[str, Text]
    trades: Mapping[str, Trade]
    supervision: Supervision
    forbidden: tuple[Forbidden, ...]
    limits: Limits = Limits()

    @cached_property
    def by_item(self) -> Mapping[str, Licence]:
        """The licences by the single item that is their ordinary route (the first of each)."""
        found: dict[str, Licence] = {}
        for licence in self.licences.values():
            found.setdefault(licence.item, licence)
        return found

    def text_for(self, kind: str, licence: str, day: date) -> TextVersion | None:
        """The text that is shown for *licence* on *day*: its own before the general one, the
        newest version that is in force."""
        fitting = [
            text
            for text in self.texts.values()
            if text.kind == kind and (licence in text.licences or not text.licences)
        ]
        fitting.sort(key=lambda text: not text.licences)
        for text in fitting:
            begun = [one for one in text.versions if one.start <= day]
            if begun:
                return max(begun, key=lambda one: (one.start, one.version))
        return None
