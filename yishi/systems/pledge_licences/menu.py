"""What portal and desk offer of licences by pledge, and to whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from yishi.foundation.ui import desk
from yishi.foundation.ui.applicant import register_mine
from yishi.foundation.ui.navigation import MenuItem, register
from yishi.foundation.ui.services import Service, register_service
from yishi.systems.pledge_licences.desk import DESK
from yishi.systems.pledge_licences.pages.overview import READERS
from yishi.systems.pledge_licences.pages.views import CHECKERS
from yishi.systems.pledge_licences.portal.mine_part import SECTION


def tell() -> None:
    """Register pages, menus and services (called from the app's ``ready``)."""
    desk.register(DESK)
    register_mine(SECTION)
    register(
        _item(_("承诺核查"), "checks", CHECKERS, _("办理"), 12),
        _item(_("现场核查"), "onsite", CHECKERS, _("办理"), 13),
        _item(_("承诺即入概览"), "overview", READERS, _("查询"), 29),
        MenuItem(_("承诺即入"), "licences:find", "portal", order=12),
    )
    register_service(
        Service(
            _("承诺即入"),
            _("开便利店、餐馆、民宿、书店……信用良好的签完承诺书当场领证，之后再核查。"),
            "licences:find",
            main=True,
            order=6,
        )
    )


def _item(label: Any, page: str, roles: Iterable[str], group: Any, order: int) -> MenuItem:
    name = f"desk:pledge_licences:{page}"
    return MenuItem(label, name, "desk", frozenset(roles), group, order=order, card=True)
