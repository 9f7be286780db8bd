"""Payouts as rows of a page or a file: who, how much, where it stands and why."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.parties.models import Identifier
from yishi.foundation.tables.columns import Column, Table
from yishi.systems.direct_benefits.models import Payout
from yishi.systems.direct_benefits.pages.common import TONES, state_name, yuan


@dataclass(frozen=True, slots=True)
class Row:
    """One payout as drawn."""

    payout: Payout
    code: str

    @property
    def name(self) -> str:
        """The party's name; people never get benefits of enterprises."""
        return self.payout.party.name or gettext("（个人）")

    @property
    def number(self) -> str:
        return str(self.payout.case.number)

    @property
    def url(self) -> str:
        return reverse("desk:case", args=[self.number])

    @property
    def state(self) -> str:
        return state_name(self.payout.state)

    @property
    def tone(self) -> str:
        return TONES.get(self.payout.state, "neutral")

    @property
    def amount(self) -> str:
        return yuan(self.payout.amount_fen)

    @property
    def less(self) -> str:
        """Why it is less than the rule gives, or ''."""
        p = self.payout
        parts = []
        if p.claim_fen < p.award_fen:
            text = gettext("按规则 %(award)s，与同组政策抵减后 %(claim)s")
            parts.append(text % {"award": yuan(p.award_fen), "claim": yuan(p.claim_fen)})
        if p.amount_fen < p.claim_fen:
            parts.append(
                gettext("预算不足，按比例从 %(claim)s 减少") % {"claim": yuan(p.claim_fen)}
            )
        if p.set_off_fen:
            parts.append(gettext("抵扣 %(sum)s") % {"sum": yuan(p.set_off_fen)})
        return "；".join(parts)

    @property
    def added(self) -> bool:
        return self.payout.source == "added"


def codes_of(parties: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """统一社会信用代码 by party (1 statement)."""
    found = Identifier.objects.filter(
        party_id__in=list(parties), kind="uscc", ended_on__isnull=True
    )
    return dict(found.values_list("party_id", "value"))


def rows_of(payouts: Sequence[Any]) -> list[Row]:
    """Payouts (with party and case) as rows (1 statement)."""
    codes = codes_of(one.party_id for one in payouts)
    return [Row(one, codes.get(one.party_id, "")) for one in payouts]


def _fen(value: int) -> float:
    # Two places: exact in a float up to 90 billion yuan.
    return value / 100


TABLE: Table[Row] = Table(
    "benefit-payouts",
    _("兑现名单"),
    (
        Column("number", _("编号"), lambda row: row.number, width=22),
        Column("name", _("企业名称"), lambda row: row.name, width=34),
        Column("code", _("统一社会信用代码"), lambda row: row.code, width=22),
        Column("state", _("状态"), lambda row: row.state, width=16),
        Column("award", _("按规则（元）"), lambda row: _fen(row.payout.award_fen), kind="number"),
        Column("claim", _("应付（元）"), lambda row: _fen(row.payout.claim_fen), kind="number"),
        Column("amount", _("核定（元）"), lambda row: _fen(row.payout.amount_fen), kind="number"),
        Column("paid", _("已到账（元）"), lambda row: _fen(row.payout.paid_fen), kind="number"),
        Column("reason", _("原因"), lambda row: row.payout.reason, width=40),
        Column("paid_at", _("到账时间"), lambda row: row.payout.paid_at, kind="moment", width=17),
    ),
)
