"""Django app of single items (办件): what integrated services and construction share."""

from __future__ import annotations

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """Registers catalogue, lifecycle and roles of items."""

    name = "yishi.foundation.approvals"
    label = "approvals"
    api_router = "yishi.foundation.approvals.api.router"

    def ready(self) -> None:
        """Tell the house what this package brings."""
        from yishi.foundation.access.actors import register_roles
        from yishi.foundation.approvals import catalogue, keeping, ratings, roles
        from yishi.foundation.approvals.context import context_for, look
        from yishi.foundation.approvals.lifecycle import LIFECYCLE
        from yishi.foundation.approvals.messages import TEXTS
        from yishi.foundation.cases.catalogue import register_parser
        from yishi.foundation.cases.erasure import register_part
        from yishi.foundation.cases.families import register_context
        from yishi.foundation.cases.lifecycle import register_lifecycle
        from yishi.foundation.exchange.register import register_system
        from yishi.foundation.messages.texts import register as register_texts
        from yishi.foundation.papers.certificates.access import register_keepers, register_readers
        from yishi.foundation.parties.walked import register_table

        register_readers(*roles.READERS)
        register_keepers(roles.APPROVER, roles.HEAD)
        register_lifecycle(LIFECYCLE)
        register_lifecycle(ratings.LIFECYCLE)
        register_roles(*roles.ROLES)
        register_texts(TEXTS)
        register_context(catalogue.SYSTEM, context_for, look=look)
        register_context(ratings.SYSTEM, context_for, look=look)
        register_parser(
            catalogue.SYSTEM, catalogue.parse_folder, catalogue.dump_folder, catalogue.from_content
        )
        register_part(keeping.PART)
        register_table(keeping.TABLE)
        register_system(keeping.EXCHANGE)
        _offer_at_the_desk()


def _offer_at_the_desk() -> None:
    """The desk's part, menu entries and numbered papers."""
    from django.utils.translation import gettext_lazy as _

    from yishi.foundation.approvals import notices, roles, views
    from yishi.foundation.approvals.desk import DESK
    from yishi.foundation.approvals.ratings_desk import DESK as RATINGS
    from yishi.foundation.papers.issuing import PaperKind, register_kinds
    from yishi.foundation.ui import desk
    from yishi.foundation.ui.navigation import MenuItem, register

    desk.register(DESK)
    desk.register(RATINGS)
    register_kinds(
        *(PaperKind(key, label, prefix) for key, (label, prefix) in notices.KINDS.items())
    )
    clerks, watchers = frozenset({roles.CLERK}), views.WATCHERS
    new, cards = "desk:approvals:items", "desk:approvals:cards"
    register(
        MenuItem(_("单项事项收件"), new, "desk", clerks, _("审批"), order=20, card=True),
        MenuItem(_("审批红黄牌"), cards, "desk", watchers, _("审批"), order=21, card=True),
    )
