"""What the desk's menu offers officers of direct benefits, and the desk's side of their cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from yishi.foundation.ui import desk
from yishi.foundation.ui.navigation import MenuItem, register
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.pages.common import READERS, WORKERS
from yishi.systems.direct_benefits.pages.desk import DESK

_GROUP: Any = _("惠企政策")


def tell() -> None:
    """Register pages and menus (called from the app's ``ready``)."""
    desk.register(DESK)
    register(
        _item(_("兑现总览"), "direct_benefits:overview", READERS, 40),
        _item(_("政策编制"), "benefit_studio:studio", (s.POLICY, s.REVIEWER), 41),
        _item(_("惠企事项"), "direct_benefits:items", READERS, 42),
        _item(_("筛选"), "direct_benefits:runs", READERS, 43),
        _item(_("待核实数据"), "direct_benefits:unknown", READERS, 44),
        _item(_("兑现批次"), "direct_benefits:batches", WORKERS, 45),
        _item(_("公示异议"), "direct_benefits:objections", (s.OFFICER,), 46),
        _item(_("追回"), "direct_benefits:clawbacks", (s.OFFICER, s.MAKER, s.CHECKER), 47),
    )


def _item(label: Any, page: str, roles: Iterable[str], order: int) -> MenuItem:
    name = f"desk:{page}"
    return MenuItem(label, name, "desk", frozenset(roles), _GROUP, order=order, card=True)
