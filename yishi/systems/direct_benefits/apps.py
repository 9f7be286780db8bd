"""Django app of direct benefits (无申请兑现)."""

from __future__ import annotations

from django.apps import AppConfig


class DirectBenefitsConfig(AppConfig):
    """Batches of payouts from the list to the account."""

    name = "yishi.systems.direct_benefits"
    label = "direct_benefits"

    api_router = "yishi.systems.direct_benefits.api.router"

    def ready(self) -> None:
        """Tell the foundation what this system brings."""
        from yishi.foundation.access.actors import register_roles
        from yishi.foundation.cases.catalogue import register_parser
        from yishi.foundation.cases.erasure import register_part
        from yishi.foundation.cases.kpis import register_kpis
        from yishi.foundation.cases.lifecycle import register_lifecycle
        from yishi.foundation.exchange.register import register_system
        from yishi.foundation.ledger.scope import register_closers, register_readers
        from yishi.foundation.messages import texts
        from yishi.foundation.papers.issuing import register_kinds
        from yishi.foundation.parties.walked import register_table
        from yishi.systems.direct_benefits import catalogue, due, keeping, kpis, papers, states
        from yishi.systems.direct_benefits.lifecycle import LIFECYCLE
        from yishi.systems.direct_benefits.payments import events, waiting
        from yishi.systems.direct_benefits.ports import orders
        from yishi.systems.direct_benefits.services import hearing

        register_lifecycle(LIFECYCLE)
        register_roles(*states.ROLES)
        register_parser(states.SYSTEM, catalogue.parse, catalogue.dump, catalogue.build)
        texts.register(due.TEXTS)
        register_kinds(*papers.KINDS)
        register_part(keeping.PART)
        register_table(*keeping.TABLES)
        register_system(keeping.EXCHANGE)
        register_kpis(states.SYSTEM, kpis.books)
        register_readers(states.MAKER, states.CHECKER)
        register_closers(states.CHECKER)
        events.register(hearing.hear)
        events.register_guard(hearing.guard)
        waiting.register_source(
            waiting.Source(orders.ABOUT, "兑现批次", orders.groups, orders.order)
        )
