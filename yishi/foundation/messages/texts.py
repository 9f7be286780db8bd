"""The texts of messages, Chinese and English. Placeholders name params."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages: a title and a body with ``{placeholders}``."""

    title_zh: str
    body_zh: str
    title_en: str
    body_en: str


TEXTS: dict[str, Text] = {
    "report.received": Text(
        "已收到您的反映",
        "您反映的事项 {number} 已收到，我们会尽快处理。可凭查询码随时查看进度。",
        "Your report was received",
        "Your report {number} was received. Use your tracking code to follow it.",
    ),
    "report.filed": Text(
        "您反映的事项已立案",
        "事项 {number} 已立案，由 {unit} 处理，应于 {due} 前办结。",
        "Your report was filed",
        "Report {number} was filed and given to {unit}; it is due by {due}.",
    ),
    "report.rejected": Text(
        "您反映的事项未予受理",
        "事项 {number} 未予受理，原因：{reason}。{channel}",
        "Your report was not accepted",
        "Report {number} was not accepted. Reason: {reason}. {channel}",
    ),
    "report.merged": Text(
        "您反映的事项已与同一事项合并",
        "事项 {number} 与 {main} 为同一问题，已合并处理，结果会一并告知您。",
        "Your report was merged",
        "Report {number} is about the same matter as {main}; you will hear of its outcome.",
    ),
    "report.closed": Text(
        "您反映的事项已办结",
        "事项 {number} 已核实结案，请对处理结果作出评价。",
        "Your report was settled",
        "Report {number} was verified and closed. Please tell us whether it is settled.",
    ),
    "report.reopened": Text(
        "您反映的事项已重新办理",
        "事项 {number} 已重新立案办理，期限重新计算。",
        "Your report was reopened",
        "Report {number} was reopened; its time limit starts anew.",
    ),
    "data_ticket.opened": Text(
        "有新的数据异议",
        "申请人认为“{label}”（来源：{owner}）有误，请在 {due} 前核实并答复。",
        "Shared data is disputed",
        "An applicant says that “{label}” (source: {owner}) is wrong. Please answer by {due}.",
    ),
    "case.dispatched": Text(
        "新的派遣任务",
        "案卷 {number}（{type}）已派遣至本单位，处置时限至 {due}。",
        "New task",
        "Case {number} ({type}) was dispatched to your unit, due {due}.",
    ),
    "case.assigned": Text(
        "有案卷分派给您",
        "案卷 {number}（{type}）已分派给您处置，时限至 {due}。",
        "A case was assigned to you",
        "Case {number} ({type}) was assigned to you, due {due}.",
    ),
    "case.returned": Text(
        "案卷被退回",
        "案卷 {number} 被退回，原因：{reason}。",
        "A case was returned",
        "Case {number} was returned. Reason: {reason}.",
    ),
    "case.rework": Text(
        "案卷需返工",
        "案卷 {number} 核实未通过，请重新处置，时限至 {due}。",
        "A case needs rework",
        "Case {number} did not pass verification; please redo it by {due}.",
    ),
    "case.check": Text(
        "核查核实任务",
        "案卷 {number} 需要现场核查或核实，时限至 {due}。",
        "Verification task",
        "Case {number} needs a check on site by {due}.",
    ),
    "case.suspended": Text(
        "挂账已批准",
        "案卷 {number}（{type}）已挂账至 {until}，期间不计处置时限，到期自动恢复。",
        "Suspension granted",
        "Case {number} ({type}) is suspended until {until}; it goes on by itself afterwards.",
    ),
    "case.resumed": Text(
        "案件恢复办理",
        "案卷 {number}（{type}）已恢复办理，处置时限至 {due}。",
        "Case goes on",
        "Case {number} ({type}) is no longer suspended; it is due {due}.",
    ),
    "case.supervised": Text(
        "收到督办单",
        "案卷 {number}（{type}）被督办：{level}，请签收并答复。",
        "Supervision card",
        "Case {number} ({type}) is supervised: {level}. Please receive and answer the card.",
    ),
    "case.order": Text(
        "收到领导批示",
        "案卷 {number}（{type}）有领导批示，请按要求办理并答复，处置时限至 {due}。",
        "Leader's written order",
        "There is a written order on case {number} ({type}); it is due {due}.",
    ),
    "case.order_answered": Text(
        "领导批示已答复",
        "案卷 {number}（{type}）的领导批示已由处置部门答复。",
        "Written order answered",
        "The written order on case {number} ({type}) was answered by the unit.",
    ),
    "case.joint": Text(
        "新的协办任务",
        "请协助处置案卷 {number}（{type}），与主办单位同一时限，至 {due}。",
        "Joint task",
        "Please help with case {number} ({type}), due {due} together with the main unit.",
    ),
    "case.whistle": Text(
        "社区吹哨，请报到",
        "案卷 {number}（{type}）需要本部门到场，请尽快报到。",
        "Called to report",
        "Case {number} ({type}) needs your department on site; please report soon.",
    ),
    "case.co_answered": Text(
        "协办单位已反馈",
        "案卷 {number}（{type}）的一个协办单位已完成并反馈。",
        "A co-unit answered",
        "A co-unit of case {number} ({type}) has done its part.",
    ),
    "case.level": Text(
        "案件转至本级中心",
        "案卷 {number}（{type}）已上报或下派至本级中心，请派遣。",
        "Case moved to your centre",
        "Case {number} ({type}) was passed to your centre; please dispatch it.",
    ),
    "case.appeal": Text(
        "超时申诉已有结果",
        "案卷 {number}（{type}）的超时申诉已审结，请查看案卷。",
        "Appeal decided",
        "The appeal about case {number} ({type}) was decided; see the file.",
    ),
    "report.forced": Text(
        "您反映的事项已终结办理",
        "事项 {number} 因客观原因暂时无法解决，已按规定终结办理。您可以申请重新办理。",
        "Your report was closed without a solution",
        "Report {number} cannot be settled for now and was closed. You may ask to reopen it.",
    ),
    "case.warning": Text(
        "案卷即将超时",
        "案卷 {number} 将于 {due} 到期，请尽快办理。",
        "A case is nearly due",
        "Case {number} is due {due}.",
    ),
    "case.overdue": Text(
        "案卷已超时",
        "案卷 {number} 已于 {due} 超时，请立即办理。",
        "A case is overdue",
        "Case {number} was due {due} and is overdue.",
    ),
    "case.suspension_refused": Text(
        "挂账申请未获同意",
        "案卷 {number}（{type}）的挂账申请未获同意，理由见案卷；请继续处置，时限至 {due}。",
        "Suspension refused",
        "Case {number} ({type}) is not suspended, see the file for the reason; it is due {due}.",
    ),
    "case.extended": Text(
        "延期已批准",
        "案卷 {number}（{type}）的延期申请已获同意，处置时限延至 {due}。",
        "Extension granted",
        "The limit of case {number} ({type}) was extended; it is now due {due}.",
    ),
    "case.extension_refused": Text(
        "延期申请未获同意",
        "案卷 {number}（{type}）的延期申请未获同意，理由见案卷；处置时限仍至 {due}。",
        "Extension refused",
        "The limit of case {number} ({type}) is not extended, see the file; it is due {due}.",
    ),
    "case.forced": Text(
        "案件已强制结案",
        "案卷 {number}（{type}）经批准强制结案，不再需要处置。",
        "Case closed by order",
        "Case {number} ({type}) was closed without a solution; nothing more is to be done.",
    ),
    "case.forced_refused": Text(
        "强制结案申请未获批准",
        "案卷 {number}（{type}）的强制结案申请未获批准，理由见案卷。",
        "Forced close refused",
        "Case {number} ({type}) is not closed by order, see the file for the reason.",
    ),
    "case.supplemented": Text(
        "上报人补充了情况",
        "案卷 {number}（{type}）的上报人补充了情况或照片，请查看案卷。",
        "The reporter added something",
        "The reporter added words or photos to case {number} ({type}); see the file.",
    ),
    "shift.offered": Text(
        "有班次向您交接",
        "{name} 向您交班，请在“值班与交接”查看未办结事项并接班。",
        "A shift is handed over to you",
        "{name} hands a shift over to you; see what is open and accept it under “Shifts”.",
    ),
    "case.evaluated": Text(
        "反映人已评价",
        "案卷 {number} 收到反映人评价：{outcome}。",
        "The reporter has evaluated",
        "Case {number} was evaluated: {outcome}.",
    ),
}


def register(texts: Mapping[str, Text]) -> None:
    """Add a system's texts when Django starts. Raises ``ValueError`` for a key that is taken."""
    for key, text in texts.items():
        if TEXTS.setdefault(key, text) != text:
            raise ValueError(f"message text {key!r} exists already")


def require(key: str) -> Text:
    """Return the text of *key*. Raises ``ValueError`` for an unknown one."""
    if key not in TEXTS:
        raise ValueError(f"unknown message text {key!r}")
    return TEXTS[key]


class _Params(dict[str, object]):
    """Params in which a missing one shows as a dash: a message is never lost for a placeholder."""

    def __missing__(self, key: str) -> str:
        return "—"


def render(key: str, params: Mapping[str, object], language: str = "zh-hans") -> tuple[str, str]:
    """Return title and body in Chinese, or in English where *language* starts with ``en``."""
    text = require(key)
    values = _Params({name: "—" if value is None else value for name, value in params.items()})
    if language.startswith("en"):
        return text.title_en.format_map(values), text.body_en.format_map(values)
    return text.title_zh.format_map(values), text.body_zh.format_map(values)
