"""Django app of integrated services (一事联办)."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LifeEventsConfig(AppConfig):
    """Registers lifecycle, roles, themes and pages with the foundation."""

    name = "yishi.systems.life_events"
    label = "life_events"
    portal_urls = "yishi.systems.life_events.portal.urls"

    def ready(self) -> None:
        """Tell the foundation what this system brings."""
        from yishi.foundation import revisions
        from yishi.foundation.access.actors import register_roles
        from yishi.foundation.approvals import submitted
        from yishi.foundation.cases.catalogue import register_parser
        from yishi.foundation.cases.erasure import register_part
        from yishi.foundation.cases.families import register_context
        from yishi.foundation.cases.lifecycle import register_lifecycle
        from yishi.foundation.papers.issuing import register_kinds
        from yishi.foundation.parties.walked import register_table
        from yishi.foundation.ui import desk, navigation
        from yishi.foundation.ui.applicant import register_mine
        from yishi.systems.life_events import (
            catalogue,
            keeping,
            lifecycle,
            papers,
            shown,
            states,
            versions,
        )
        from yishi.systems.life_events.desk import menu
        from yishi.systems.life_events.desk.case_page import DESK
        from yishi.systems.life_events.portal import mine

        register_lifecycle(lifecycle.LIFECYCLE)
        register_context(lifecycle.LIFECYCLE.system, versions.context_for, look=versions.look)
        register_roles(*states.ROLES)
        register_parser(
            catalogue.SYSTEM,
            catalogue.parse_folder,
            catalogue.dump_folder,
            catalogue.from_content,
            catalogue.folder_notes,
        )
        register_part(keeping.PART)
        register_kinds(*papers.KINDS)
        register_table(*keeping.TABLES)
        register_mine(mine.SECTION)
        submitted.register(lifecycle.LIFECYCLE.system, shown.show)
        desk.register(DESK)
        navigation.register(*menu.items())
        revisions.READ_FIRST.append(_read_first)
        _register_portal()


def _read_first() -> None:
    """Read themes and items, and go through all their ways once: it takes seconds."""
    from django.utils import timezone

    from yishi.systems.life_events.portal.finding import offers_of
    from yishi.systems.life_events.versions import registers

    now, found = timezone.now(), registers()
    offers_of(found.themes(now)[0], found.book(now)[0])


def _register_portal() -> None:
    """What people find on the portal's first page and in its menu."""
    from yishi.foundation.ui import navigation
    from yishi.foundation.ui.services import Service, register_service

    register_service(
        Service(
            _("办一件事"),
            _("开餐饮店、孩子出生、退休、买二手房……一张表、一套材料，几个部门的事一次申请。"),
            "themes:find",
            main=True,
            order=5,
        ),
        Service(
            _("查办件、续填和补正"),
            _("凭查询码接着填写草稿，看每个事项由谁办、什么时候办完。"),
            "themes:enter",
            order=25,
        ),
    )
    navigation.register(
        navigation.MenuItem(_("办一件事"), "themes:find", "portal", order=10),
        navigation.MenuItem(_("我的办件"), "themes:enter", "portal", order=35),
    )
