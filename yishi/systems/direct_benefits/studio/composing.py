"""A whole item: from the form's texts to content with every complaint at its input, and back.

The content has the form of an item in a policy file (docs/policies.md). What cannot be read stays
in it as written, so that nothing that was typed is lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from yishi.foundation.rulebook.rules import KEY as RULE_KEY
from yishi.systems.direct_benefits.policies import words as w
from yishi.systems.direct_benefits.studio import (
    amounts_form,
    conditions,
    examples_form,
    paying_form,
)
from yishi.systems.direct_benefits.studio.shape import Tree
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary

Content = dict[str, Any]
Errors = dict[str, str]
KEY = RULE_KEY
_LABELS = re.compile(r"[,，、;；\s]+")
_LINES = re.compile(r"[\r\n]+")
#: Inputs with a closed list of answers: name in the form, answers, what it is called.
_CHOICES: tuple[tuple[str, Mapping[str, Any], str], ...] = (
    ("mode", w.MODES, "兑现方式"),
    ("kind", w.KINDS, "类别"),
    ("level", w.LEVELS, "层级"),
    ("valid_date", w.VALID_DATES, "有效期看哪一天"),
    ("period", w.PERIODS, "周期"),
    ("once", w.ONCE, "享受次数"),
)
#: Inputs of free text: name, what it is called, its length, whether it must be there.
_TEXTS = (
    ("policy", "政策文件", 80, True),
    ("clause", "条款", 60, True),
    ("name", "事项名称", 60, True),
    ("department", "主管部门", 60, True),
    ("region", "适用区域", 100, True),
    ("evidence", "以什么为准", 400, False),
    ("right", "享受什么", 400, False),
    ("pledge", "承诺内容", 400, False),
    ("how", "差一点的企业该怎么做", 400, True),
)


def content_of(tree: Tree, words: Vocabulary, key: str) -> tuple[Content, Errors]:
    """The content of a form and what is wrong with it, by name of the input."""
    errors: Errors = {}
    made: Content = {"key": key, "illustrative": bool(tree["illustrative"])}
    for name, label, most, needed in _TEXTS:
        made[name] = tree[name]
        if needed and not tree[name]:
            errors[name] = f"请填写{label}"
        elif len(tree[name]) > most:
            errors[name] = f"{label}最多 {most} 个字，现有 {len(tree[name])} 个字"
    for name, answers, label in _CHOICES:
        made[name] = tree[name]
        if tree[name] not in answers:
            errors[name] = f"请选择{label}"
    made["audience"] = [one for one in _LABELS.split(tree["audience"]) if one][:20]
    if not made["audience"]:
        errors["audience"] = "请填写面向哪些企业，例如：规上工业企业"
    made["asks"] = [one.strip() for one in _LINES.split(tree["asks"]) if one.strip()][:20]
    made["when"] = conditions.content_of(tree, words, errors)
    amount = amounts_form.content_of(tree, words, errors)
    made["amount"] = amount
    made["fiscal"] = amount is not None and tree["kind"] not in ("reduction", "right")
    if tree["fiscal"]:
        made["fiscal"] = tree["fiscal"] == "yes"
    if tree["valid_date"] == "recognition":
        made["recognised_on"] = tree["recognised_on"]
    _together(tree, made, errors)
    paying_form.read(tree, made, errors)
    made["examples"] = examples_form.content_of(tree, words, errors)
    kept = {name: value for name, value in made.items() if value not in ("", [], {}, None)}
    return kept, errors


def _together(tree: Tree, made: Content, errors: Errors) -> None:
    """What must go together, said at the input where it is put right."""
    if tree["mode"] == "direct" and not tree["evidence"]:
        errors["evidence"] = "免申即享须结果认定有据：写明以哪份认定文件或哪项数据为准"
    if tree["mode"] == "quick" and not made["asks"]:
        errors["asks"] = "即申即享须写明申请时要提交什么，每行一项"
    if tree["mode"] == "promise" and not tree["pledge"]:
        errors["pledge"] = "承诺兑现须写明承诺内容"
    if made["amount"] is None and not tree["right"]:
        errors["right"] = "没有金额的事项须写明享受什么"
    if (tree["period"] == "once") is not (tree["once"] == "party_lifetime"):
        errors["once"] = "周期选“一次性”时，次数须选“同一主体只享受一次”；反之亦然"


def tree_of(content: Mapping[str, Any], words: Vocabulary) -> Tree:
    """The form of kept content."""
    tree = Tree()
    for name in (*(one[0] for one in _TEXTS), *(one[0] for one in _CHOICES), "recognised_on"):
        tree.texts[name] = str(content.get(name) or "")
    tree.texts["audience"] = "、".join(str(one) for one in content.get("audience") or ())
    tree.texts["asks"] = "\n".join(str(one) for one in content.get("asks") or ())
    tree.texts["illustrative"] = "on" if content.get("illustrative") else ""
    tree.texts["fiscal"] = "yes" if content.get("fiscal") else "no"
    tree.entries = conditions.entries_of(content.get("when"), words)
    amounts_form.fill(tree, content.get("amount"), words)
    paying_form.fill(tree, content)
    examples_form.fill(tree, content.get("examples"), words)
    return tree


def input_of(path: str) -> str:
    """The name of the input that a complaint of `policies` about *path* belongs to."""
    match = re.match(r"when\[(\d+)\](?:\.any\[(\d+)\])?(?:\.(\w+))?", path)
    if match:
        part = match[3] if match[3] in ("fact", "is", "value", "parameter") else "fact"
        return f"w-{match[1]}-{match[2] or 0}-{part}"
    match = re.match(r"examples\[(\d+)\](?:\.(\w+))?(?:\.(\w+))?", path)
    if match:
        if match[2] == "facts" and match[3]:
            return f"e-{match[1]}-{examples_form.FACT}{match[3]}"
        return f"e-{match[1]}-{match[2] if match[2] in ('on', 'amount') else 'expect'}"
    head, _dot, rest = path.partition(".")
    if head == "amount":
        return "amount_" + rest.rpartition(".")[2] if "." in rest else "amount"
    return paying_form.INPUTS.get(path) or paying_form.INPUTS.get(head) or head


def fresh(key: str) -> Content:
    """What a new item begins with: nothing that a policy would have to say."""
    return {
        "key": key,
        "illustrative": True,
        "fiscal": True,
        "mode": "direct",
        "kind": "award",
        "level": "city",
        "valid_date": "recognition",
        "period": "year",
        "once": "period",
        "notice": {"days": 5, "unit": "wd", "mode": "INCLUSIVE"},
        "pay_within": {"days": 7, "unit": "calendar", "from": "finance_received"},
        "clawback": {"grounds": list(w.GROUNDS)[:4], "years": 3, "set_off": False},
    }
