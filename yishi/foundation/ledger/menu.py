"""The books in the desk's menu, for whoever reads them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from yishi.foundation.ledger.scope import closers, readers
from yishi.foundation.ui.navigation import MenuItem, register


def offer() -> None:
    """Declare the entries (once more when a system adds readers)."""
    register(
        *(
            MenuItem(
                label,
                f"desk:ledger:{name}",
                "desk",
                closers() if name == "closing" else readers(),
                _("财政账"),
                order=80 + i,
                card=i == 0,
            )
            for i, (label, name) in enumerate(
                (
                    (_("预算指标"), "lines"),
                    (_("科目与分录"), "accounts"),
                    (_("科目余额表"), "trial"),
                    (_("记账凭证"), "vouchers"),
                    (_("结账与年终"), "closing"),
                )
            )
        )
    )
