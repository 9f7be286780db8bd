"""Django app of the desk: where officers work."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    """Registers the desk's own menu items; systems add theirs."""

    name = "yishi.faces.desk"
    label = "desk"

    def ready(self) -> None:
        """Declare the menu."""
        from yishi.faces.desk.calendars import deadlines
        from yishi.foundation.access.actors import ROLES, administering
        from yishi.foundation.exchange.notices import ADMINISTRATOR
        from yishi.foundation.messages.agenda import register_agenda
        from yishi.foundation.papers.certificates.access import reading_roles
        from yishi.foundation.papers.issuing import PaperKind, register_kinds
        from yishi.foundation.ui.navigation import MenuItem, register

        register_agenda("deadlines", deadlines)
        register_kinds(PaperKind("dossier", _("案卷"), "案卷"))

        workers = frozenset(name for name, role in ROLES.items() if role.duties)
        keepers = frozenset(administering())
        register(
            MenuItem(_("首页"), "desk:home", "desk", order=10),
            MenuItem(_("我的工作"), "desk:work", "desk", workers, _("办理"), order=20),
            MenuItem(_("案件查询"), "desk:cases", "desk", frozenset(ROLES), _("查询"), order=30),
            MenuItem(_("消息"), "desk:inbox", "desk", group=_("我的"), order=90),
            MenuItem(_("日历订阅"), "desk:calendar", "desk", group=_("我的"), order=93),
            MenuItem(_("办理帮助"), "desk:help", "desk", group=_("我的"), order=200),
            MenuItem(
                _("导出记录"),
                "desk:exports",
                "desk",
                roles=frozenset({"auditor", "administrator"}),
                group=_("查询"),
                order=38,
                card=True,
            ),
            MenuItem(
                _("合作平台"),
                "desk:partners",
                "desk",
                roles=frozenset({ADMINISTRATOR}),
                group=_("系统管理"),
                order=63,
                card=True,
            ),
            MenuItem(_("主体档案"), "desk:parties", "desk", frozenset(ROLES), _("查询"), order=31),
            MenuItem(
                _("证照登记簿"), "desk:certificates", "desk", reading_roles(), _("查询"), order=32
            ),
            MenuItem(
                _("数据异议"),
                "desk:data-tickets",
                "desk",
                frozenset(n for n, r in ROLES.items() if r.leads or r.administers),
                _("办理"),
                order=25,
            ),
            MenuItem(_("值班与交接"), "desk:shifts", "desk", workers, _("我的"), order=91),
            MenuItem(_("我的账号"), "desk:me", "desk", group=_("我的"), order=92),
            MenuItem(
                _("账号"), "desk:officers", "desk", keepers, _("系统管理"), order=60, card=True
            ),
            MenuItem(_("单位"), "desk:units", "desk", keepers, _("系统管理"), order=61, card=True),
            MenuItem(
                _("接口密钥"), "desk:programs", "desk", keepers, _("系统管理"), order=62, card=True
            ),
        )
