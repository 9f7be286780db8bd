"""Django app of the desk: where officers work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from yishi.foundation.ui.navigation import MenuItem


class DeskConfig(AppConfig):
    """Registers the desk's own menu items; systems add theirs."""

    name = "yishi.faces.desk"
    label = "desk"

    def ready(self) -> None:
        """Declare the menu."""
        from yishi.faces.desk.calendars import deadlines
        from yishi.foundation.messages.agenda import register_agenda
        from yishi.foundation.papers.issuing import PaperKind, register_kinds
        from yishi.foundation.ui.navigation import register

        register_agenda("deadlines", deadlines)
        register_kinds(PaperKind("dossier", _("案卷"), "案卷"))
        register(*_work(), *_administration())


def _work() -> Iterator[MenuItem]:
    """What officers work with, and what is their own."""
    from yishi.foundation.access.actors import ROLES
    from yishi.foundation.papers.certificates.access import reading_roles
    from yishi.foundation.ui.navigation import MenuItem

    workers = frozenset(name for name, role in ROLES.items() if role.duties)
    everybody = frozenset(ROLES)
    askers = frozenset(n for n, r in ROLES.items() if r.leads or r.administers)
    mine = _("我的")
    yield MenuItem(_("首页"), "desk:home", "desk", order=10)
    yield MenuItem(_("我的工作"), "desk:work", "desk", workers, _("办理"), order=20)
    yield MenuItem(_("数据异议"), "desk:data-tickets", "desk", askers, _("办理"), order=25)
    yield MenuItem(_("案件查询"), "desk:cases", "desk", everybody, _("查询"), order=30)
    yield MenuItem(_("主体档案"), "desk:parties", "desk", everybody, _("查询"), order=31)
    readers = reading_roles()
    yield MenuItem(_("证照登记簿"), "desk:certificates", "desk", readers, _("查询"), order=32)
    yield MenuItem(_("消息"), "desk:inbox", "desk", group=mine, order=90)
    yield MenuItem(_("值班与交接"), "desk:shifts", "desk", workers, mine, order=91)
    yield MenuItem(_("我的账号"), "desk:me", "desk", group=mine, order=92)
    yield MenuItem(_("日历订阅"), "desk:calendar", "desk", group=mine, order=93)
    yield MenuItem(_("办理帮助"), "desk:help", "desk", group=mine, order=200)


def _administration() -> Iterator[MenuItem]:
    """Accounts, units, programs, partners, and who exported what."""
    from yishi.foundation.access.actors import administering
    from yishi.foundation.exchange.notices import ADMINISTRATOR
    from yishi.foundation.ui.navigation import MenuItem

    keepers = frozenset(administering())
    lookers = frozenset({"auditor", "administrator"})
    partners = frozenset({ADMINISTRATOR})
    group = _("系统管理")
    yield MenuItem(_("导出记录"), "desk:exports", "desk", lookers, _("查询"), order=38, card=True)
    yield MenuItem(_("账号"), "desk:officers", "desk", keepers, group, order=60, card=True)
    yield MenuItem(_("单位"), "desk:units", "desk", keepers, group, order=61, card=True)
    yield MenuItem(_("接口密钥"), "desk:programs", "desk", keepers, group, order=62, card=True)
    yield MenuItem(_("合作平台"), "desk:partners", "desk", partners, group, order=63, card=True)
