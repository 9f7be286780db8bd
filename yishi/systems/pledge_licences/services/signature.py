"""The signature over what was shown: over its hash, the case, the signer and the time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yishi.foundation.audit.chain import canonical, digest


def over(shown_hash: str, number: str, signer: str, now: datetime) -> dict[str, Any]:
    """The record of a signature."""
    body = {"shown": shown_hash, "case": number, "signer": signer, "at": now.isoformat()}
    return {**body, "algorithm": "sm3", "digest": digest(canonical(body)).hex()}


def holds(signature: dict[str, Any]) -> bool:
    """Whether the record still fits its digest."""
    body = {name: signature.get(name) for name in ("shown", "case", "signer", "at")}
    return digest(canonical(body)).hex() == signature.get("digest")
