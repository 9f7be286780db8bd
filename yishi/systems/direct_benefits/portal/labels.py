"""The labels of 政策通: what items are filtered and followed by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MODES: dict[str, Any] = {
    "direct": _("免申即享"),
    "quick": _("即申即享"),
    "promise": _("承诺兑现"),
}
MODE_TEXTS: dict[str, Any] = {
    "direct": _("不用申请。系统比对数据，符合条件的列入名单，公示后直接拨到账户。"),
    "quick": _("点一下就能申请，数据已经有的不用再交，通过后拨付。"),
    "promise": _("数据还不全的，签一份承诺先兑现，事后核查。"),
}
KINDS: dict[str, Any] = {
    "award": _("奖补"),
    "reduction": _("减免"),
    "right": _("权益"),
    "qualification": _("资质"),
}
LEVELS: dict[str, Any] = {
    "national": _("国家"),
    "province": _("省"),
    "provincial": _("省"),
    "city": _("市"),
    "county": _("县（市、区）"),
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
    named = {"mode": MODES, "kind": KINDS, "county": counties}.get(kind, {})
    return f"{gettext(str(NAMES.get(kind, kind)))}：{named.get(value, value)}"
