"""The parts of an item's content in words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext

from yishi.foundation.rulebook.comparing import MANY, Operator
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.wording import pick, text_shown, with_unit
from yishi.systems.direct_benefits.policies import words as w
from yishi.systems.direct_benefits.studio import wording
from yishi.systems.direct_benefits.studio.amounts_form import percent_text
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary

_SIGNS = {"eq": "=", "ne": "≠", "ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def money(fen: Any) -> str:
    """Fen as yuan with thousands apart; '' for none."""
    if type(fen) is not int:
        return "" if fen is None else str(fen)
    sign, rest = ("-", -fen) if fen < 0 else ("", fen)
    whole, part = divmod(rest, 100)
    digits = f"{sign}{whole:,}.{part:02d}" if part else f"{sign}{whole:,}"
    return gettext("%(sum)s 元") % {"sum": digits}


def value(fact: Fact | None, raw: Any) -> str:
    """A kept value with its unit."""
    if isinstance(raw, list):
        return "、".join(value(fact, one) for one in raw)
    if fact is None:
        return str(raw)
    if fact.type is FactType.MONEY:
        return money(raw)
    if isinstance(raw, str) and fact.type in (FactType.TEXT, FactType.SET):
        return text_shown(fact, raw, wording.language())
    return with_unit(fact, str(raw), wording.language())


def condition(made: Mapping[str, Any], words: Vocabulary) -> str:
    """One comparison, such as 研发投入占比 ≥ 3%."""
    fact = words.facts.get(str(made.get("fact", "")))
    own = pick(wording.language(), str(made.get("label") or ""), str(made.get("label_en") or ""))
    label = own or (wording.named(fact) if fact else str(made.get("fact") or "？"))
    op, wanted = str(made.get("is", "")), value(fact, made.get("value", ""))
    if made.get("parameter"):
        declared = words.parameters.get(str(made["parameter"]))
        wanted = f"《{wording.named(declared)}》" if declared else str(made["parameter"])
    if op in ("is_true", "is_false"):
        yes = gettext("是") if op == "is_true" else gettext("否")
        return f"{label}：{yes}"
    if op in _SIGNS:
        return f"{label} {_SIGNS[op]} {wanted}"
    if op == Operator.BETWEEN and isinstance(made.get("value"), list):
        low, high = (value(fact, one) for one in made["value"][:2])
        between = gettext("在 %(low)s 至 %(high)s 之间") % {"low": low, "high": high}
        return f"{label} {between}"
    if op in MANY or op == Operator.STARTS_WITH:
        said = str(wording.OPERATORS[Operator(op)])
        return f"{label} {said}：{wanted}"
    return label


def entries(when: Any, words: Vocabulary) -> list[tuple[str, str]]:
    """Every entry of ``when`` as (key, words); groups are joined by 或."""
    found = []
    for n, one in enumerate(when if isinstance(when, list) else ()):
        if "any" in one:
            joined = gettext(" 或 ").join(condition(c, words) for c in one["any"])
            label = str(one.get("label") or gettext("下列任一项"))
            keys = "|".join(str(c.get("key") or c.get("fact")) for c in one["any"])
            found.append((f"any:{keys}", f"{label}：{joined}"))
        else:
            found.append((str(one.get("key") or one.get("fact") or n), condition(one, words)))
    return found


def _operand(made: Any, words: Vocabulary, *, rate: bool = False) -> str:
    if isinstance(made, dict):
        declared = words.parameters.get(str(made.get("parameter", "")))
        return f"《{wording.named(declared)}》" if declared else str(made.get("parameter") or "？")
    if rate:
        return f"{percent_text(made)}%"
    return money(made)


def amount(made: Any, words: Vocabulary) -> str:
    """How much, in one sentence."""
    if not made:
        return gettext("不发钱")
    kind, inner = next(iter(made.items()))
    if kind == "fixed":
        return gettext("固定 %(sum)s") % {"sum": _operand(inner, words)}
    if not isinstance(inner, dict):
        return "？"
    fact = words.facts.get(str(inner.get("fact", "")))
    named = wording.named(fact) if fact else "？"
    if kind == "rate":
        text = gettext("%(fact)s × %(rate)s") % {
            "fact": named,
            "rate": _operand(inner.get("rate"), words, rate=True),
        }
        return text + _bounds(inner, words)
    if kind == "per_unit":
        unit = (wording.in_unit(fact) if fact else "") or gettext("个")
        each = _operand(inner.get("fen"), words)
        text = gettext("%(fact)s：每%(unit)s %(each)s") % {
            "fact": named,
            "unit": unit,
            "each": each,
        }
        return text + _bounds(inner, words)
    steps = [
        gettext("满 %(start)s 给 %(sum)s")
        % {"start": value(fact, one.get("from", "")), "sum": money(one.get("fen"))}
        for one in inner.get("steps", ())
    ]
    return f"{named}：" + "；".join(steps)


def _bounds(inner: Mapping[str, Any], words: Vocabulary) -> str:
    text = ""
    if inner.get("floor") is not None:
        text += gettext("，最少 %(sum)s") % {"sum": _operand(inner["floor"], words)}
    if inner.get("cap") is not None:
        text += gettext("，最多 %(sum)s") % {"sum": _operand(inner["cap"], words)}
    return text


def stack(made: Any) -> str:
    """How the item stands to others of its group."""
    if not made:
        return str(wording.APART)
    rule = str(w.STACK_RULES.get(made.get("rule", ""), made.get("rule", "")))
    text = rule + gettext("，次序 %(n)s") % {"n": made.get("priority", "")}
    text += f"，{money(made['cap'])}" if made.get("cap") else ""
    return format_html("<code>{}</code>：{}", made.get("group", ""), text)


def budget(made: Any) -> str:
    """Line, codes, shares, and what is provided for a year."""
    if not made or not made.get("line"):
        return ""
    shares = made.get("shares") or {}
    split = "、".join(f"{w.BEARERS.get(who, who)} {share}%" for who, share in shares.items())
    codes = " ".join(str(made[name]) for name in ("functional", "economic") if made.get(name))
    yearly = gettext("年度 %(sum)s") % {"sum": money(made.get("yearly"))}
    rest = f" {made.get('name', '')} {codes}（{split}），{yearly}"
    return format_html("<code>{}</code>{}", made["line"], rest)


def notice(made: Any) -> str:
    """How long, and how it is counted."""
    if not made or not made.get("days"):
        return gettext("不公示")
    unit = str(w.UNITS.get(made.get("unit", ""), ""))
    mode = str(w.COUNTING.get(made.get("mode", ""), ""))
    return f"{made['days']} {unit}（{mode}）"


def pay_within(made: Any) -> str:
    """Until when it is paid."""
    if not made:
        return ""
    unit = str(w.UNITS.get(made.get("unit", ""), ""))
    start = str(w.PAY_FROM.get(made.get("from", ""), ""))
    return gettext("从%(start)s起 %(days)s %(unit)s") % {
        "start": start,
        "days": made.get("days", ""),
        "unit": unit,
    }


def clawback(made: Any) -> str:
    """When money is taken back, and for how long."""
    if not made:
        return ""
    named = set(made.get("grounds") or ())
    grounds = "、".join(str(label) for key, label in w.GROUNDS.items() if key in named)
    text = gettext("%(years)s 年内：%(grounds)s") % {"years": made.get("years"), "grounds": grounds}
    return text + (
        gettext("；可依法抵扣（%(law)s）") % {"law": made.get("law", "")}
        if made.get("set_off")
        else ""
    )


def examples(made: Any) -> str:
    """How many examples say what."""
    found = [str(one.get("expect")) for one in made or () if isinstance(one, dict)]
    words = {"true": gettext("符合"), "false": gettext("不符合"), "unknown": gettext("无法判定")}
    return "、".join(f"{words[key]} {found.count(key)}" for key in words if key in found)


def share(part: int, whole: int) -> str:
    """A share in per cent; '' of nothing."""
    return f"{Decimal(part) * 100 / whole:.1f}%" if whole else ""
