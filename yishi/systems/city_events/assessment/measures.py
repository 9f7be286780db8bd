"""What every number of the assessment means (§S2.6): conditions in SQL over cases.

A measure is a condition on a row of :data:`FACTS` and on the period from ``:start`` (included) to
``:end`` (excluded); the page counts it, the list behind the number is filtered by the same text.

Months (§S2.8 11): filing counts in the month of receipt, dispatch in that of dispatch, closing in
the month in which the handling limit ends. 应结案: filed and not voided, with the limit ending in
the period, or before it while the case was still open when the period began.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

#: One row of what measures read of a case. ``{exempt}`` is the condition that an exemption stands.
FACTS = """
SELECT c.id, c.managed_path, c.type_key, c.received_at, c.closed_at,
       array_to_string((string_to_array(c.managed_path, '/'))[1:2], '/') AS county,
       coalesce(c.unit_id, (c.data ->> 'handled_unit')::bigint, 0) AS unit_id,
       c.stage NOT IN ('collect', 'void') AS filed,
       c.stage = 'evaluate' AS ended,
       c.timeliness <> 'late' OR {exempt} AS in_time,
       coalesce((c.data ->> 'urgent')::boolean, false) AS urgent,
       (c.data ->> 'dispatched_at')::timestamptz AS dispatched_at,
       CASE WHEN c.timeliness <> '' THEN k.stopped_at END AS handled_at,
       coalesce(k.due_at, c.closed_at) AS due_at,
       c.state = 'suspended' AS deferred,
       greatest(k.extensions, (c.data ->> 'extended')::int, 0) AS extensions,
       k.stopped_at - k.started_at - coalesce(k.waited, interval '0') AS took,
       coalesce((c.data ->> 'returns')::int, 0) AS returns,
       coalesce((c.data ->> 'rework')::int, 0) AS rework,
       coalesce((c.data ->> 'fake')::int, 0) AS fake,
       coalesce((c.data ->> 'round')::int, 1) > 1 OR c.data ? 'follows' AS repeated,
       c.data ->> 'channel' AS channel, c.data ->> 'reason_code' AS reason_code,
       c.stage = 'void' AS void,
       t.due_at AS ticket_due_at, t.stopped_at AS ticket_stopped_at, t.late AS ticket_late
  FROM {source}
  LEFT JOIN LATERAL (
       SELECT k.due_at, k.started_at, k.stopped_at, k.extensions,
              CASE WHEN k.pauses <> '[]'::jsonb THEN (
                   SELECT sum((p ->> 1)::timestamptz - (p ->> 0)::timestamptz)
                     FROM jsonb_array_elements(k.pauses) p) END AS waited
         FROM cases_clock k WHERE k.case_id = c.id AND k.kind = 'handling'
        ORDER BY k.id DESC LIMIT 1) k ON true
  LEFT JOIN LATERAL (
       SELECT k.due_at, k.stopped_at, k.late
         FROM cases_clock k
        WHERE k.case_id = c.id AND k.kind = 'ticket' AND c.data ? 'ticket'
        ORDER BY k.id DESC LIMIT 1) t ON true
"""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number: its name, label, meaning in words, and its condition on a row of `FACTS`."""

    name: str
    label: Any
    formula: Any
    where: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of two measures; no data where the denominator is zero."""

    name: str
    label: Any
    numerator: str
    denominator: str
    source: str = ""


_IN = "{0} >= :start AND {0} < :end"
_RECEIVED = _IN.format("f.received_at")
_FILED = f"{_RECEIVED} AND f.filed"
_SENT = f"f.filed AND {_IN.format('f.dispatched_at')}"
_HANDLED = f"{_SENT} AND f.handled_at < :end"
_DUE = (
    "f.filed AND (f.due_at >= :start AND f.due_at < :end"
    " OR f.due_at < :start AND (f.closed_at IS NULL OR f.closed_at >= :start))"
)
_CLOSED = f"{_DUE} AND f.ended AND f.closed_at < :end"
_BY_OTHERS = "f.channel NOT IN ('collector', 'camera', 'sensor', 'ai', 'csv')"
_DEFERRED = f"{_DUE} AND f.deferred"
_TICKET = (
    "f.filed AND (f.ticket_due_at >= :start AND f.ticket_due_at < :end"
    " OR f.ticket_due_at < :start AND (f.ticket_stopped_at IS NULL"
    " OR f.ticket_stopped_at >= :start))"
)

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            "received",
            pgettext_lazy("figure", "上报"),
            _("期内收到的全部案件，含不予立案的。"),
            _RECEIVED,
        ),
        Measure(
            "filed",
            pgettext_lazy("figure", "立案"),
            _("期内收到、现已立案的案件；不予立案和作废的不计。"),
            _FILED,
        ),
        Measure(
            "dispatched",
            pgettext_lazy("figure", "派遣"),
            _("最近一次派遣在期内的案件；作废的不计。"),
            _SENT,
        ),
        Measure(
            "handled",
            pgettext_lazy("figure", "处置"),
            _("期内派遣、期末前部门已反馈处置完成的案件。"),
            _HANDLED,
        ),
        Measure(
            "due",
            _("应结案"),
            _(
                "已立案、未作废，处置期限在期内届满的案件；加上期限更早届满、期初仍未结案的案件。"
                "期限届满在下月的案件计入下月；尚在进行的期间算到此刻。强制结案的计入应结案，不计入结案。"
            ),
            _DUE,
        ),
        Measure(
            "closed",
            pgettext_lazy("figure", "结案"),
            _("应结案的案件中，期末前已结案的。"),
            _CLOSED,
        ),
        Measure(
            "on_time",
            _("按期结案"),
            _("已结案且处置没有逾期的案件；经申诉批准免责的逾期按未逾期计，逾期的事实不变。"),
            f"{_CLOSED} AND f.in_time",
        ),
        Measure(
            "first_fix",
            _("一次解决"),
            _("已结案的案件中，没有返工、也没有重新办理过的。"),
            f"{_CLOSED} AND f.rework = 0 AND NOT f.repeated",
        ),
        Measure(
            "deferred",
            _("缓办"),
            _("应结案的案件中，处置计时因挂账暂停、仍未结案的。"),
            _DEFERRED,
        ),
        Measure(
            "due_net",
            _("应结案（扣除缓办）"),
            _("应结案的案件减去缓办的案件。"),
            f"{_DUE} AND NOT f.deferred",
        ),
        Measure(
            "urgent_due",
            _("紧急问题应结案"),
            _("应结案的案件中，立案标准为紧急时限的。"),
            f"{_DUE} AND f.urgent",
        ),
        Measure(
            "urgent_closed",
            _("紧急问题结案"),
            _("紧急问题应结案的案件中，期末前已结案的。"),
            f"{_CLOSED} AND f.urgent",
        ),
        Measure(
            "reworked",
            pgettext_lazy("figure", "返工"),
            _("已处置的案件中，返工过的。"),
            f"{_HANDLED} AND f.rework > 0",
        ),
        Measure(
            "reworked_third",
            _("三次返工"),
            _("已处置的案件中，返工三次及以上的。"),
            f"{_HANDLED} AND f.rework >= 3",
        ),
        Measure(
            "faked",
            _("虚假处置"),
            _("已处置的案件中，核实时认定过虚假处置的。"),
            f"{_HANDLED} AND f.fake > 0",
        ),
        Measure(
            "extended",
            pgettext_lazy("figure", "延期"),
            _("已处置的案件中，处置期限经批准延长过的。"),
            f"{_HANDLED} AND f.extensions > 0",
        ),
        Measure(
            "collected",
            _("采集员上报"),
            _("期内由采集员上报的案件。"),
            f"{_RECEIVED} AND f.channel = 'collector'",
        ),
        Measure(
            "wrong",
            _("错误上报"),
            _("采集员上报的案件中，因情况不属实或误报而不予立案的。"),
            f"{_RECEIVED} AND f.channel = 'collector' AND f.void AND f.reason_code IN ('7', '8')",
        ),
        Measure(
            "missed",
            _("漏报"),
            _("期内立案、不是由采集员或设备先发现，而由群众、热线或其他平台上报的案件。"),
            f"{_FILED} AND {_BY_OTHERS}",
        ),
        Measure(
            "to_find",
            _("应采集"),
            _("漏报的案件，加上采集员上报并立案的案件。"),
            f"{_FILED} AND ({_BY_OTHERS} OR f.channel = 'collector')",
        ),
        Measure(
            "accurate",
            _("准确派遣"),
            _("期内派遣的案件中，从未被处置部门退单的。"),
            f"{_SENT} AND f.returns = 0",
        ),
        Measure(
            "repeated",
            _("重复案件"),
            _("期内立案的案件中，同一事项再次办理的：有新事实的再次反映，或重新办理。"),
            f"{_FILED} AND f.repeated",
        ),
        Measure(
            "frequent",
            _("高发案件"),
            _("期内立案的案件中，属于立案最多的10个类别的。"),
            f"{_FILED} AND f.type_key = ANY(:frequent)",
        ),
        Measure(
            "ticket_due",
            _("应答复工单"),
            _("热线工单中，答复期限在期内届满的；加上期限更早届满、期初仍未答复的。"),
            _TICKET,
        ),
        Measure(
            "ticket_on_time",
            _("按期答复工单"),
            _("应答复工单中，期末前已答复且没有逾期的。"),
            f"{_TICKET} AND f.ticket_stopped_at < :end AND NOT f.ticket_late",
        ),
    )
}

_NATIONAL = "GB/T 30428.4 绩效评价"
RATES: dict[str, Rate] = {
    rate.name: rate
    for rate in (
        Rate("filing_rate", _("立案率"), "filed", "received", _NATIONAL),
        Rate("handling_rate", _("处置率"), "handled", "dispatched", _NATIONAL),
        Rate("closing_rate", _("结案率"), "closed", "due", _NATIONAL),
        Rate("on_time_rate", _("按期结案率"), "on_time", "due", _NATIONAL),
        Rate(
            "closing_rate_net",
            _("结案率（扣除缓办）"),
            "closed",
            "due_net",
            "金华市数字城管考核办法",
        ),
        Rate(
            "on_time_rate_net",
            _("按期结案率（扣除缓办）"),
            "on_time",
            "due_net",
            "金华市数字城管考核办法",
        ),
        Rate(
            "urgent_rate",
            _("紧急问题结案率"),
            "urgent_closed",
            "urgent_due",
            "金华市数字城管考核办法",
        ),
        Rate("first_fix_rate", _("一次解决率"), "first_fix", "closed"),
        Rate("rework_rate", _("返工率"), "reworked", "handled", _NATIONAL),
        Rate("extension_rate", _("延期率"), "extended", "handled", _NATIONAL),
        Rate("error_rate", _("差错率"), "wrong", "collected", _NATIONAL),
        Rate("missed_rate", _("漏报率"), "missed", "to_find", _NATIONAL),
        Rate("accuracy_rate", _("准确派遣率"), "accurate", "dispatched", _NATIONAL),
        Rate("repeat_rate", _("重复案件率"), "repeated", "filed"),
        Rate("frequent_rate", _("高发案件占比"), "frequent", "filed"),
        Rate("reply_rate", _("工单按期答复率"), "ticket_on_time", "ticket_due", "GB/T 33357"),
    )
}

#: What counts of call-backs (b, with its case c); ``:hours`` and ``:satisfied`` are parameters.
_TASK = "b.state <> 'lapsed' AND b.closed_at >= :start AND b.closed_at < :end"
_COUNTED = f"{_TASK} AND b.excluded = ''"
_REACHED = f"{_COUNTED} AND b.state = 'reached'"
CALL_BACKS: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            "tickets",
            _("应回访工单"),
            _("期内办结、诉求人留有电话的热线和网上工单；办结后又重新办理的以最后一次为准。"),
            _TASK,
        ),
        Measure(
            "excluded",
            _("剔除"),
            _("应回访工单中，经受理中心写明理由剔除、不参与评价的。"),
            f"{_TASK} AND b.excluded <> ''",
        ),
        Measure("counted", _("参评工单"), _("应回访工单减去剔除的工单。"), _COUNTED),
        Measure(
            "in_time",
            _("及时响应"),
            _(
                "参评工单中，承办单位及时联系了诉求人的：以诉求人回访时的回答为准，未访到的以单位登记的联系时间为准。"
            ),
            f"{_COUNTED} AND coalesce(b.in_time, (c.data ->> 'contacted_at')::timestamptz"
            " <= (c.data ->> 'dispatched_at')::timestamptz + :hours, false)",
        ),
        Measure("reached", _("已访到"), _("参评工单中，回访接通并作出评价的。"), _REACHED),
        Measure(
            "solved",
            _("已解决"),
            _("已访到的工单中，诉求人认为问题已解决的。"),
            f"{_REACHED} AND b.solved",
        ),
        Measure(
            "satisfied",
            pgettext_lazy("figure", "满意"),
            _("已访到的工单中，诉求人评价为基本满意以上的。"),
            f"{_REACHED} AND b.score <= :satisfied",
        ),
    )
}
CALL_BACK_RATES: dict[str, Rate] = {
    rate.name: rate
    for rate in (
        Rate("response", _("响应率"), "in_time", "counted", "北京市接诉即办工作条例第三十二条"),
        Rate("solution", _("解决率"), "solved", "reached", "北京市接诉即办工作条例第三十二条"),
        Rate(
            "satisfaction", _("满意率"), "satisfied", "reached", "北京市接诉即办工作条例第三十二条"
        ),
    )
}
