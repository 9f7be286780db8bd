"""Two versions of an item field by field, as officers read them: what a reviewer decides on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from yishi.foundation.places import label_of, register_at_hand
from yishi.systems.direct_benefits.policies import book
from yishi.systems.direct_benefits.policies import words as w
from yishi.systems.direct_benefits.studio import saying
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field whose text differs; ``before`` or ``after`` is empty where it was not there."""

    label: str
    before: str
    after: str


def differences(before: Content | None, after: Content, words: Vocabulary) -> list[Difference]:
    """What *after* says otherwise than *before* (None: everything is new)."""
    found: list[Difference] = []
    for label, read in _FIELDS:
        old, new = read(before, words) if before else "", read(after, words)
        if old != new:
            found.append(Difference(str(label), old, new))
    return [*found, *_conditions(before, after, words)]


def _conditions(before: Content | None, after: Content, words: Vocabulary) -> list[Difference]:
    old = dict(saying.entries((before or {}).get("when"), words))
    new = dict(saying.entries(after.get("when"), words))
    found = []
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) != new.get(key):
            found.append(Difference(gettext("条件"), old.get(key, ""), new.get(key, "")))
    return found


def _plain(name: str) -> Callable[[Content, Vocabulary], str]:
    return lambda content, words: str(content.get(name) or "")


def _chosen(name: str, answers: Mapping[str, Any]) -> Callable[[Content, Vocabulary], str]:
    def read(content: Content, words: Vocabulary) -> str:
        value = str(content.get(name) or "")
        return str(answers.get(value, value))

    return read


def _policy(content: Content, words: Vocabulary) -> str:
    key = str(content.get("policy") or "")
    policy = book.shelf().policies.get(key)
    return f"{policy.title}（{policy.number}）" if policy else key


def _department(content: Content, words: Vocabulary) -> str:
    function = str(content.get("department") or "")
    units = register_at_hand().units(function=function) if function else []
    return units[0].name if units else function


_FIELDS: tuple[tuple[Any, Callable[[Content, Vocabulary], str]], ...] = (
    (gettext_lazy("政策文件"), _policy),
    (gettext_lazy("条款"), _plain("clause")),
    (gettext_lazy("名称"), _plain("name")),
    (gettext_lazy("主管部门"), _department),
    (gettext_lazy("层级"), _chosen("level", w.LEVELS)),
    (gettext_lazy("兑现方式"), _chosen("mode", w.MODES)),
    (gettext_lazy("类别"), _chosen("kind", w.KINDS)),
    (gettext_lazy("面向"), lambda c, v: "、".join(map(str, c.get("audience") or ()))),
    (
        gettext_lazy("适用区域"),
        lambda c, v: label_of(str(c.get("region") or "")) if c.get("region") else "",
    ),
    (gettext_lazy("有效期看哪一天"), _chosen("valid_date", w.VALID_DATES)),
    (gettext_lazy("周期"), _chosen("period", w.PERIODS)),
    (gettext_lazy("享受次数"), _chosen("once", w.ONCE)),
    (gettext_lazy("金额"), lambda c, v: saying.amount(c.get("amount"), v)),
    (gettext_lazy("每家最多"), lambda c, v: saying.money((c.get("caps") or {}).get("per_party"))),
    (
        gettext_lazy("本项合计最多"),
        lambda c, v: saying.money((c.get("caps") or {}).get("per_item")),
    ),
    (gettext_lazy("与其他政策的关系"), lambda c, v: saying.stack(c.get("stack"))),
    (gettext_lazy("预算"), lambda c, v: saying.budget(c.get("budget"))),
    (gettext_lazy("公示"), lambda c, v: saying.notice(c.get("notice"))),
    (gettext_lazy("拨付期限"), lambda c, v: saying.pay_within(c.get("pay_within"))),
    (gettext_lazy("拨付单位"), _plain("payer")),
    (gettext_lazy("追回"), lambda c, v: saying.clawback(c.get("clawback"))),
    (gettext_lazy("以什么为准"), _plain("evidence")),
    (gettext_lazy("享受什么"), _plain("right")),
    (gettext_lazy("申请时提交什么"), lambda c, v: "；".join(map(str, c.get("asks") or ()))),
    (gettext_lazy("承诺内容"), _plain("pledge")),
    (gettext_lazy("认定日期"), _plain("recognised_on")),
    (gettext_lazy("差一点的企业该怎么做"), _plain("how")),
    (gettext_lazy("示例"), lambda c, v: saying.examples(c.get("examples"))),
)
