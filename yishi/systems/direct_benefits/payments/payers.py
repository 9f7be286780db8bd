"""The accounts that the city pays from: ``payments.yaml`` of its folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments.models import PayingAccount

FILE = "payments.yaml"
#: The agent bank's own account for small amounts: no order is paid from it.
TESTS = "tests"
_FIELDS = ("name", "number", "bank", "bank_code", "channel")


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """The accounts by key. Raises ValueError naming file and field."""
    try:
        raw = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{FILE}: 读不懂：{error}") from error
    accounts = raw.get("accounts") if isinstance(raw, dict) else None
    if not isinstance(accounts, dict) or not accounts:
        raise ValueError(f"{FILE}: accounts: 应为 代码 → 账户")
    for key, one in accounts.items():
        _check(str(key), one)
    return accounts


def _check(key: str, one: Any) -> None:
    if not isinstance(one, dict):
        raise ValueError(f"{FILE}: accounts.{key}: 应为一组字段")
    for name in _FIELDS:
        if not isinstance(one.get(name), str) or not one[name].strip():
            raise ValueError(f"{FILE}: accounts.{key}.{name}: 缺少，或不是加引号的文本")
    if not re.fullmatch(r"[0-9]{6,34}", one["number"]):
        raise ValueError(f"{FILE}: accounts.{key}.number: 应为6至34位数字")
    if not re.fullmatch(r"[0-9]{12}", one["bank_code"]):
        raise ValueError(f"{FILE}: accounts.{key}.bank_code: 应为12位联行号")
    if one["channel"] not in dict(PayingAccount.CHANNELS):
        raise ValueError(f"{FILE}: accounts.{key}.channel: 应为 bank 或 treasury")


def load(folder: Path) -> str:
    """Store the accounts that are new. One that is there never changes, for orders name it.

    Raises ValueError for a file that is wrong or changes an account."""
    if not (folder / FILE).exists():
        return f"payments: the city has no {FILE}"
    known = {one.key: one for one in PayingAccount.objects.all()}
    fresh = []
    for key, raw in read(folder).items():
        values = {name: raw[name].strip() for name in _FIELDS}
        have = known.get(str(key))
        if have is None:
            simulated = bool(raw.get("simulated", False))
            fresh.append(PayingAccount(key=str(key), simulated=simulated, **values))
        elif any(getattr(have, name) != value for name, value in values.items()):
            raise ValueError(f"{FILE}: accounts.{key}: 付款账户不能改，请用新的代码登记")
    PayingAccount.objects.bulk_create(fresh)
    return f"payments: {len(fresh)} paying accounts"


def for_orders() -> list[PayingAccount]:
    """The accounts that orders are paid from (1 statement)."""
    return list(PayingAccount.objects.exclude(key=TESTS).order_by("pk"))


def by_key(key: str) -> PayingAccount:
    """The account *key*. Raises FieldError on ``payer``."""
    found = PayingAccount.objects.filter(key=key).first()
    if found is None:
        raise FieldError("payer", "没有这个付款账户，请先载入城市资料", "unknown")
    return found
