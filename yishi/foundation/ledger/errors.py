"""What the books refuse, in words that a person can act on."""

from __future__ import annotations

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from yishi.foundation.revisions.errors import FieldError


class LedgerError(FieldError):
    """A transfer or a step of the budget that cannot be; nothing was posted.

    ``code``: ``floor`` (not enough money), ``period_closed``, ``account_closed``, ``no_account``,
    ``other_unit``, ``key_taken`` (the key belongs to another transfer), ``amount``, ``state``.
    """


_BY_CONSTRAINT = {
    "ledger_account_floor": ("amount", _("余额不足"), "floor"),
    "ledger_period_closed": ("period", _("该期间已结账，不能再记账"), "period_closed"),
    "ledger_account_closed": ("account", _("该科目已停用"), "account_closed"),
    "ledger_no_account": ("account", _("没有这个科目"), "no_account"),
    "ledger_other_unit": ("unit", _("科目的计量单位不同"), "other_unit"),
    "ledger_transfer_amount": ("amount", _("金额必须大于0"), "amount"),
    "ledger_transfer_two_accounts": ("account", _("借贷科目不能相同"), "account"),
    "ledger_period_kept": ("period", _("已结账的期间不能再改"), "period_closed"),
    "ledger_period_order": ("period", _("前面的期间还没有结账"), "period_order"),
}


def read(error: IntegrityError) -> LedgerError | None:
    """What the database's refusal means, if it is one of the ledger's own."""
    diagnosis = getattr(error.__cause__, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or ""
    found = _BY_CONSTRAINT.get(name)
    if found is None:
        return None
    said = str(getattr(diagnosis, "message_primary", "") or "")
    about = said.partition(": ")[2] if said.startswith("ledger_") else ""
    field, message, code = found
    return LedgerError(field, f"{message}（{about}）" if about else str(message), code)
