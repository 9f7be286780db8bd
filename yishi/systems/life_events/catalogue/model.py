"""What a theme (一件事) is: questions, items with conditions and order, and how its form merges.

Plain values. Reading them from files is ``reading``; what they come to for given answers is
``routes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from yishi.foundation.approvals.catalogue.conditions import When

LICENCE = "licence"
DATA = "data"
#: What an earlier item gives to a later one: its granted result, or only its data.
GIVES = {LICENCE: "结果", DATA: "数据"}
AUDIENCES = {"enterprise": "企业和经营主体", "person": "个人"}
GROUPS = {
    name: name
    for name in (
        "市场准入",
        "企业变更与注销",
        "项目与建设",
        "水电气网与房产",
        "涉农与生态",
        "投资与金融",
        "用工与人才",
        "出生与育儿",
        "教育",
        "就业与创业",
        "婚姻与家庭",
        "住房",
        "社保与医保",
        "医疗与健康",
        "退役与优抚",
        "养老与救助",
        "残疾人",
        "退休与身后",
        "出行与车辆",
        "出入境与户籍",
        "文体与旅游",
        "司法与公证",
    )
}
YES, NO = "yes", "no"
#: Answers to a question without choices.
YES_NO = {YES: "是", NO: "否"}
#: Unified handling may take 45 working days (行政许可法 art. 42(2)).
CAP = "45工作日"

#: What was answered, by question: the key of a choice, or a boolean.
Answers = Mapping[str, str | bool]


@dataclass(frozen=True, slots=True)
class Question:
    """A guiding question (情形引导). Without ``choices`` it is answered yes or no."""

    key: str
    ask: str
    choices: Mapping[str, str] = field(default_factory=dict)
    when: When = ()
    help: str = ""

    @property
    def options(self) -> Mapping[str, str]:
        """The possible answers with their labels."""
        return self.choices or YES_NO

    def value(self, option: str) -> str | bool:
        """An option as conditions compare it."""
        return option if self.choices else option == YES

    def option(self, value: str | bool) -> str:
        """The option that *value* is."""
        return value if isinstance(value, str) else YES if value else NO


@dataclass(frozen=True, slots=True)
class After:
    """An earlier item of the theme: its ``licence`` (granted result) or only its ``data``."""

    item: str
    gives: str = LICENCE


@dataclass(frozen=True, slots=True)
class ThemeItem:
    """A single item inside a theme; ``held_by``: whoever holds that paper needs it no more."""

    item: str
    when: When = ()
    after: tuple[After, ...] = ()
    held_by: str = ""


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme. ``same_*``: groups of keys that mean the same thing here, the first is kept."""

    key: str
    name: str
    audience: str
    group: str
    lead: str
    level: str
    summary: str
    questions: tuple[Question, ...]
    items: tuple[ThemeItem, ...]
    promise: str = ""
    national: str = ""
    deep: bool = False
    same_fields: tuple[tuple[str, ...], ...] = ()
    same_materials: tuple[tuple[str, ...], ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    distinct_from: tuple[str, ...] = ()

    def question(self, key: str) -> Question | None:
        """The question *key*, if there is one."""
        return next((one for one in self.questions if one.key == key), None)

    def item(self, key: str) -> ThemeItem | None:
        """The item *key*, if the theme has it."""
        return next((one for one in self.items if one.item == key), None)


@dataclass(frozen=True, slots=True)
class National:
    """A national list of themes: its title, the document it stands in, its names."""

    key: str
    title: str
    document: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Themes:
    """All themes of a city in one version, by key."""

    themes: Mapping[str, Theme]
    national: Mapping[str, National] = field(default_factory=dict)
