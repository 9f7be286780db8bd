"""What the desk and the portal offer of repair, and the numbered papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.credit.repair import notices, reading
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.lifecycle import LIFECYCLE
from yishi.foundation.ui.applicant import MineSection


def mine(actor: Actor, now: datetime) -> Mapping[str, Any]:
    """The newest applications (1 statement)."""
    states = LIFECYCLE.states
    found = reading.applications_of(actor)[:3]
    return {"cases": [{"case": one, "state": states[one.state].label} for one in found]}


def matters() -> Sequence[tuple[str, str]]:
    """What a mandate may name."""
    return [(s.REPAIR, gettext("信用修复")), (s.SHIELD, gettext("破产临时屏蔽"))]


def register_all() -> None:
    """Register pages, papers, menus and matters (called from the app's ``ready``)."""
    from yishi.foundation.credit.repair.pages.desk import APPLICATIONS, RECORDS
    from yishi.foundation.papers.issuing import PaperKind, register_kinds
    from yishi.foundation.parties.field_labels import register_matters
    from yishi.foundation.ui import desk
    from yishi.foundation.ui.applicant import register_mine
    from yishi.foundation.ui.navigation import MenuItem, register
    from yishi.foundation.ui.services import Service, register_service

    desk.register(APPLICATIONS)
    desk.register(RECORDS)
    register_kinds(
        *(PaperKind(key, label, prefix) for key, (label, prefix) in notices.KINDS.items())
    )
    register_matters(matters)
    register_mine(
        MineSection(
            "credit_repair", _("我的信用修复"), "credit_repair/portal/section.html", mine, order=61
        )
    )
    window, group = frozenset({s.WINDOW}), _("信用")
    counter, copies = "desk:repair:counter", "desk:repair:copies"
    register(
        MenuItem(_("信用修复收件"), counter, "desk", window, group, order=70),
        MenuItem(_("副本差异"), copies, "desk", window, group, order=71),
    )
    register_service(
        Service(
            _("信用修复"),
            _("查看自己的信用记录还差什么、从哪天起可以申请；几条一起申请，不收费。"),
            "repair:mine",
            order=45,
        )
    )
