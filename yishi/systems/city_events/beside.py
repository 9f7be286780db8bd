"""What runs beside a case's main line, in words: suspension, supervision, orders, joint handling,
disputes, levels, forced closes and appeals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.lifecycle import Need, lifecycle_of
from yishi.foundation.places.values import PlaceError
from yishi.foundation.ui.desk import Look
from yishi.foundation.ui.parts import Fact
from yishi.foundation.ui.pickers import radio_field
from yishi.foundation.ui.timetext import date_text, moment_text
from yishi.systems.city_events import roles
from yishi.systems.city_events.onsite import presence
from yishi.systems.city_events.states import (
    APPEAL_REASONS,
    FORCED_REASONS,
    LEVELS,
    RETURN_REASONS,
    SUPERVISE_REASONS,
    SYSTEM,
)

CARD_STATES = {
    "issued": _("待部门签收"),
    "received": _("已签收，待答复"),
    "answered": _("已答复，待审核"),
}
CO_STATES = {
    "asked": _("待签收"),
    "whistled": _("待报到"),
    "signed": _("协办中"),
    "answered": _("已反馈"),
    "released": _("已解除"),
}
APPEAL_STATES = {
    "asked": _("待初审"),
    "passed": _("待终审"),
    "granted": _("同意，统计免责；超时事实保留"),
    "refused": _("不同意"),
    "lapsed": _("案件重新办理，申诉终止"),
}
CENTRES = {"city": _("市级中心"), "county": _("县区中心"), "township": _("乡镇街道中心")}
#: Moves that answer earlier ones, which their forms show.
ANSWERS = {
    "ruling": ("ask_ruling",),
    "redo": ("finish",),
    "confirm": ("finish",),
    "co_sign": ("add_co_unit", "whistle"),
    "co_answer": ("add_co_unit", "whistle"),
    "grant_extension": ("ask_extension",),
    "refuse_extension": ("ask_extension",),
    "grant_suspension": ("ask_suspension",),
    "refuse_suspension": ("ask_suspension",),
    "receive_supervision": ("supervise", "escalate_supervision"),
    "answer_supervision": ("supervise", "escalate_supervision"),
    "lift_supervision": ("answer_supervision",),
    "escalate_supervision": ("answer_supervision",),
    "answer_order": ("order",),
    "close": ("report_verification",),
    "rework": ("finish", "report_verification"),
    "grant_forced_close": ("ask_forced_close",),
    "refuse_forced_close": ("ask_forced_close",),
    "review_appeal": ("appeal",),
    "decide_appeal": ("appeal", "review_appeal"),
}
_REASONS = dict((*RETURN_REASONS, *SUPERVISE_REASONS, *FORCED_REASONS, *APPEAL_REASONS))


def facts(look: Look) -> list[Fact]:
    """The facts that only some cases have (no statement)."""
    data = look.case.data
    rows = []
    if data.get("return_reason") and data.get("returns"):
        rows.append(Fact(gettext("退单原因"), reason_text(data["return_reason"])))
    if data.get("designated"):
        rows.append(Fact(gettext("裁定承办单位"), _unit(look, data["designated"])))
    if data.get("level"):
        rows.append(Fact(gettext("承办层级"), str(CENTRES[data["level"]])))
    for unit, held in (data.get("co") or {}).items():
        state = str(CO_STATES.get(held["state"], ""))
        rows.append(Fact(gettext("协办单位"), f"{_unit(look, int(unit))}：{state}"))
    return rows + _pressed(look) + _ended(look)


def _pressed(look: Look) -> list[Fact]:
    data = look.case.data
    rows = []
    held = data.get("suspension")
    if held:
        rows.append(Fact(gettext("挂账"), _suspension(held, look.now)))
    card = data.get("supervision")
    if card:
        text = f"{gettext(LEVELS[card['level']])} {card['number']}：{CARD_STATES[card['state']]}"
        rows.append(Fact(gettext("督办"), text, hint=reason_text(card["reason"])))
    if data.get("cards"):
        rows.append(Fact(gettext("督办单"), gettext("共 %(n)d 份") % {"n": data["cards"]}))
    order = data.get("order")
    if order:
        due = moment_text(datetime.fromisoformat(order["due"]), look.now)
        state = gettext("待答复") if order["state"] == "open" else gettext("已答复")
        text = gettext("%(office)s，要求 %(due)s 前完成：%(state)s") % {
            "office": order["office"],
            "due": due,
            "state": state,
        }
        rows.append(Fact(gettext("领导批示"), text, hint=order["number"]))
    return rows


def _suspension(held: Mapping[str, Any], now: datetime) -> str:
    if held["state"] == "asked":
        return gettext("申请挂账至 %(until)s，等待派遣员审批") % {"until": _day(held["until"])}
    since = moment_text(datetime.fromisoformat(held["from"]), now)
    if held["state"] == "running":
        values = {"since": since, "until": _day(held["until"])}
        return gettext("%(since)s 起挂账，至 %(until)s 止，到期自动恢复") % values
    until = moment_text(datetime.fromisoformat(held["to"]), now)
    return gettext("%(since)s 至 %(until)s，已恢复") % {"since": since, "until": until}


def _ended(look: Look) -> list[Fact]:
    data = look.case.data
    rows = []
    forced = data.get("forced")
    if forced:
        waits = look.case.closed_at is None
        hint = gettext("等待值班领导批准") if waits else gettext("已批准，单独统计")
        rows.append(Fact(gettext("强制结案"), reason_text(forced["reason"]), hint=hint))
    appeal = data.get("appeal")
    if appeal:
        state = str(APPEAL_STATES.get(appeal["state"], ""))
        rows.append(Fact(gettext("超时申诉"), state, hint=reason_text(appeal["reason"])))
    return rows


def told(look: Look, body: Mapping[str, Any]) -> list[str]:
    """What a step told its trace, in lines of the history."""
    lines = []
    if body.get("card"):
        level = LEVELS.get(body.get("level") or 0)
        lines.append(f"{body['card']} {gettext(level) if level else ''}".strip())
    if body.get("order"):
        lines.append(f"{body['order']} {body.get('office', '')}")
    if body["move"] in _WITH_REASON and body.get("reason") in _REASONS:
        lines.append(gettext("原因：%(reason)s") % {"reason": reason_text(body["reason"])})
    if body.get("result"):
        lines.append(_result(str(body["move"]), str(body["result"])))
    if body.get("added"):
        lines.append(gettext("上报人补充了情况或照片"))
    if body.get("until"):
        lines.append(gettext("挂账截止日期：%(until)s") % {"until": _day(body["until"])})
    if body.get("co"):
        state = CO_STATES.get(str(body.get("co_state")))
        lines.append(f"{_unit(look, body['co'])}：{state}" if state else "")
    if body.get("designated"):
        lines.append(gettext("指定承办：%(unit)s") % {"unit": _unit(look, body["designated"])})
    if body.get("on_site"):
        lines += presence.lines(body["on_site"])
    if body.get("level") in CENTRES:
        lines.append(gettext("转至%(level)s") % {"level": CENTRES[body["level"]]})
    return lines


_WITH_REASON = frozenset(
    {
        "give_back",
        "supervise",
        "escalate_supervision",
        "ask_forced_close",
        "grant_forced_close",
        "appeal",
    }
)


def _result(move: str, result: str) -> str:
    """What a check, verification or review came to, in the words of its form."""
    for need in lifecycle_of(SYSTEM).moves[move].needs:
        if need.name == "result":
            return f"{gettext(need.label)}：{gettext(dict(need.choices).get(result, result))}"
    return ""


def _day(text: str) -> str:
    return date_text(date.fromisoformat(text))


def reason_text(code: str) -> str:
    """A reason's code in words."""
    return gettext(_REASONS[code]) if code in _REASONS else code


def _unit(look: Look, unit_id: int) -> str:
    try:
        return look.register.unit(unit_id).name
    except PlaceError:
        return ""


def member_field(need: Need, look: Look, data: Mapping[str, Any]) -> forms.ChoiceField:
    """A choice among the units that help with the case now. What was posted may be one that has
    ended since: then the case has moved on, and the answer says so."""
    held = [a for a in look.case.assignments if a.role == roles.CO and (a.open or data)]
    choices = list({str(a.unit_id): _unit(look, a.unit_id) for a in held}.items())
    return radio_field(gettext(need.label), choices, required=need.required)
