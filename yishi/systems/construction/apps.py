"""Django app of construction approvals (工程建设项目审批)."""

from __future__ import annotations

from django.apps import AppConfig


class ConstructionConfig(AppConfig):
    """Registers lifecycle, roles, catalogue and pages with the foundation."""

    name = "yishi.systems.construction"
    label = "construction"
    api_router = "yishi.systems.construction.api.router"
    portal_urls = "yishi.systems.construction.portal.urls"

    def ready(self) -> None:
        """Tell the foundation what this system brings."""
        from yishi.foundation.access.actors import register_roles
        from yishi.foundation.approvals import submitted
        from yishi.foundation.approvals.catalogue import register_folder
        from yishi.foundation.cases.catalogue import register_parser
        from yishi.foundation.cases.families import register_context
        from yishi.foundation.cases.lifecycle import register_lifecycle
        from yishi.foundation.messages import texts
        from yishi.foundation.papers.issuing import register_kinds
        from yishi.foundation.ui import desk as desk_systems
        from yishi.foundation.ui import navigation
        from yishi.systems.construction import catalogue, context, notices, papers, states
        from yishi.systems.construction.desk import DESK, menu
        from yishi.systems.construction.lifecycle import LIFECYCLE
        from yishi.systems.construction.services import submitting

        register_lifecycle(LIFECYCLE)
        register_roles(*states.ROLES)
        register_context(states.SYSTEM, context.context_for)
        register_folder(catalogue.FOLDER)
        register_parser(
            states.SYSTEM, catalogue.parse_folder, catalogue.dump_folder, catalogue.from_content
        )
        texts.register(notices.TEXTS)
        register_kinds(*papers.KINDS)
        desk_systems.register(DESK)
        navigation.register(*menu())
        submitted.register(states.SYSTEM, submitting.show)
        _register_portal()


def _register_portal() -> None:
    """What owners find on the portal's first page and in its menu."""
    from django.utils.translation import gettext_lazy as _

    from yishi.foundation.ui import navigation
    from yishi.foundation.ui.applicant import MineSection, register_mine
    from yishi.foundation.ui.services import Service, register_service
    from yishi.systems.construction.portal.mine import projects_section

    register_service(
        Service(
            _("工程建设项目审批"),
            _("登记项目，看走到哪个阶段、轮到谁，申请事项、测绘和验收。"),
            "projects:enter",
            order=40,
        )
    )
    navigation.register(
        navigation.MenuItem(_("工程建设项目"), "projects:enter", "portal", order=45)
    )
    register_mine(
        MineSection(
            "projects", _("我的工程建设项目"), "construction/portal/mine.html", projects_section, 40
        )
    )
