"""Django app of single items (办件): what integrated services and construction share."""

from __future__ import annotations

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """Registers catalogue, lifecycle and roles of items."""

    name = "yishi.foundation.approvals"
    label = "approvals"

    def ready(self) -> None:
        """Tell the house what this package brings."""
        from yishi.foundation.access.actors import register_roles
        from yishi.foundation.approvals import catalogue, roles
        from yishi.foundation.approvals.context import context_for
        from yishi.foundation.approvals.lifecycle import LIFECYCLE
        from yishi.foundation.cases.catalogue import register_parser
        from yishi.foundation.cases.families import register_context
        from yishi.foundation.cases.lifecycle import register_lifecycle

        register_lifecycle(LIFECYCLE)
        register_roles(*roles.ROLES)
        register_context(catalogue.SYSTEM, context_for)
        register_parser(
            catalogue.SYSTEM, catalogue.parse_folder, catalogue.dump_folder, catalogue.from_content
        )
