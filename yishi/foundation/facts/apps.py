"""Django app of facts that departments supply and their snapshots (数据归集)."""

from __future__ import annotations

from django.apps import AppConfig


class FactsConfig(AppConfig):
    """Sources, deliveries and immutable snapshots of facts about parties."""

    name = "yishi.foundation.facts"
    label = "facts"
    api_router = "yishi.foundation.facts.api.router"
    desk_urls = "yishi.foundation.facts.desk.urls"

    def ready(self) -> None:
        """Tell the house what this package brings."""
        from django.utils.translation import gettext_noop

        from yishi.foundation.access.actors import Reach, Role, register_roles
        from yishi.foundation.facts import keeping
        from yishi.foundation.facts.scope import OWNER
        from yishi.foundation.papers.uploads import register_keeper

        register_roles(Role(OWNER, gettext_noop("数据提供人员"), Reach.UNIT))
        register_keeper(keeping.used)
        _offer_pages()


def _offer_pages() -> None:
    """Menu entries of the desk."""
    from django.utils.translation import gettext_lazy as _

    from yishi.foundation.facts.desk.common import ROLES
    from yishi.foundation.ui.navigation import MenuItem, register

    group = _("数据归集")
    register(
        MenuItem(_("数据来源"), "desk:facts:sources", "desk", ROLES, group, order=66, card=True),
        MenuItem(_("数据更正"), "desk:facts:corrections", "desk", ROLES, group, order=67),
    )
