"""Django app of credit repair (信用修复)."""

from __future__ import annotations

from django.apps import AppConfig


class RepairConfig(AppConfig):
    """Registers lifecycles, roles and pages of credit repair."""

    name = "yishi.foundation.credit.repair"
    label = "credit_repair"
    api_router = "yishi.foundation.credit.repair.api.router"
    portal_urls = "yishi.foundation.credit.repair.pages.portal_urls"

    def ready(self) -> None:
        """Tell the house what this package brings."""
        from yishi.foundation.access.actors import register_roles
        from yishi.foundation.cases.catalogue import register_parser
        from yishi.foundation.cases.commit import register_follower
        from yishi.foundation.cases.families import register_context
        from yishi.foundation.cases.lifecycle import register_lifecycle
        from yishi.foundation.credit.repair import catalogue, copies, states, telling
        from yishi.foundation.credit.repair.lifecycle import LIFECYCLE, RECORD_LIFECYCLE
        from yishi.foundation.credit.repair.messages import TEXTS
        from yishi.foundation.credit.repair.pages import offered
        from yishi.foundation.credit.repair.registers import context_for, look
        from yishi.foundation.exchange.register import register_system
        from yishi.foundation.messages.texts import register as register_texts

        register_lifecycle(LIFECYCLE)
        register_lifecycle(RECORD_LIFECYCLE)
        register_roles(*states.ROLES)
        register_texts(TEXTS)
        register_context(states.SYSTEM, context_for, look=look)
        register_context(states.RECORD, context_for, look=look)
        register_parser(states.SYSTEM, catalogue.parse, catalogue.dump, catalogue.build)
        register_system(telling.EXCHANGE)
        register_follower(copies.follow)
        offered.register_all()
