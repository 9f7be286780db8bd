"""Public figures of licences by pledge, each with its SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.cases.kpis import Book, Kpi, share_sql
from yishi.systems.pledge_licences.states import SYSTEM

_SCOPE = (
    "c.received_on BETWEEN :since AND :until\n"
    "   AND (c.managed_path = :path OR c.managed_path LIKE :path || '/%')"
)
_CASES = f"cases_case c\n WHERE c.system = '{SYSTEM}' AND {_SCOPE}"
_GRANTED = "c.outcome IN ('granted', 'kept', 'revoked', 'expired', 'given_up')"
_LICENCES = f"pledge_licences_licence l JOIN cases_case c ON c.id = l.case_id\n WHERE {_SCOPE}"
_CHECKS = (
    "pledge_licences_check k JOIN cases_case c ON c.id = k.case_id\n"
    f" WHERE k.kind = 'first' AND {_SCOPE}"
)
_FIRST = (
    "pledge_licences_finding f JOIN pledge_licences_check k ON k.id = f.check_task_id\n"
    "  JOIN cases_case c ON c.id = f.case_id\n"
    f" WHERE k.kind IN ('first', 'opening') AND {_SCOPE}"
)
_NONE = _("分母为零时没有数据。")


def _count(source: str, where: str = "") -> str:
    return f"SELECT count(*)\n  FROM {source}" + (f"\n   AND {where}" if where else "")


def books(numbers: Mapping[str, int], now: datetime) -> Sequence[Book]:
    """The book of this system."""
    return [
        Book(
            "pledge",
            gettext("承诺即入"),
            gettext("所选日期内提出的告知承诺申请，此刻的结果。"),
            gettext("实时：直接由案件和许可台账计算。"),
            [*_of_applications(), *_of_checks(), *_of_licences()],
        )
    ]


def _of_applications() -> list[Kpi]:
    return [
        Kpi(
            "pledge-applied",
            _("告知承诺申请"),
            _("所选日期内提出的告知承诺申请件数。"),
            _count(_CASES),
        ),
        Kpi(
            "pledge-granted",
            _("当场发证"),
            _("申请中作出准予许可决定的件数，含以后撤销、注销和届满的。"),
            _count(_CASES, _GRANTED),
        ),
        Kpi(
            "pledge-granted-rate",
            _("当场发证率"),
            _("当场发证 ÷ 告知承诺申请。"),
            share_sql(_CASES, _GRANTED, "true"),
            denominator=_NONE,
            parts=[("pledge-granted", _("当场发证")), ("pledge-applied", _("告知承诺申请"))],
        ),
        Kpi(
            "pledge-ordinary",
            _("转普通程序"),
            _("不适用或者申请人不选择告知承诺，一键转普通程序的件数。"),
            _count(_CASES, "c.outcome = 'ordinary'"),
        ),
        Kpi(
            "pledge-minutes",
            _("从申请到领证（分钟，中位数）"),
            _("当场发证的件，从收到申请到作出决定的分钟数的中位数。"),
            "SELECT round((percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM\n"
            "       l.granted_at - c.received_at) / 60))::numeric, 1)\n"
            f"  FROM {_LICENCES}",
        ),
    ]


def _of_checks() -> list[Kpi]:
    checked = "k.state = 'done'"
    due = "k.state = 'done' OR k.due_on < current_date"
    return [
        Kpi(
            "pledge-check-rate",
            _("首次核查按期率"),
            _("按期完成的首次核查 ÷（已完成的首次核查 + 已过期限未完成的首次核查）。"),
            share_sql(
                _CHECKS,
                f"{checked} AND (k.due_on IS NULL OR (k.done_at AT TIME ZONE"
                " 'Asia/Shanghai')::date <= k.due_on)",
                f"({due})",
            ),
            denominator=_NONE,
        ),
        Kpi(
            "pledge-overdue",
            _("核查逾期"),
            _("此刻已过期限而未完成的核查。许可效力不受影响。"),
            _count(
                "pledge_licences_check k JOIN cases_case c ON c.id = k.case_id\n"
                f" WHERE k.state = 'open' AND k.due_on < current_date AND {_SCOPE}"
            ),
        ),
        Kpi(
            "pledge-kept-rate",
            _("承诺相符率"),
            _("首次核查结论为相符的 ÷ 已作出首次核查结论的。"),
            share_sql(_FIRST, "f.result = 'met'", "true"),
            denominator=_NONE,
        ),
        Kpi(
            "pledge-false",
            _("虚假承诺"),
            _("核查认定承诺虚假的件数。"),
            _count(
                "pledge_licences_finding f JOIN cases_case c ON c.id = f.case_id\n"
                f" WHERE f.result = 'false' AND {_SCOPE}"
            ),
        ),
    ]


def _of_licences() -> list[Kpi]:
    return [
        Kpi(
            "pledge-revoked",
            _("撤销许可"),
            _("因承诺虚假或者逾期未整改撤销的许可。"),
            _count(_LICENCES, "l.state = 'revoked'"),
        ),
        Kpi(
            "pledge-valid",
            _("有效许可"),
            _("所选日期内申请、此刻仍有效的许可。"),
            _count(_LICENCES, "l.state = 'valid'"),
        ),
    ]
