"""Fields, materials and single items (单项事项) as plain data, and the book they make up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from yishi.foundation.approvals.catalogue.conditions import When
from yishi.foundation.calendars.limits import Limit, parse_limit

#: Type of item, GB/T 39046 annex A.
LICENCE = "01"
KINDS = {
    LICENCE: "行政许可",
    "05": "行政给付",
    "07": "行政确认",
    "08": "行政奖励",
    "10": "其他行政权力",
    "20": "公共服务",
}
#: Level of exercise (行使层级), GB/T 39046 annex A: code and name.
LEVELS = {
    "province": ("2", "省级"),
    "city": ("3", "市级"),
    "county": ("4", "县级"),
    "town": ("5", "镇街级"),
    "village": ("6", "村级"),
}
AUDIENCES = {
    "person": "自然人",
    "enterprise": "企业法人",
    "individual_business": "个体工商户",
    "institution": "事业法人",
    "social_organisation": "社会组织法人",
}
#: 办件类型, GB/T 39046: 1 即办件, 2 承诺件.
HANDLING = {"on_the_spot": "即办件", "promised": "承诺件"}
CHANNELS = {"window": "窗口", "web": "网上", "mobile": "移动端", "post": "快递"}
RESULTS = {
    "licence": "许可证照",
    "certificate": "证明证书",
    "approval": "批复批文",
    "filing": "备案回执",
    "payment": "资金给付",
    "registration": "登记",
    "service": "办理结果",
    "none": "无",
}
#: Statutory special steps (行政许可法 art. 45; 公示 by local rules): their time does not count.
SPECIAL = {
    "hearing": "听证",
    "bidding": "招标",
    "auction": "拍卖",
    "inspection": "检验",
    "testing": "检测",
    "quarantine": "检疫",
    "appraisal": "鉴定",
    "expert_review": "专家评审",
    "public_notice": "公示",
    "on_site_inspection": "现场核查",
}
FIELD_TYPES = {
    "text": "文字",
    "long_text": "长文字",
    "int": "整数",
    "decimal": "小数",
    "money": "金额",
    "date": "日期",
    "choice": "选项",
    "bool": "是否",
    "phone": "电话",
    "email": "电子邮箱",
    "id_number": "身份证号",
    "uscc": "统一社会信用代码",
    "division": "行政区划",
    "address": "地址",
    "person_name": "姓名",
}
SECTIONS = {
    "applicant": "申请人",
    "agent": "代理人",
    "business": "经营主体",
    "premises": "场所",
    "persons": "相关人员",
    "matter": "申请事项",
    "delivery": "领取方式",
}
MATERIAL_KINDS = {
    "certificate": "证照",
    "statement": "承诺声明",
    "drawing": "图纸",
    "photo": "照片",
    "contract": "合同",
    "report": "报告",
    "form": "表格",
    "proof": "证明",
}
FORMS = {"original": "原件", "copy": "复印件", "electronic": "电子件"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field is known from: ``party`` (the party's own file) or a department; ``named`` is
    the field's name there."""

    holder: str
    named: str


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of forms. ``most``: characters (texts) or the largest number."""

    key: str
    label: str
    type: str
    section: str = "matter"
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    source: Source | None = None
    personal: bool = False
    most: int | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """A paper under its canonical key. ``shared``: a certificate that the city itself can look up;
    ``aliases``: what guides call it."""

    key: str
    name: str
    kind: str
    issuer: str = ""
    shared: bool = False
    aliases: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A material as one item asks for it: under which name, of whom, in what form, how many."""

    material: str
    named: str
    holder: str
    form: str
    copies: int = 1
    required: bool = True
    deferrable: bool = False
    when: When = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What a granted item gives. ``months``: how long it is valid, if it expires."""

    name: str
    kind: str
    months: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One single item of the implementation list (实施清单). ``legal`` and ``promise`` are limits
    in official wording; days of licences (01) are working days."""

    key: str
    name: str
    department: str
    kind: str
    function: str
    level: str
    audience: tuple[str, ...]
    basis: str
    legal: str
    promise: str
    handling: str
    channels: tuple[str, ...]
    visits: int
    fee: str
    result: Result
    special: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    materials: tuple[Wanted, ...] = ()
    distinct_from: tuple[str, ...] = ()
    #: What the folder's own system keeps with its items, as files write it (numbers as texts).
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    file: str = ""

    @property
    def folder(self) -> str:
        """The city's folder that it comes from: ``services`` or a system's own."""
        return self.file.partition("/")[0]

    @property
    def licence(self) -> bool:
        """Whether the licensing law binds it (type 01): caps, extensions, special steps."""
        return self.kind == LICENCE

    @property
    def legal_limit(self) -> Limit:
        """The statutory limit."""
        return parse_limit(self.legal, "licence")

    @property
    def promise_limit(self) -> Limit:
        """The promised limit."""
        return parse_limit(self.promise, "licence")


@dataclass(frozen=True)
class Book:
    """All fields, materials and items of a city in one version."""

    fields: Mapping[str, FieldSpec]
    materials: Mapping[str, Material]
    items: Mapping[str, Item]

    @cached_property
    def departments(self) -> Mapping[str, tuple[Item, ...]]:
        """Items by department, in the order of the files."""
        found: dict[str, list[Item]] = {}
        for item in self.items.values():
            found.setdefault(item.department, []).append(item)
        return {name: tuple(items) for name, items in found.items()}
