"""What officers read of comparisons and amounts; the closed lists of items are `policies.words`."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.rulebook.comparing import ALLOWED, Operator
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.rules import Condition, ParameterDeclaration
from yishi.foundation.rulebook.wording import condition_label, pick, unit_text

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
AMOUNTS: Mapping[str, Label] = {
    "": _("不算金额（减免、权益、资质）"),
    "fixed": _("固定金额"),
    "rate": _("按比例"),
    "tiers": _("分档"),
    "per_unit": _("按数量"),
}
APART: Label = _("与其他政策互不影响")


def operators_of(fact: Fact) -> list[tuple[str, Label]]:
    """The comparisons that *fact* allows, in plain words."""
    dated = fact.type in (FactType.DATE, FactType.DATETIME)
    return [
        (op.value, DATED.get(op, label) if dated else label)
        for op, label in OPERATORS.items()
        if op in ALLOWED[fact.type]
    ]


def language() -> str:
    """The language of the page."""
    return get_language() or "zh-hans"


def named(one: Fact | ParameterDeclaration | Condition) -> str:
    """The name of a fact, a parameter or a condition in the language of the page."""
    if isinstance(one, Condition):
        return condition_label(one, language())
    return pick(language(), one.label, one.label_en)


def vocabulary_of(fact: Fact) -> list[tuple[str, str]]:
    """The values that *fact* may have, with their names in the language of the page."""
    return [(code, pick(language(), *names)) for code, names in fact.values.items()]


def in_unit(fact: Fact) -> str:
    """In what a value of *fact* is written."""
    return gettext("元") if fact.type is FactType.MONEY else unit_text(fact, language())
