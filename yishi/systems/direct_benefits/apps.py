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
        from yishi.foundation.cases.lifecycle import register_lifecycle
        from yishi.systems.direct_benefits import states
        from yishi.systems.direct_benefits.lifecycle import LIFECYCLE

        register_lifecycle(LIFECYCLE)
        register_roles(*states.ROLES)
