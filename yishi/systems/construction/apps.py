"""Django app of construction approvals (工程建设项目审批)."""

from __future__ import annotations

from django.apps import AppConfig


class ConstructionConfig(AppConfig):
    """Registers lifecycle, roles, catalogue and pages with the foundation."""

    name = "yishi.systems.construction"
    label = "construction"

    def ready(self) -> None:
        """Tell the foundation what this system brings."""
        from yishi.foundation.access.actors import register_roles
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
