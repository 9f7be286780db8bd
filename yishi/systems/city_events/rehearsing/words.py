"""What a rehearsal counts, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError

KINDS = {"filing": _("自动立案"), "dispatch": _("自动派遣"), "deadline": _("处置期限")}
INPUTS = {
    "catalogue": _("事部件目录"),
    "routing": _("派单规则"),
    "rules": _("规则和参数"),
    "model": _("识别模型"),
}
OUTCOMES = {"true": _("自动立案"), "false": _("转人工"), "unknown": _("资料不足，转人工")}
APART = {
    "human_filing": _("由人工立案：人的决定不重放，保持原样"),
    "human_dispatch": _("由人工派遣：人的决定不重放，保持原样"),
    "ruled": _("经争议裁定指定承办：人的决定不重放"),
    "put_right": _("类别或地点后来经人工补正，当时的依据没有留存"),
    "not_said": _("当时的依据没有留存（早于本功能的案件）"),
    "no_text": _("需要上报原文，但没有填写或已依法清除"),
    "rule": _("存储的规则版本或事实已不能重新计算"),
    "absent": _("新规则需要的事实，历史上没有采集"),
    "registers": _("单位、区划或目录此后有变动，按今天的登记得不出当时的结果"),
    "deadline": _("期限按存储的时限和日历得不出当时的结果"),
    "season": _("季节性时限有变，但派遣时刻没有留存"),
    "not_reached": _("改为人工立案后，后续的自动派遣和期限不再发生"),
}


def unit_name(register: Register, unit: int | str | None) -> str:
    """A unit's name; nothing for none."""
    if not unit:
        return ""
    try:
        return register.unit(int(unit)).name
    except PlaceError:
        return str(unit)


def report_lines(tally: dict[str, Any], register: Register) -> Iterator[str]:
    """A tally as lines for a terminal."""
    total = sum(tally["decisions"].values())
    differ = sum(tally["differ"].values())
    yield (
        f"{tally['cases']:,} 件案件，{total:,} 个自动决定；"
        f"{differ:,} 个会不同，涉及 {tally['cases_differing']:,} 件"
    )
    for kind, label in KINDS.items():
        done, other = tally["decisions"].get(kind, 0), tally["differ"].get(kind, 0)
        yield f"  {label}: {done:,}，不同 {other:,}"
    for change, n in sorted(tally["filing"].items()):
        before, after = change.split(">")
        yield f"    {OUTCOMES[before]} → {OUTCOMES[after]}: {n:,}"
    for change, n in sorted(tally["moved"].items(), key=lambda item: -item[1])[:20]:
        before, after = (unit_name(register, one) or "人工派遣" for one in change.split(">"))
        yield f"    {before} → {after}: {n:,}"
    names = {
        "earlier": "期限提前",
        "later": "期限推后",
        "became_late": "变为超时",
        "no_longer_late": "不再超时",
    }
    for name, text in names.items():
        if tally["deadlines"].get(name):
            yield f"    {text}: {tally['deadlines'][name]:,}"
    found = tally["recognised"]
    if found:
        yield (
            f"  识别模型：确定 {found.get('sure', 0):,}，其中会自动立案 {found.get('filed', 0):,}；"
            f"与人工认定一致 {found.get('agree', 0):,}，不一致 {found.get('differ', 0):,}"
        )
    for reason, n in sorted(tally["apart"].items(), key=lambda item: -item[1]):
        yield f"  另计：{APART[reason]}: {n:,}"
