"""Django app of the credit file."""

from __future__ import annotations

from django.apps import AppConfig


class CreditConfig(AppConfig):
    """Registers what the credit file brings."""

    name = "yishi.foundation.credit"
    label = "credit"
    api_router = "yishi.foundation.credit.api.router"
    desk_urls = "yishi.foundation.credit.desk.urls"
    portal_urls = "yishi.foundation.credit.portal"

    def ready(self) -> None:
        """Tell the house what this package brings."""
        from yishi.foundation.access.actors import Reach, Role, register_roles
        from yishi.foundation.audit.retention import register_kind
        from yishi.foundation.cases.party_erasure import register_holder
        from yishi.foundation.credit import keeping
        from yishi.foundation.parties.walked import register_table
        from yishi.foundation.rulebook.seed import register_file

        register_file("credit/effects.yaml")
        register_roles(Role("credit_officer", "信用管理人员", Reach.SCOPE))
        register_holder(keeping.HOLDER)
        register_kind(*keeping.KINDS)
        register_table(*keeping.TABLES)
        _offer_pages()


def _offer_pages() -> None:
    """Menu entries of the desk, a service of the portal, and one's own records on 我的."""
    from django.utils.translation import gettext_lazy as _

    from yishi.foundation.credit import portal
    from yishi.foundation.credit.scope import KEEPERS
    from yishi.foundation.ui.applicant import MineSection, register_mine
    from yishi.foundation.ui.navigation import MenuItem, register
    from yishi.foundation.ui.services import Service, register_service

    keepers = frozenset(KEEPERS)
    register(
        *(
            MenuItem(
                label, f"desk:credit:{name}", "desk", keepers, _("信用"), order=60 + i, card=i < 2
            )
            for i, (label, name) in enumerate(
                (
                    (_("信用记录"), "records"),
                    (_("信用筛查"), "screenings"),
                    (_("相近名称核对"), "near"),
                    (_("信用异议"), "objections"),
                    (_("失信数据来源"), "sources"),
                )
            )
        )
    )
    register_service(
        Service(
            _("信用公示查询"),
            _("查企业和个人公示中的信用记录；对自己的记录可以提出异议。"),
            "credit:search",
            order=60,
        )
    )
    register_mine(
        MineSection("credit", _("我的信用记录"), "credit/mine.html", portal.mine, order=60)
    )
