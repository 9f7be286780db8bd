"""How an item is paid: period, stacking, caps, budget, notice, limit, clawback."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from yishi.systems.direct_benefits.policies import words
from yishi.systems.direct_benefits.policies.model import (
    Budget,
    Caps,
    Clawback,
    Notice,
    PayWithin,
    Stack,
)
from yishi.systems.direct_benefits.policies.parts import Part, wrong
from yishi.systems.direct_benefits.policies.stored import lean

_NAME = re.compile(r"[a-z][a-z0-9_]{1,62}", re.ASCII)
_LINE = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)+", re.ASCII)


def read(part: Part) -> dict[str, Any]:
    """The members of an item that say how it is paid."""
    return {
        "period": part.choice("period", words.PERIODS),
        "once": part.choice("once", words.ONCE),
        "stack": _stack(part),
        "caps": _caps(part),
        "budget": _budget(part),
        "notice": _notice(part),
        "pay_within": _pay_within(part),
        "clawback": _clawback(part),
        "payer": part.text("payer", required=False, most=60),
    }


def _name(part: Part, name: str) -> str:
    written = part.text(name, most=63)
    if not _NAME.fullmatch(written):
        raise wrong(part.at(name), "只用小写字母、数字和下划线")
    return written


def _stack(part: Part) -> Stack | None:
    if part.get("stack") is None:
        return None
    one = part.part("stack", "group rule priority cap")
    rule = one.choice("rule", words.STACK_RULES)
    cap = one.fen("cap")
    if (rule == "sum") is (cap is None):
        raise wrong(one.at("cap"), "合计叠加（sum）须写明合计上限 cap，其他规则不带 cap")
    return Stack(_name(one, "group"), rule, one.whole("priority", 1, 999), cap)


def _caps(part: Part) -> Caps:
    if part.get("caps") is None:
        return Caps()
    one = part.part("caps", "per_party per_item")
    caps = Caps(one.fen("per_party"), one.fen("per_item"))
    if caps.per_party and caps.per_item and caps.per_party > caps.per_item:
        raise wrong(one.at("per_party"), "单户上限大于事项总额上限", "range")
    return caps


def _budget(part: Part) -> Budget | None:
    if part.get("budget") is None:
        return None
    one = part.part("budget", "line name functional economic shares yearly")
    functional, economic = one.text("functional"), one.text("economic")
    if not words.FUNCTIONAL.fullmatch(functional):
        message = f"功能分类科目编码 {functional} 应为 7 位类款项代码，且类存在（如 2150805）"
        raise wrong(one.at("functional"), message)
    if not words.ECONOMIC.fullmatch(economic):
        message = f"政府预算支出经济分类编码 {economic} 应为 5 位类款代码，且类存在（如 50799）"
        raise wrong(one.at("economic"), message)
    shares = one.part("shares", " ".join(words.BEARERS))
    parts = tuple(
        (name, shares.whole(name, 1, 100)) for name in words.BEARERS if name in shares.raw
    )
    total = sum(share for _, share in parts)
    if total != 100:
        raise wrong(one.at("shares"), f"分担比例合计应为 100，得到 {total}", "range")
    yearly = one.whole("yearly", 1, 10**15)
    line = one.text("line", most=40)
    if not _LINE.fullmatch(line):
        raise wrong(one.at("line"), "预算项目编码应形如 XY-KJ-01")
    return Budget(line, one.text("name"), functional, economic, parts, yearly)


def _notice(part: Part) -> Notice | None:
    if part.get("notice") is None:
        return None
    one = part.part("notice", "days unit mode")
    unit, mode = one.choice("unit", words.UNITS), one.choice("mode", words.COUNTING)
    return Notice(one.whole("days", 1, 60), unit, mode)


def _pay_within(part: Part) -> PayWithin | None:
    if part.get("pay_within") is None:
        return None
    one = part.part("pay_within", "days unit from")
    unit, start = one.choice("unit", words.UNITS), one.choice("from", words.PAY_FROM)
    return PayWithin(one.whole("days", 1, 180), unit, start)


def _clawback(part: Part) -> Clawback | None:
    if part.get("clawback") is None:
        return None
    one = part.part("clawback", "grounds years set_off law")
    grounds = one.texts("grounds")
    for i, ground in enumerate(grounds):
        if ground not in words.GROUNDS:
            listed = "、".join(words.GROUNDS)
            raise wrong(f"{one.at('grounds')}[{i}]", f"没有 {ground}，可用：{listed}", "unknown")
    if len(set(grounds)) < len(grounds):
        raise wrong(one.at("grounds"), "追回情形重复", "duplicate")
    set_off, law = one.flag("set_off", False), one.text("law", required=False)
    if set_off and not law:
        raise wrong(one.at("law"), "允许抵扣须写明法律依据（law）", "required")
    return Clawback(grounds, one.whole("years", 1, 10), set_off, law)


def stored(made: Mapping[str, Any]) -> dict[str, Any]:
    """The stored form of what `read` gave beyond plain texts."""
    stack, caps, budget = made["stack"], made["caps"], made["budget"]
    notice, pay, clawback = made["notice"], made["pay_within"], made["clawback"]
    return {
        "stack": stack
        and lean({name: getattr(stack, name) for name in ("group", "rule", "priority", "cap")}),
        "caps": lean({"per_party": caps.per_party, "per_item": caps.per_item}),
        "budget": budget
        and {
            **{name: getattr(budget, name) for name in _BUDGET},
            "shares": dict(budget.shares),
        },
        "notice": notice and {"days": notice.days, "unit": notice.unit, "mode": notice.mode},
        "pay_within": pay and {"days": pay.days, "unit": pay.unit, "from": pay.start},
        "clawback": clawback
        and {
            "grounds": list(clawback.grounds),
            "years": clawback.years,
            "set_off": clawback.set_off,
            **lean({"law": clawback.law}),
        },
    }


_BUDGET = ("line", "name", "functional", "economic", "yearly")
