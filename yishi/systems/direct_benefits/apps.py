"""Django app of direct benefits (无申请兑现)."""

from __future__ import annotations

from django.apps import AppConfig


class DirectBenefitsConfig(AppConfig):
    """Batches of payouts from the list to the account."""

    name = "yishi.systems.direct_benefits"
    label = "direct_benefits"

    def ready(self) -> None:
        """Tell the foundation what this system brings."""
        from yishi.foundation.access.actors import register_roles
        from yishi.foundation.cases.catalogue import register_parser
        from yishi.foundation.cases.lifecycle import register_lifecycle
        from yishi.systems.direct_benefits import catalogue, states
        from yishi.systems.direct_benefits.lifecycle import LIFECYCLE
        from yishi.systems.direct_benefits.payments import events, waiting
        from yishi.systems.direct_benefits.ports import orders
        from yishi.systems.direct_benefits.services import hearing

        register_lifecycle(LIFECYCLE)
        register_roles(*states.ROLES)
        register_parser(states.SYSTEM, catalogue.parse, catalogue.dump, catalogue.build)
        events.register(hearing.hear)
        events.register_guard(hearing.guard)
        waiting.register_source(
            waiting.Source(orders.ABOUT, "兑现批次", orders.groups, orders.order)
        )
