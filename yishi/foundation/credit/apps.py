"""Django app of the credit file."""

from __future__ import annotations

from django.apps import AppConfig


class CreditConfig(AppConfig):
    """Registers what the credit file brings."""

    name = "yishi.foundation.credit"
    label = "credit"

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
