"""What the desk's menu offers of city events, and to whom."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from yishi.foundation.ui.navigation import MenuItem
from yishi.systems.city_events.assessment import pages
from yishi.systems.city_events.hotline import quality_views

_CALLERS = frozenset({"hotline", "acceptor"})
_PRESSING = frozenset({"duty_leader", "dispatcher", "unit_officer", "auditor"})


def items() -> list[MenuItem]:
    """The entries, in no order."""
    return [
        MenuItem(
            _("话务登记"),
            "desk:city_events:hotline",
            "desk",
            _CALLERS,
            _("办理"),
            order=15,
            card=True,
        ),
        MenuItem(
            _("批量登记"),
            "desk:city_events:intake",
            "desk",
            roles=_CALLERS | {"collector"},
            group=_("办理"),
            order=16,
            card=True,
        ),
        MenuItem(
            _("督办台账"),
            "desk:city_events:supervision",
            "desk",
            _PRESSING,
            _("查询"),
            order=31,
            card=True,
        ),
        MenuItem(
            _("回访"),
            "desk:city_events:call-backs",
            "desk",
            _CALLERS,
            _("办理"),
            order=17,
            card=True,
        ),
        MenuItem(
            _("接听质量"),
            "desk:city_events:quality",
            "desk",
            roles=frozenset(quality_views.ROLES),
            group=_("查询"),
            order=37,
            card=True,
        ),
        MenuItem(
            _("考核"),
            "desk:city_events:assessment",
            "desk",
            roles=frozenset((*pages.ROLES, *pages.UNIT_ROLES)),
            group=_("查询"),
            order=36,
            card=True,
        ),
    ]
