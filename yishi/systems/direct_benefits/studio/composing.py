"""A whole item: from the form's texts to content with every complaint at its input, and back.

The content has the form of an item in a policy file (docs/policies.md), with ``policy``, the key of
its document. What cannot be read stays in it as written, so that nothing that was typed is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.studio import amounts_form, conditions, examples_form, literals
from yishi.systems.direct_benefits.studio.shape import Tree
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary
from yishi.systems.direct_benefits.studio.wording import (
    COUNTING,
    DAY_UNITS,
    KINDS,
    MODES,
    ONCE,
    PAY_FROM,
    PERIODS,
    STACKS,
    VALID_DATES,
)

Content = dict[str, Any]
Errors = dict[str, str]
KEY = re.compile(r"[a-z][a-z0-9_]{2,60}", re.ASCII)
_GROUP = re.compile(r"[a-z0-9_一-鿿-]{1,60}")
_LABELS = re.compile(r"[,，、;；\s]+")
#: Inputs with a closed list of answers: name in the form, answers, what it is called.
_CHOICES: tuple[tuple[str, Mapping[str, Any], str], ...] = (
    ("mode", MODES, "兑现方式"),
    ("kind", KINDS, "类别"),
    ("valid_date", VALID_DATES, "有效期看哪一天"),
    ("period", PERIODS, "周期"),
    ("once", ONCE, "享受次数"),
)
_TEXTS = (("name", "名称", 120), ("clause", "条款", 60), ("plain", "一句话说明", 400))


def content_of(tree: Tree, words: Vocabulary, key: str = "") -> tuple[Content, Errors]:
    """The content of a form and what is wrong with it, by name of the input."""
    errors: Errors = {}
    made: Content = {"key": key or tree["key"], "policy": tree["policy"]}
    if not KEY.fullmatch(made["key"]):
        errors["key"] = "代码以小写字母开头，只用小写字母、数字和下划线，3 至 61 个字"
    if not made["policy"]:
        errors["policy"] = "请选择依据的政策文件"
    for name, label, most in _TEXTS:
        made[name] = tree[name]
        if name == "name" and not tree[name]:
            errors[name] = f"请填写{label}"
        elif len(tree[name]) > most:
            errors[name] = f"{label}最多 {most} 个字，现有 {len(tree[name])} 个字"
    for name, answers, label in _CHOICES:
        made[name] = tree[name]
        if tree[name] not in answers:
            errors[name] = f"请选择{label}"
    made["audience"] = [one for one in _LABELS.split(tree["audience"]) if one][:20]
    made["region"] = tree["region"]
    made["when"] = conditions.content_of(tree, words, errors)
    amount = amounts_form.content_of(tree, words, errors)
    made["fiscal"] = amount is not None
    if amount is not None:
        made["amount"] = amount
    _rest(tree, made, errors)
    made["examples"] = examples_form.content_of(tree, made, words, errors)
    made = {name: value for name, value in made.items() if value not in ("", [], {}, None)}
    return made | {"fiscal": amount is not None}, errors


def _rest(tree: Tree, made: Content, errors: Errors) -> None:
    made["stack"] = _stack(tree, errors)
    made["caps"] = _caps(tree, errors)
    made["budget"] = _budget(tree, errors) if made["fiscal"] else {}
    made["notice"] = {
        "days": _whole(tree, "notice_days", 0, 90, errors),
        "unit": _one_of(tree, "notice_unit", DAY_UNITS, errors),
        "mode": _one_of(tree, "notice_mode", COUNTING, errors),
    }
    if made["fiscal"]:
        made["pay_within"] = {
            "days": _whole(tree, "pay_days", 1, 365, errors),
            "unit": _one_of(tree, "pay_unit", DAY_UNITS, errors),
            "from": _one_of(tree, "pay_from", PAY_FROM, errors),
        }
        made["payer"] = tree["payer"]
        if not tree["payer"]:
            errors["payer"] = "请填写拨付单位"
        if tree["clawback"]:
            made["clawback"] = {"text": tree["clawback"]}
    made["how"] = tree["how"]


def _attempt(where: str, read: Callable[[], Any], written: str, errors: Errors) -> Any:
    try:
        return read()
    except FieldError as error:
        errors[where] = error.message
        return written


def _whole(tree: Tree, name: str, low: int, high: int, errors: Errors) -> Any:
    return _attempt(
        name, lambda: literals.whole_of(name, tree[name], low, high), tree[name], errors
    )


def _one_of(tree: Tree, name: str, answers: Mapping[str, Any], errors: Errors) -> str:
    if tree[name] not in answers:
        errors[name] = "请选择"
    return tree[name]


def _stack(tree: Tree, errors: Errors) -> dict[str, Any]:
    rule = tree["stack_rule"]
    if not rule:
        return {}
    if rule not in STACKS:
        errors["stack_rule"] = "请选择与同组政策的关系"
    if not _GROUP.fullmatch(tree["stack_group"]):
        errors["stack_group"] = "请填写组名（同组的事项写相同的组名）"
    priority = _whole(tree, "stack_priority", 0, 999, errors) if tree["stack_priority"] else 0
    return {"group": tree["stack_group"], "rule": rule, "priority": priority}


def _caps(tree: Tree, errors: Errors) -> dict[str, Any]:
    found = {}
    for name in ("per_party", "per_item"):
        where = f"caps_{name}"
        if tree[where]:
            found[name] = _attempt(
                where, lambda w=where: literals.fen_of(w, tree[w]), tree[where], errors
            )
    return found


def _budget(tree: Tree, errors: Errors) -> dict[str, Any]:
    for name in ("line", "functional", "economic"):
        if not tree[f"budget_{name}"]:
            errors[f"budget_{name}"] = "请填写，财政据此列支"
    city = _whole(tree, "share_city", 0, 100, errors)
    county = 100 - city if type(city) is int else 0
    return {
        "line": tree["budget_line"],
        "functional": tree["budget_functional"],
        "economic": tree["budget_economic"],
        "shares": {"city": city, "county": county},
    }


def tree_of(content: Mapping[str, Any], words: Vocabulary) -> Tree:
    """The form of kept content."""
    tree = Tree()
    names = ("key", "policy", "name", "clause", "plain", "mode", "kind", "valid_date", "period")
    for name in (*names, "once", "region", "payer", "how"):
        tree.texts[name] = str(content.get(name) or "")
    tree.texts["audience"] = "、".join(str(one) for one in content.get("audience", ()))
    clawback = content.get("clawback") or {}
    tree.texts["clawback"] = str(clawback.get("text", "") if isinstance(clawback, dict) else "")
    for prefix, part in (("stack_", "stack"), ("budget_", "budget"), ("notice_", "notice")):
        tree.texts |= _texts(prefix, content.get(part))
    tree.texts |= _texts("pay_", content.get("pay_within"))
    tree.texts["share_city"] = str(
        ((content.get("budget") or {}).get("shares") or {}).get("city", "")
    )
    for name, value in (content.get("caps") or {}).items():
        shown = literals.yuan_text(value) if type(value) is int else str(value)
        tree.texts[f"caps_{name}"] = shown
    tree.entries = conditions.entries_of(content.get("when"), words)
    amounts_form.fill(tree, content.get("amount"), words)
    examples_form.fill(tree, content.get("examples"), words)
    return tree


def _texts(prefix: str, part: Any) -> dict[str, str]:
    if not isinstance(part, dict):
        return {}
    return {
        prefix + name: str(value)
        for name, value in part.items()
        if isinstance(value, str | int) and value != ""
    }


def fresh(key: str) -> Content:
    """What a new item begins with: nothing that a policy would have to say."""
    return {
        "key": key,
        "mode": "direct",
        "kind": "award",
        "fiscal": True,
        "valid_date": "recognition",
        "period": "year",
        "once": "period",
        "when": [],
        "notice": {"days": 5, "unit": "wd", "mode": "INCLUSIVE"},
        "pay_within": {"days": 7, "unit": "calendar", "from": "finance_received"},
        "budget": {"shares": {"city": 100, "county": 0}},
    }
