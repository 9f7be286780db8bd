"""What officers read of an item's parts: comparisons, modes, kinds, amounts, dates."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yishi.foundation.rulebook.comparing import ALLOWED, Operator
from yishi.foundation.rulebook.facts import Fact, FactType

Label = str | Promise

#: Comparisons in the order in which they are offered, as one says them of numbers and texts.
OPERATORS: Mapping[Operator, Label] = {
    Operator.IS_TRUE: _("是"),
    Operator.IS_FALSE: _("否"),
    Operator.EQ: _("等于"),
    Operator.NE: _("不等于"),
    Operator.GE: _("不低于（≥）"),
    Operator.GT: _("高于（>）"),
    Operator.LE: _("不超过（≤）"),
    Operator.LT: _("低于（<）"),
    Operator.BETWEEN: _("在两值之间（含两端）"),
    Operator.IN: _("属于下列之一"),
    Operator.NOT_IN: _("不属于下列任何一项"),
    Operator.STARTS_WITH: _("以此开头"),
    Operator.CONTAINS_ANY: _("含有下列之一"),
}
#: The same of days.
DATED: Mapping[Operator, Label] = {
    Operator.EQ: _("就在这一天"),
    Operator.NE: _("不在这一天"),
    Operator.GE: _("不早于"),
    Operator.GT: _("晚于"),
    Operator.LE: _("不晚于"),
    Operator.LT: _("早于"),
}
MODES: Mapping[str, Label] = {
    "direct": _("免申即享"),
    "quick": _("即申即享"),
    "promise": _("承诺兑现"),
}
KINDS: Mapping[str, Label] = {
    "award": _("奖补类"),
    "reduction": _("减免类"),
    "right": _("权益类"),
    "qualification": _("资质类"),
}
AMOUNTS: Mapping[str, Label] = {
    "": _("不发钱（减免、权益、资质）"),
    "fixed": _("固定金额"),
    "rate": _("按比例"),
    "tiers": _("分档"),
    "per_unit": _("按数量"),
}
PERIODS: Mapping[str, Label] = {
    "year": _("每年"),
    "quarter": _("每季度"),
    "month": _("每月"),
    "once": _("一次"),
}
ONCE: Mapping[str, Label] = {
    "period": _("每期一次"),
    "party_lifetime": _("每家企业一生一次"),
}
STACKS: Mapping[str, Label] = {
    "": _("与其他政策互不影响"),
    "highest_less_paid": _("从高不重复（扣除已付）"),
    "exclusive": _("只享受其中一项"),
    "sum": _("可以累加"),
}
VALID_DATES: Mapping[str, Label] = {
    "recognition": _("认定之日在有效期内"),
    "payment": _("拨付之日在有效期内"),
}
COUNTING: Mapping[str, Label] = {
    "INCLUSIVE": _("公示当日算第一天"),
    "EXCLUSIVE": _("次日算第一天"),
}
DAY_UNITS: Mapping[str, Label] = {"wd": _("工作日"), "calendar": _("自然日")}
PAY_FROM: Mapping[str, Label] = {
    "finance_received": _("财政收到申请之日"),
    "notice_end": _("公示期满之日"),
    "recognition": _("认定之日"),
}


def operators_of(fact: Fact) -> list[tuple[str, Label]]:
    """The comparisons that *fact* allows, in plain words."""
    dated = fact.type in (FactType.DATE, FactType.DATETIME)
    return [
        (op.value, DATED.get(op, label) if dated else label)
        for op, label in OPERATORS.items()
        if op in ALLOWED[fact.type]
    ]


def in_unit(fact: Fact) -> str:
    """In what a value of *fact* is written."""
    return "元" if fact.type is FactType.MONEY else fact.unit
