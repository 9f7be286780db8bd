"""Django app of facts that departments supply and their snapshots (数据归集)."""

from __future__ import annotations

from django.apps import AppConfig


class FactsConfig(AppConfig):
    """Sources, deliveries and immutable snapshots of facts about parties."""

    name = "yishi.foundation.facts"
    label = "facts"

    def ready(self) -> None:
        """Tell the house what this package brings."""
        from yishi.foundation.access.actors import Reach, Role, register_roles
        from yishi.foundation.facts import keeping
        from yishi.foundation.facts.scope import OWNER
        from yishi.foundation.papers.uploads import register_keeper

        register_roles(Role(OWNER, "数据提供人员", Reach.UNIT))
        register_keeper(keeping.used)
