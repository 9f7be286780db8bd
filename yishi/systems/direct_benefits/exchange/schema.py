"""The schema of messages to service networks, as docs/policy-exchange.md prints it.

JSON Schema (2020-12), of which :func:`faults` checks what is used here: type, required, properties,
enum, pattern, additionalProperties. Amounts are texts with two places, in yuan; days ISO 8601.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_DAY = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_DAY_OR_NULL = {"type": ["string", "null"], "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_AMOUNT = {"type": ["string", "null"], "pattern": r"^\d+\.\d{2}$"}
_COMMON = {"subject": _TEXT, "sequence": {"type": "integer"}}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "properties": dict(properties),
        "additionalProperties": False,
    }


_VALID = _object({"from": _DAY, "to": _DAY_OR_NULL})
POLICY = _object(
    {
        **_COMMON,
        "key": _TEXT,
        "number": _TEXT,
        "title": _TEXT,
        "issuer": _TEXT,
        "level": _TEXT,
        "valid": _VALID,
        "repealed_on": _DAY_OR_NULL,
        "plain": _TEXT,
        "items": _TEXTS,
        "illustrative": {"type": "boolean"},
        "url": _TEXT,
    }
)
ITEM = _object(
    {
        **_COMMON,
        "key": _TEXT,
        "version": {"type": "integer"},
        "policy": _TEXT,
        "policy_number": _TEXT,
        "name": _TEXT,
        "mode": {"type": "string", "enum": ["direct", "quick", "promise"]},
        "kind": {"type": "string", "enum": ["award", "reduction", "right", "qualification"]},
        "audience": _TEXTS,
        "region": _TEXT,
        "valid": _VALID,
        "conditions": _TEXTS,
        "amount": _TEXT,
        "department": _TEXT,
        "illustrative": {"type": "boolean"},
        "url": _TEXT,
    }
)
RESULT = _object(
    {
        **_COMMON,
        "number": _TEXT,
        "item": _TEXT,
        "version": {"type": "integer"},
        "policy": _TEXT,
        "period": _TEXT,
        "party": _object({"name": _TEXT, "code": {"type": ["string", "null"]}}),
        "amount": _AMOUNT,
        "currency": {"type": "string", "enum": ["CNY"]},
        "state": {"type": "string", "enum": ["paid", "recovered"]},
        "on": _DAY,
        "snapshot": _TEXT,
        "simulated": {"type": "boolean"},
    }
)
POLICY_KINDS = ("policy.published", "policy.repealed")
ITEM_KINDS = ("item.published", "item.ended")
RESULT_KINDS = ("result.paid", "result.recovered")
DATA: dict[str, dict[str, Any]] = {
    **dict.fromkeys(POLICY_KINDS, POLICY),
    **dict.fromkeys(ITEM_KINDS, ITEM),
    **dict.fromkeys(RESULT_KINDS, RESULT),
}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def faults(message: Any) -> list[str]:
    """What is wrong with a whole message, empty when nothing is."""
    if not isinstance(message, dict) or set(message) != {"type", "timestamp", "data"}:
        return ["应有 type、timestamp、data 三项"]
    schema = DATA.get(message["type"])
    if schema is None:
        return [f"没有 {message['type']} 这种消息"]
    return list(_check("data", message["data"], schema))


def _check(where: str, value: Any, schema: Mapping[str, Any]) -> list[str]:
    wanted = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is(value, one) for one in wanted):
        return [f"{where}: 应为 {' 或 '.join(wanted)}"]
    if value is None:
        return []
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: 不是允许的值"]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return [f"{where}: 格式不对"]
    if isinstance(value, list):
        return [
            f for n, one in enumerate(value) for f in _check(f"{where}[{n}]", one, schema["items"])
        ]
    if isinstance(value, dict):
        return _members(where, value, schema)
    return []


def _members(where: str, value: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    known = schema["properties"]
    found = [f"{where}.{key}: 缺少" for key in schema["required"] if key not in value]
    found += [f"{where}.{key}: 多余" for key in value if key not in known]
    for key, one in value.items():
        if key in known:
            found += _check(f"{where}.{key}", one, known[key])
    return found


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and not (kind == "integer" and isinstance(value, bool))
