"""The labels of 政策通: what items are filtered and followed by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from yishi.systems.direct_benefits.policies.words import KINDS, LEVELS, MODES

__all__ = ["FOLLOWED", "KINDS", "LEVELS", "MODES", "MODE_TEXTS", "NAMES", "text_of"]

MODE_TEXTS: dict[str, Any] = {
    "direct": _("不用申请。系统比对数据，符合条件的列入名单，公示后直接拨到账户。"),
    "quick": _("点一下就能申请，数据已经有的不用再交，通过后拨付。"),
    "promise": _("数据还不全的，签一份承诺先兑现，事后核查。"),
}
#: What may be followed, and what the label's value means.
FOLLOWED = ("audience", "department", "kind", "mode", "county")
NAMES: Mapping[str, Any] = {
    "audience": _("对象"),
    "department": _("部门"),
    "kind": _("类别"),
    "mode": _("兑现方式"),
    "county": _("县（市、区）"),
}


def text_of(label: str, counties: Mapping[str, str]) -> str:
    """``kind:award`` → 类别：奖补."""
    kind, _colon, value = label.partition(":")
    known: Mapping[str, Mapping[str, Any]] = {"mode": MODES, "kind": KINDS, "county": counties}
    named = known.get(kind, {})
    return f"{NAMES.get(kind, kind)}：{named.get(value, value)}"
