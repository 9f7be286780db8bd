"""How applications and records are called."""

from __future__ import annotations

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
