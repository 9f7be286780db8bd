"""How an item is paid: stacking, caps, budget, notice, limit, clawback; form to content, back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.policies import words as w
from yishi.systems.direct_benefits.studio import literals
from yishi.systems.direct_benefits.studio.shape import Tree

Errors = dict[str, str]
Content = dict[str, Any]
#: Paths of complaints → inputs, where they differ.
INPUTS: Mapping[str, str] = {
    "stack": "stack_rule",
    "stack.group": "stack_group",
    "stack.priority": "stack_priority",
    "stack.cap": "stack_cap",
    "caps": "caps_per_party",
    "caps.per_party": "caps_per_party",
    "caps.per_item": "caps_per_item",
    "budget": "budget_line",
    **{f"budget.{name}": f"budget_{name}" for name in ("line", "name", "yearly")},
    **{f"budget.{name}": f"budget_{name}" for name in ("functional", "economic")},
    "budget.shares": "share_city",
    "notice": "notice_days",
    **{f"notice.{name}": f"notice_{name}" for name in ("days", "unit", "mode")},
    "pay_within": "pay_days",
    **{f"pay_within.{name}": f"pay_{name}" for name in ("days", "unit", "from")},
    "clawback": "claw_grounds",
    **{f"clawback.{name}": f"claw_{name}" for name in ("grounds", "years", "set_off", "law")},
}


def _attempt(where: str, read: Callable[[], Any], written: str, errors: Errors) -> Any:
    try:
        return read()
    except FieldError as error:
        errors[where] = error.message
        return written


def _whole(tree: Tree, name: str, low: int, high: int, errors: Errors) -> Any:
    written = tree[name]
    return _attempt(name, lambda: literals.whole_of(name, written, low, high), written, errors)


def _fen(tree: Tree, name: str, errors: Errors) -> Any:
    written = tree[name]
    return _attempt(name, lambda: literals.fen_of(name, written), written, errors)


def _one_of(tree: Tree, name: str, answers: Mapping[str, Any], errors: Errors) -> str:
    if tree[name] not in answers:
        errors[name] = "请选择"
    return tree[name]


def read(tree: Tree, made: Content, errors: Errors) -> None:
    """Put into *made* what the form says."""
    if tree["stack_rule"]:
        made["stack"] = _stack(tree, errors)
    made["caps"] = {
        name: _fen(tree, f"caps_{name}", errors)
        for name in ("per_party", "per_item")
        if tree[f"caps_{name}"]
    }
    if tree["notice_days"] or made["fiscal"]:
        made["notice"] = {
            "days": _whole(tree, "notice_days", 1, 60, errors),
            "unit": _one_of(tree, "notice_unit", w.UNITS, errors),
            "mode": _one_of(tree, "notice_mode", w.COUNTING, errors),
        }
    made["payer"] = tree["payer"]
    if made["fiscal"]:
        _fiscal(tree, made, errors)


def _fiscal(tree: Tree, made: Content, errors: Errors) -> None:
    made["budget"] = _budget(tree, errors)
    made["pay_within"] = {
        "days": _whole(tree, "pay_days", 1, 180, errors),
        "unit": _one_of(tree, "pay_unit", w.UNITS, errors),
        "from": _one_of(tree, "pay_from", w.PAY_FROM, errors),
    }
    if not tree["payer"]:
        errors["payer"] = "请填写拨付单位，例如：襄阳市财政局"
    grounds = [one for one in w.GROUNDS if tree[f"claw_{one}"]]
    if not grounds:
        errors["claw_grounds"] = "请至少选一种追回的情形"
    made["clawback"] = {
        "grounds": grounds,
        "years": _whole(tree, "claw_years", 1, 10, errors),
        "set_off": bool(tree["claw_set_off"]),
    }
    if tree["claw_law"]:
        made["clawback"]["law"] = tree["claw_law"][:200]
    if tree["claw_set_off"] and not tree["claw_law"]:
        errors["claw_law"] = "允许抵扣须写明法律依据"


def _stack(tree: Tree, errors: Errors) -> Content:
    made: Content = {
        "rule": _one_of(tree, "stack_rule", w.STACK_RULES, errors),
        "group": tree["stack_group"],
        "priority": _whole(tree, "stack_priority", 1, 999, errors),
    }
    if not tree["stack_group"]:
        errors["stack_group"] = "请填写组名（小写字母、数字和下划线），同组的事项写相同的组名"
    if tree["stack_rule"] == "sum":
        made["cap"] = _fen(tree, "stack_cap", errors)
    return made


def _budget(tree: Tree, errors: Errors) -> Content:
    labels = {"line": "预算项目编码", "name": "预算项目名称"}
    labels |= {"functional": "功能分类科目", "economic": "经济分类科目"}
    made: Content = {}
    for name, label in labels.items():
        made[name] = tree[f"budget_{name}"]
        if not made[name]:
            errors[f"budget_{name}"] = f"请填写{label}"
    made["shares"] = {}
    for bearer in w.BEARERS:
        if tree[f"share_{bearer}"] not in ("", "0"):
            made["shares"][bearer] = _whole(tree, f"share_{bearer}", 1, 100, errors)
    known = [share for share in made["shares"].values() if type(share) is int]
    if sum(known) != 100 and len(known) == len(made["shares"]):
        errors["share_city"] = f"各方承担比例合计应为 100，现为 {sum(known)}"
    made["yearly"] = _fen(tree, "budget_yearly", errors)
    return made


def fill(tree: Tree, content: Mapping[str, Any]) -> None:
    """Put kept content into the form's tree."""
    for prefix, part in (("stack_", "stack"), ("caps_", "caps"), ("budget_", "budget")):
        tree.texts |= _texts(prefix, content.get(part))
    tree.texts |= _texts("notice_", content.get("notice"))
    tree.texts |= _texts("pay_", content.get("pay_within"))
    tree.texts["payer"] = str(content.get("payer") or "")
    budget, claw = content.get("budget") or {}, content.get("clawback") or {}
    for bearer, share in (budget.get("shares") or {}).items():
        tree.texts[f"share_{bearer}"] = str(share)
    for ground in claw.get("grounds") or ():
        tree.texts[f"claw_{ground}"] = "on"
    tree.texts["claw_years"] = str(claw.get("years") or "")
    tree.texts["claw_set_off"] = "on" if claw.get("set_off") else ""
    tree.texts["claw_law"] = str(claw.get("law") or "")


_MONEY = ("cap", "per_party", "per_item", "yearly")


def _texts(prefix: str, part: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in part.items() if isinstance(part, dict) else ():
        if isinstance(value, dict):
            continue
        money = name in _MONEY and type(value) is int
        found[prefix + name] = literals.yuan_text(value) if money else str(value)
    return found
