"""Public figures of direct benefits, each with its SQL (§S9.5: coverage)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.kpis import Book, Kpi, share_sql

_SCOPE = (
    "c.received_on BETWEEN :since AND :until\n"
    "   AND (c.managed_path = :path OR c.managed_path LIKE :path || '/%')"
)
_PAYOUTS = f"direct_benefits_payout p JOIN cases_case c ON c.id = p.case_id\n WHERE {_SCOPE}"
_WITH_MODE = (
    "direct_benefits_payout p JOIN cases_case c ON c.id = p.case_id\n"
    "  JOIN direct_benefits_batch b ON b.id = p.batch_id\n"
    "  JOIN benefit_policies_itemversion v ON v.id = b.item_version_id\n"
    f" WHERE {_SCOPE}"
)
_ARRIVED = "p.state IN ('paid', 'done', 'clawback_notice', 'clawback_decided', 'repaid')"
_NONE = _("分母为零时没有数据。")


def books(numbers: Mapping[str, int], now: datetime) -> Sequence[Book]:
    """The book of this system."""
    return [
        Book(
            "benefits",
            gettext("无申请兑现"),
            gettext("所选日期内列入名单的兑现，此刻的结果。"),
            gettext("实时：直接由批次、兑现台账和最近一次筛选计算。"),
            [*_reach(), *_trouble(), *_data()],
        )
    ]


def _reach() -> list[Kpi]:
    return [
        Kpi(
            "benefit-listed",
            _("列入名单"),
            _("所选日期内列入名单的企业事项数（一家企业的一个事项计一件）。"),
            f"SELECT count(*)\n  FROM {_PAYOUTS}",
        ),
        Kpi(
            "benefit-paid",
            _("已到账"),
            _("已到账或已享受的件数，含以后追回的。"),
            f"SELECT count(*)\n  FROM {_PAYOUTS}\n   AND {_ARRIVED}",
        ),
        Kpi(
            "benefit-rate",
            _("兑现率"),
            _("已到账 ÷ 列入名单。"),
            share_sql(_PAYOUTS, _ARRIVED, "true"),
            denominator=_NONE,
            parts=[("benefit-paid", _("已到账")), ("benefit-listed", _("列入名单"))],
        ),
        Kpi(
            "benefit-yuan",
            _("到账金额（元）"),
            _("银行入账减去退票的金额，含抵扣。"),
            "SELECT round(coalesce(sum(p.paid_fen + p.set_off_fen), 0) / 100.0, 2)\n"
            f"  FROM {_PAYOUTS}",
        ),
        Kpi(
            "benefit-enterprises",
            _("惠及企业"),
            _("至少有一件已到账的企业数。"),
            f"SELECT count(DISTINCT p.party_id)\n  FROM {_PAYOUTS}\n   AND {_ARRIVED}",
        ),
        Kpi(
            "benefit-direct",
            _("免申比例"),
            _("免申即享事项的到账件数 ÷ 全部到账件数。"),
            share_sql(
                _WITH_MODE,
                f"{_ARRIVED} AND coalesce(v.content->>'mode', 'direct') = 'direct'",
                _ARRIVED,
            ),
            denominator=_NONE,
        ),
        Kpi(
            "benefit-days",
            _("从列入名单到到账（天，中位数）"),
            _("已到账的件，从列入名单到银行入账的天数的中位数。"),
            "SELECT round((percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM\n"
            "       p.paid_at - p.listed_at) / 86400))::numeric, 1)\n"
            f"  FROM {_PAYOUTS}\n   AND {_ARRIVED}",
        ),
        Kpi(
            "benefit-days-fact",
            _("从事实到到账（天，中位数）"),
            _(
                "已到账的件，从认定之日（事项没有写明认定日期的，从部门数据所属之日）到银行入账的天数的中位数。"
            ),
            "SELECT round((percentile_cont(0.5) WITHIN GROUP (ORDER BY\n"
            "       (p.paid_at AT TIME ZONE 'Asia/Shanghai')::date - p.fact_on))::numeric, 1)\n"
            f"  FROM {_PAYOUTS}\n   AND {_ARRIVED} AND p.fact_on IS NOT NULL",
        ),
    ]


def _trouble() -> list[Kpi]:
    objected = "EXISTS (SELECT 1 FROM direct_benefits_objection o WHERE o.payout_id = p.id{})"
    returned = (
        "EXISTS (SELECT 1 FROM cases_trace t WHERE t.case_id = p.case_id AND t.move = 'return')"
    )
    noticed = "EXISTS (SELECT 1 FROM cases_trace t WHERE t.case_id = p.case_id AND t.move = 'post')"
    return [
        Kpi(
            "benefit-objections",
            _("异议率"),
            _("公示期内收到异议的件数 ÷ 公示的件数。"),
            share_sql(_PAYOUTS, objected.format(""), noticed),
            denominator=_NONE,
        ),
        Kpi(
            "benefit-upheld",
            _("异议成立率"),
            _("异议成立的件数 ÷ 收到异议的件数。"),
            share_sql(_PAYOUTS, objected.format(" AND o.state = 'upheld'"), objected.format("")),
            denominator=_NONE,
        ),
        Kpi(
            "benefit-returns",
            _("退票率"),
            _("退过票的件数 ÷ 生成过支付指令的件数。"),
            share_sql(_PAYOUTS, returned, "p.attempts > 0"),
            denominator=_NONE,
        ),
        Kpi(
            "benefit-struck",
            _("剔除"),
            _("被剔除的件数，逐件写明理由。"),
            f"SELECT count(*)\n  FROM {_PAYOUTS}\n   AND p.state = 'struck'",
        ),
        Kpi(
            "benefit-declined",
            _("企业放弃"),
            _("企业自愿放弃的件数。"),
            f"SELECT count(*)\n  FROM {_PAYOUTS}\n   AND p.state = 'declined'",
        ),
        Kpi(
            "benefit-clawed",
            _("追回"),
            _("已决定追回的件数，含已退还的。"),
            f"SELECT count(*)\n  FROM {_PAYOUTS}\n   AND p.state IN ('clawback_decided', 'repaid')",
        ),
    ]


def _data() -> list[Kpi]:
    """What the data leave unknown, by source: the last run's, whoever asks."""
    return [
        Kpi(
            "benefit-unknown",
            _("待核实（数据缺失或过期）"),
            _("最近一次筛选中因数据缺失、过期或没有时间而无法判断的企业事项数。"),
            "SELECT coalesce(sum(t.pairs), 0)\n"
            "  FROM benefit_runs_unknowntask t\n WHERE t.state <> 'closed'",
        ),
        Kpi(
            "benefit-unknown-worst",
            _("待核实最多的数据来源"),
            _("待核实件数最多的数据来源及其占全部待核实的百分比。"),
            "SELECT s.name || ' ' || round(100.0 * sum(t.pairs)\n"
            "       / nullif((SELECT sum(pairs) FROM benefit_runs_unknowntask\n"
            "                  WHERE state <> 'closed'), 0), 1) || '%'\n"
            "  FROM benefit_runs_unknowntask t JOIN facts_source s ON s.id = t.source_id\n"
            " WHERE t.state <> 'closed'\n"
            " GROUP BY s.name ORDER BY sum(t.pairs) DESC LIMIT 1",
            denominator=_NONE,
        ),
    ]
