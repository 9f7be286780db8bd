"""What the desk's menu offers of city events, and to whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import ROLES
from yishi.foundation.ui.navigation import MenuItem
from yishi.systems.city_events.assessment import pages
from yishi.systems.city_events.devices import listing
from yishi.systems.city_events.hotline import quality_views
from yishi.systems.city_events.onsite import sending
from yishi.systems.city_events.rehearsing import views as rehearsal_views
from yishi.systems.city_events.routing import views as routing_views

_CALLERS = frozenset({"hotline", "acceptor"})
_PRESSING = frozenset({"duty_leader", "dispatcher", "unit_officer", "auditor"})


def items() -> list[MenuItem]:
    """The entries, in no order."""
    return [
        _item(_("现场工作"), "onsite", sending.ROLES, _("办理"), 14),
        _item(_("话务登记"), "hotline", _CALLERS, _("办理"), 15),
        _item(_("批量登记"), "intake", _CALLERS | {"collector"}, _("办理"), 16),
        _item(_("回访"), "call-backs", _CALLERS, _("办理"), 17),
        _item(_("应用场景"), "scenarios", frozenset(ROLES), _("查询"), 32),
        _item(_("督办台账"), "supervision", _PRESSING, _("查询"), 31),
        _item(_("热点问题"), "hot", _PRESSING | {"acceptor", "hotline"}, _("查询"), 30),
        _item(_("考核"), "assessment", {*pages.ROLES, *pages.UNIT_ROLES}, _("查询"), 36),
        _item(_("感知设备"), "devices", listing.ROLES, _("查询"), 38),
        _item(_("派单规则"), "routing", routing_views.ROLES, _("查询"), 39),
        _item(_("错派分析"), "returns", routing_views.WIDE, _("查询"), 40),
        _item(_("预演"), "rehearsals", rehearsal_views.ROLES, _("查询"), 41),
        _item(_("接听质量"), "quality", quality_views.ROLES, _("查询"), 37),
    ]


def _item(label: Any, page: str, roles: Iterable[str], group: Any, order: int) -> MenuItem:
    """A page of this system, in the menu and as a card on the desk's first page."""
    name = f"desk:city_events:{page}"
    return MenuItem(label, name, "desk", frozenset(roles), group, order=order, card=True)
