"""An item's content as one reads it: parts in words, and its examples with what came out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.parts import Fact
from yishi.systems.direct_benefits.policies import book, facts, parsing
from yishi.systems.direct_benefits.policies import examples as running
from yishi.systems.direct_benefits.policies import words as w
from yishi.systems.direct_benefits.policies.folder import book_of
from yishi.systems.direct_benefits.studio import examples_form, saying, wording
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary

Content = Mapping[str, Any]


def parts(content: Content, words: Vocabulary, register: Register) -> list[Fact]:
    """What the item is, in the order in which one asks."""
    policy = book.shelf().policies.get(str(content.get("policy", "")))
    named = f"{policy.title}（{policy.number}）" if policy else str(content.get("policy", ""))
    units = register.units(function=str(content.get("department") or ""))
    rows = [
        (_("政策文件"), f"{named} {content.get('clause', '')}".strip()),
        (_("主管部门"), units[0].name if units else content.get("department")),
        (_("兑现方式"), w.MODES.get(str(content.get("mode")), "")),
        (_("类别"), w.KINDS.get(str(content.get("kind")), "")),
        (_("面向"), "、".join(map(str, content.get("audience") or ()))),
        (_("适用区域"), register.label(str(content.get("region") or "4206"))),
        (_("以什么为准"), content.get("evidence")),
        (_("金额"), saying.amount(content.get("amount"), words) if content.get("amount") else ""),
        (_("享受什么"), content.get("right")),
        (_("每家最多"), saying.money((content.get("caps") or {}).get("per_party"))),
        (_("本项合计最多"), saying.money((content.get("caps") or {}).get("per_item"))),
        (_("周期"), _period(content)),
        (_("与其他政策的关系"), saying.stack(content.get("stack"))),
        (_("申请时提交什么"), "；".join(map(str, content.get("asks") or ()))),
        (_("承诺内容"), content.get("pledge")),
        (_("预算"), saying.budget(content.get("budget"))),
        (_("公示"), saying.notice(content.get("notice"))),
        (_("拨付期限"), saying.pay_within(content.get("pay_within"))),
        (_("拨付单位"), content.get("payer")),
        (_("追回"), saying.clawback(content.get("clawback"))),
        (_("差一点的企业该怎么做"), content.get("how")),
    ]
    return [Fact(label, str(value)) for label, value in rows if value]


def _period(content: Content) -> str:
    period = w.PERIODS.get(str(content.get("period")), "")
    once = w.ONCE.get(str(content.get("once")), "")
    valid = w.VALID_DATES.get(str(content.get("valid_date")), "")
    return f"{period}，{once}；{valid}"


def examples(content: Content, words: Vocabulary) -> list[dict[str, Any]]:
    """Every example: what is given, what must come out, and what does."""
    declared = facts.declared()
    try:
        item = parsing.parse_item({**content, "policy_number": "—"}, declared)
    except FieldError as error:
        return [{"wrong": error.message}]
    compiled = book_of([item])
    truths = {"true": _("符合"), "false": _("不符合"), "unknown": _("无法判定")}
    found = []
    for one in item.examples:
        outcome = running.outcome_of(compiled, one, declared)
        right = outcome.truth is one.expect and (one.amount is None or outcome.amount == one.amount)
        given = [
            (wording.named(words.facts[name]), examples_form.shown(words.facts[name], value))
            for name, value in one.facts.items()
            if name in words.facts
        ]
        found.append(
            {
                "on": one.on,
                "given": given,
                "expect": truths[one.expect.value],
                "amount": saying.money(one.amount) if one.amount is not None else "",
                "came": truths[outcome.truth.value],
                "came_amount": saying.money(outcome.amount) if outcome.amount is not None else "",
                "right": right,
                "why": one.why,
                "reasons": outcome.outcome.reasons(),
            }
        )
    return found
