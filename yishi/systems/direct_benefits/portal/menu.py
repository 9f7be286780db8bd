"""What portal and desk offer of 政策通, and to whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from yishi.foundation.messages import texts
from yishi.foundation.ui.applicant import register_mine
from yishi.foundation.ui.navigation import MenuItem, register
from yishi.foundation.ui.services import Figure, Service, register_figures, register_service
from yishi.systems.direct_benefits.portal import telling
from yishi.systems.direct_benefits.portal.mine import SECTION
from yishi.systems.direct_benefits.portal.models import PaidLine
from yishi.systems.direct_benefits.states import OFFICER


def tell() -> None:
    """Register pages, menus and services (called from the app's ``ready``)."""
    texts.register(telling.TEXTS)
    register_mine(SECTION)
    register(
        MenuItem(_("政策通"), "policies:find", "portal", order=13),
        MenuItem(
            _("企业申请"),
            "desk:benefit_portal:applications",
            "desk",
            frozenset({OFFICER}),
            _("办理"),
            order=16,
            card=True,
        ),
    )
    register_service(
        Service(
            _("政策通"),
            _("惠企政策不用申请：查政策、算一算能享受什么，看自己的钱到哪一步、公示和兑现结果。"),
            "policies:find",
            main=True,
            order=7,
        )
    )
    register_figures("direct_benefits", figures)


def figures(now: datetime) -> Sequence[Figure]:
    """Public numbers: payouts this year, money and enterprises (1 statement)."""
    year = now.astimezone().year
    found = PaidLine.objects.aggregate(
        n=Count("pk", filter=Q(month__year=year)),
        fen=Sum("fen", filter=Q(month__year=year)),
        parties=Count("payout__party__file", distinct=True, filter=Q(month__year=year)),
    )
    if not found["n"]:
        return []
    return [
        Figure(_now("今年直达企业（家）"), found["parties"]),
        Figure(_now("今年兑现（万元）"), (found["fen"] or 0) // 1_000_000),
    ]
