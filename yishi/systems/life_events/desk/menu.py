"""What the desk's menu offers of integrated services, and to whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from yishi.foundation.ui.navigation import MenuItem
from yishi.systems.life_events import states as s

#: Whoever works with theme cases.
READERS = frozenset({s.WINDOW, s.HEAD, s.OFFICE, s.EDITOR, s.APPROVER, "approver", "agency_head"})
STUDIO = frozenset({s.EDITOR, s.APPROVER, s.OFFICE})
COUNTER = frozenset({s.WINDOW})


def items() -> list[MenuItem]:
    """The entries, in no order."""
    return [
        _item(_("窗口收件"), "counter", COUNTER, _("办理"), 10),
        _item(_("一件事办件"), "matters", READERS, _("查询"), 26),
        _item(_("一件事目录"), "themes", READERS, _("查询"), 27),
        _item(_("一件事成效"), "measures", READERS, _("查询"), 28),
        _item(_("简易注销公告"), "notices", COUNTER | {s.OFFICE}, _("办理"), 18),
        _item(_("主题编制"), "studio", STUDIO, _("管理"), 60),
    ]


def _item(label: Any, page: str, roles: Iterable[str], group: Any, order: int) -> MenuItem:
    """A page of this system, in the menu and as a card on the desk's first page."""
    name = f"desk:life_events:{page}"
    return MenuItem(label, name, "desk", frozenset(roles), group, order=order, card=True)
