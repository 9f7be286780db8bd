"""The assessment's figures for the page of definitions, generated from `measures`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.kpis import Book, Kpi, share_sql
from yishi.foundation.ui.timetext import moment_text
from yishi.systems.city_events.assessment.measures import (
    CALL_BACK_RATES,
    CALL_BACKS,
    MEASURES,
    RATES,
    Measure,
    Rate,
)
from yishi.systems.city_events.assessment.models import PeriodCount
from yishi.systems.city_events.assessment.pages import KPI
from yishi.systems.city_events.assessment.reading import facts_text
from yishi.systems.city_events.context import city
from yishi.systems.city_events.hotline.parameters import ParameterMissing, Parameters

_OWN = _("本系统定义；公开标准没有写明这一口径")
_OF_CALL_BACKS = "city_events_callback b JOIN cases_case c ON c.id = b.case_id"
#: Where the numbers behind the rates come from, by name; the others are of the house.
SOURCES = {
    **dict.fromkeys(
        ("received", "filed", "dispatched", "handled", "due", "closed", "on_time"),
        _("GB/T 30428.4 绩效评价；应结案按期间界定为本系统定义"),
    ),
    **dict.fromkeys(("reworked", "extended", "wrong", "accurate"), "GB/T 30428.4 绩效评价"),
    **dict.fromkeys(
        ("deferred", "due_net", "faked", "reworked_third"), _("金华市数字城管考核办法")
    ),
    **dict.fromkeys(("urgent_due", "urgent_closed"), _("金华市数字城管考核办法")),
    **dict.fromkeys(("ticket_due", "ticket_on_time"), "GB/T 33357"),
    **dict.fromkeys(CALL_BACKS, _("北京市接诉即办工作条例第三十二条")),
}
#: What is left out of a denominator, beyond what is always left out.
RULES: Mapping[str, Any] = {
    "closing_rate_net": _("挂账暂停、仍未结案的缓办案件从分母扣除。"),
    "on_time_rate_net": _("挂账暂停、仍未结案的缓办案件从分母扣除。"),
    "response": _("写明理由剔除的工单不进分母。"),
    "solution": _("没有访到的不进分母。"),
    "satisfaction": _("没有访到的不进分母。"),
    "on_time_rate": _("申诉批准免责的逾期按未逾期计入分子。强制结案的进分母、不进分子。"),
    "closing_rate": _("强制结案的进分母、不进分子。"),
}


def books(numbers: Mapping[str, int], now: datetime) -> Sequence[Book]:
    """The periods' figures, and those of call-backs (1 statement: when they were counted last)."""
    fresh = _fresh()
    return [
        Book(
            "period",
            gettext("考核与报表（日、周、月）"),
            gettext(
                "一个期间（:start 起、:end 止，尚在进行的算到统计时刻）内的案件，"
                "按区域、单位、场景分组。"
                "每件案件读取的内容见本节末尾；:frequent 是期内立案最多的10个类别。"
            ),
            fresh,
            [
                *(_rate(rate, MEASURES, "facts f") for rate in RATES.values()),
                *(_measure(one, "facts f") for one in MEASURES.values()),
            ],
            ("facts", facts_text()),
        ),
        Book(
            "call-backs",
            gettext("回访三率"),
            gettext("期内办结的热线和网上工单的回访；:hours 和 :satisfied 是有生效日期的参数。"),
            fresh,
            [
                *(_rate(rate, CALL_BACKS, _OF_CALL_BACKS) for rate in CALL_BACK_RATES.values()),
                _weighted(),
                *(_measure(one, _OF_CALL_BACKS) for one in CALL_BACKS.values()),
            ],
            facts=_parameters(now),
        ),
        _calls(),
    ]


def _measure(one: Measure, source: str) -> Kpi:
    sql = f"SELECT count(*)\n  FROM {source}\n WHERE {one.where}"
    return Kpi(KPI + one.name, one.label, one.formula, sql, SOURCES.get(one.name, _OWN))


def _rate(rate: Rate, measures: Mapping[str, Measure], source: str) -> Kpi:
    above, below = measures[rate.numerator], measures[rate.denominator]
    rule = gettext(
        "分母是%(label)s：%(formula)s作废的案件分子、分母都不计；分母为零时没有数据，不作0%%或100%%。"
    ) % {
        "label": below.label,
        "formula": below.formula,
    }
    return Kpi(
        KPI + rate.name,
        rate.label,
        gettext("%(above)s ÷ %(below)s × 100%%，四舍五入到两位小数。")
        % {"above": above.label, "below": below.label},
        share_sql(source, above.where, below.where),
        rate.source or _OWN,
        f"{rule}{RULES.get(rate.name, '')}",
        [(KPI + name, measures[name].label) for name in (rate.numerator, rate.denominator)],
    )


def _weighted() -> Kpi:
    return Kpi(
        KPI + "weighted",
        gettext("三率加权"),
        gettext("响应率、解决率、满意率各乘以权重后相加；先加权，后四舍五入到两位小数。"),
        "SELECT round(100 * (:w1 * in_time / counted + :w2 * solved / reached"
        " + :w3 * satisfied / reached), 2)",
        gettext("权重是有生效日期的参数（示意）；北京市接诉即办公布了指标，没有公布权重"),
        gettext("三个分母中任何一个为零时没有数据。"),
        [(KPI + rate.name, rate.label) for rate in CALL_BACK_RATES.values()],
    )


def _calls() -> Book:
    source, span = (
        "GB/T 33358-2016",
        "FROM city_events_call\n WHERE offered_at > :start AND offered_at <= :end",
    )
    rule = gettext("没有呼入（或没有接通）时没有数据。")
    return Book(
        "calls",
        gettext("热线接听"),
        gettext("呼叫中心送来的通话记录；任意连续24小时的接通率不得低于规定。"),
        gettext("实时：每次打开时从通话记录数出。"),
        [
            Kpi(
                KPI + "connection",
                gettext("接通率"),
                gettext("接通的来电 ÷ 呼入的来电 × 100%。"),
                f"SELECT round(100.0 * count(waited) / nullif(count(*), 0), 2)\n  {span}",
                source,
                rule,
            ),
            Kpi(
                KPI + "quick",
                gettext("及时应答率"),
                gettext("规定秒数内接通的来电 ÷ 接通的来电 × 100%。"),
                "SELECT round(100.0 * count(*) FILTER (WHERE waited <= :seconds)"
                f"\n             / nullif(count(waited), 0), 2)\n  {span}",
                source,
                rule,
            ),
        ],
    )


def _fresh() -> str:
    last = PeriodCount.objects.filter(scope="").order_by("-counted_at").first()
    told = gettext(
        "按期存放：进行中的日、周、月约每3分钟重算一次，已结束的期在其中案件变动后重算；页面注明统计时间，可以立即重算。"
    )
    if last is None:
        return told
    return told + gettext("最近一次统计：%(at)s，用时%(ms)d毫秒。") % {
        "at": moment_text(last.counted_at),
        "ms": last.took_ms,
    }


def _parameters(now: datetime) -> list[tuple[str, str]]:
    registers = city()
    parameters = Parameters(registers.rulebook, now, registers.register.root)
    found = []
    for name, label in (
        ("response_hours", gettext("及时联系的小时数 :hours")),
        ("satisfied_score", gettext("满意的最低档 :satisfied（1 最好）")),
        ("weight_response", gettext("响应率权重 :w1")),
        ("weight_solved", gettext("解决率权重 :w2")),
        ("weight_satisfied", gettext("满意率权重 :w3")),
    ):
        try:
            found.append((label, f"{parameters.decimal(name)}"))
        except ParameterMissing:
            continue
    return found
