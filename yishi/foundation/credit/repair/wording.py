"""How applications and records are called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.conditions import Reason, Verdict
from yishi.foundation.parties.models import Party


def subject_of(party: Party, kind: str) -> str:
    """What the application's case is called; of people nothing is said."""
    what = "失信信息临时屏蔽" if kind == s.SHIELD else "信用修复"
    return f"个人{what}" if party.is_person else f"{party.name}：{what}"


def title_of(record: CreditRecord) -> str:
    """What a record's case is called: its document and who made it."""
    return f"{record.document_no}（{record.authority}）"


def nothing_to_shield(verdict: Verdict) -> Verdict:
    """What is not published and not used has nothing to rest."""
    reason = Reason("NOTHING_TO_REPAIR", "该信息没有公示，也没有使用，无需屏蔽", False)
    return Verdict((reason, *(one for one in verdict.conditions if one.code != "RECORDED")))


#: Conditions in the reader's language where it is not Chinese, by code and outcome.
_MET = {
    "RECORDED": _("该信息在册"),
    "REPAIRABLE": _("法律、行政法规未规定不得修复"),
    "NOT_PENDING": _("没有办理中的重复申请"),
    "MIN_PERIOD": _("最短公示期已满"),
    "DUTY": _("义务已履行完毕，失信行为已改正"),
    "PLEDGE": _("已公开作出信用承诺"),
    "RULED": _("法院已裁定批准重整计划或者认可和解协议"),
}
_AGAINST = {
    "NOTHING_TO_REPAIR": _("没有需要修复的内容"),
    "BARRED_BY_LAW": _("依法不予修复"),
    "OTHER_ROUTE": _("该信息不在此修复，由其他机关依法办理"),
    "PENDING": _("已有办理中的修复申请"),
    "MIN_PERIOD": _("未满最短公示期，最早可于%(day)s申请"),
    "CLASS_UNKNOWN": _("失信行为类别未确定，请认定单位核定"),
    "DATE_UNKNOWN": _("文书日期不详，请认定单位核实"),
    "RULE_UNKNOWN": _("没有适用的公示期规则，请认定单位核定"),
    "DUTY_NOT_DONE": _("文书确定的义务尚未履行完毕或者失信行为尚未改正"),
    "DUTY_UNKNOWN": _("是否已履行义务、改正失信行为尚不清楚，请认定单位核实"),
    "NO_PLEDGE": _("未作出信用承诺"),
    "NOT_RULED": _("法院裁定日期晚于今天"),
    "AFTER_RULING": _("裁定之后的失信信息不适用临时屏蔽"),
}


def reason_text(reason: Reason) -> str:
    """A condition as the reader's page says it."""
    if (get_language() or "zh").startswith("zh"):
        return reason.text
    known = _MET if reason.met else _AGAINST
    text = gettext(known[reason.code]) if reason.code in known else reason.text
    return text % {"day": date_format(reason.day, "j F Y") if reason.day else "—"}


def kept_reason(row: Mapping[str, Any]) -> str:
    """The same for a condition as a case keeps it."""
    day = date.fromisoformat(row["day"]) if row["day"] else None
    return reason_text(Reason(row["code"], row["text"], row["met"], day))
