"""Policies and items written as a file that `reading` reads the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from yishi.systems.direct_benefits.policies.model import BenefitItem, PolicyText
from yishi.systems.direct_benefits.policies.plain import dump
from yishi.systems.direct_benefits.policies.stored import lean

#: What the file, the policy or the vocabulary say for an item.
_ABOVE = ("policy", "policy_number", "department", "illustrative", "declared")


def dump_file(
    department: str, document: str, policies: Sequence[PolicyText], items: Iterable[BenefitItem]
) -> str:
    """One file: the items of one department under their policies."""
    below: dict[str, list[BenefitItem]] = {policy.key: [] for policy in policies}
    for item in items:
        below[item.policy].append(item)
    content = {
        "department": department,
        "document": document,
        "illustrative": all(policy.illustrative for policy in policies),
        "policies": [_policy(policy, below[policy.key]) for policy in policies],
    }
    return dump(content)


def _policy(policy: PolicyText, items: Sequence[BenefitItem]) -> dict[str, Any]:
    valid = lean({"from": policy.valid_from, "to": policy.valid_to})
    return lean(
        {
            "key": policy.key,
            "number": policy.number,
            "title": policy.title,
            "issuer": policy.issuer,
            "level": policy.level,
            "text": [{"clause": clause, "says": says} for clause, says in policy.text],
            "plain": policy.plain,
            "valid": valid,
            "repealed": policy.repealed_on,
            "items": [_item(item) for item in items],
        }
    )


def _item(item: BenefitItem) -> dict[str, Any]:
    own = {name: value for name, value in item.content.items() if name not in _ABOVE}
    days = lean({"from": item.effective_from, "to": item.effective_to})
    return {**own, **lean({"valid": days})}


def write_folder(folder: Path, items: Sequence[BenefitItem]) -> list[Path]:
    """One file a department in *folder*; the vocabulary is not written.

    An item in several versions is written with the newest: a file says each key once.
    """
    newest: dict[str, BenefitItem] = {}
    for item in items:
        known = newest.get(item.key)
        if known is None or item.version >= known.version:
            newest[item.key] = item
    by_department: dict[str, list[BenefitItem]] = {}
    for item in newest.values():
        by_department.setdefault(item.department, []).append(item)
    written = []
    for department, own in sorted(by_department.items()):
        texts = {i.policy: i.policy_text for i in own if i.policy_text is not None}
        path = folder / f"{department}.yaml"
        text = dump_file(department, "已发布的惠企事项", list(texts.values()), own)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written
