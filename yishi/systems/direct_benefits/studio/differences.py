"""Two versions of an item field by field, as officers read them: what a reviewer decides on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from yishi.systems.direct_benefits.studio import saying, wording
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


_FIELDS: tuple[tuple[Any, Callable[[Content, Vocabulary], str]], ...] = (
    (gettext_lazy("政策文件"), _plain("policy")),
    (gettext_lazy("条款"), _plain("clause")),
    (gettext_lazy("名称"), _plain("name")),
    (gettext_lazy("一句话说明"), _plain("plain")),
    (gettext_lazy("兑现方式"), _chosen("mode", wording.MODES)),
    (gettext_lazy("类别"), _chosen("kind", wording.KINDS)),
    (gettext_lazy("面向"), lambda c, w: "、".join(map(str, c.get("audience") or ()))),
    (gettext_lazy("适用区域"), _plain("region")),
    (gettext_lazy("有效期看哪一天"), _chosen("valid_date", wording.VALID_DATES)),
    (gettext_lazy("周期"), _chosen("period", wording.PERIODS)),
    (gettext_lazy("享受次数"), _chosen("once", wording.ONCE)),
    (gettext_lazy("金额"), lambda c, w: saying.amount(c.get("amount"), w)),
    (gettext_lazy("每家最多"), lambda c, w: saying.money((c.get("caps") or {}).get("per_party"))),
    (gettext_lazy("本项合计最多"), lambda c, w: saying.money((c.get("caps") or {}).get("per_item"))),
    (gettext_lazy("与其他政策的关系"), lambda c, w: saying.stack(c.get("stack"))),
    (gettext_lazy("预算"), lambda c, w: saying.budget(c.get("budget"))),
    (gettext_lazy("公示"), lambda c, w: saying.notice(c.get("notice"))),
    (gettext_lazy("拨付期限"), lambda c, w: saying.pay_within(c.get("pay_within"))),
    (gettext_lazy("拨付单位"), _plain("payer")),
    (gettext_lazy("追回"), lambda c, w: saying.clawback(c.get("clawback"))),
    (gettext_lazy("差一点的企业该怎么做"), _plain("how")),
)
