"""Stored forms shared by vocabulary and items."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from yishi.foundation.rulebook.facts import Fact, FactType


def lean(pairs: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing."""
    return {name: value for name, value in pairs.items() if value not in ("", None, {}, [])}


def fact_content(fact: Fact) -> dict[str, Any]:
    """The stored form of a declaration (`rulebook.content.fact_from_json` reads it)."""
    seconds = int(fact.freshness.total_seconds()) if fact.freshness is not None else None
    return lean(
        {
            "type": fact.type.value,
            "label": fact.label,
            "label_en": fact.label_en,
            "unit": fact.unit,
            "source": fact.source,
            "freshness": seconds,
            "scale": fact.scale if fact.type is FactType.DECIMAL else None,
            "values": {code: list(names) for code, names in fact.values.items()},
        }
    )


def digest(content: Mapping[str, Any]) -> str:
    """``sha256:`` and the digest of the canonical JSON."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
