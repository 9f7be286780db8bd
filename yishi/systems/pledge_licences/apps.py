"""Django app of licences by pledge (承诺即入)."""

from __future__ import annotations

from django.apps import AppConfig


class PledgeLicencesConfig(AppConfig):
    """Registers lifecycle, roles, the published list and its pages with the foundation."""

    name = "yishi.systems.pledge_licences"
    label = "pledge_licences"
    api_router = "yishi.systems.pledge_licences.api.router"
    portal_urls = "yishi.systems.pledge_licences.portal.urls"

    def ready(self) -> None:
        """Tell the foundation what this system brings."""
        from yishi.foundation.access.actors import register_roles
        from yishi.foundation.approvals import single
        from yishi.foundation.cases.catalogue import register_parser
        from yishi.foundation.cases.erasure import register_part
        from yishi.foundation.cases.kpis import register_kpis
        from yishi.foundation.cases.lifecycle import register_lifecycle
        from yishi.foundation.credit import effects
        from yishi.foundation.exchange.register import register_system
        from yishi.foundation.messages import texts
        from yishi.foundation.papers.certificates.services import register_status_listener
        from yishi.foundation.papers.issuing import register_kinds
        from yishi.foundation.parties.walked import register_table
        from yishi.systems.pledge_licences import (
            catalogue,
            keeping,
            kpis,
            menu,
            notices,
            papers,
            states,
        )
        from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
        from yishi.systems.pledge_licences.services import bars, composite, listing

        register_lifecycle(LIFECYCLE)
        register_roles(*states.ROLES)
        register_parser(
            states.SYSTEM, catalogue.parse_folder, catalogue.dump_folder, catalogue.from_content
        )
        texts.register(notices.TEXTS)
        register_kinds(*papers.KINDS)
        register_part(keeping.PART)
        register_table(keeping.TABLE)
        register_system(keeping.EXCHANGE)
        register_kpis(states.SYSTEM, kpis.books)
        register_status_listener(composite.follow)
        single.register_bar(bars.why_barred)
        effects.register_listener(listing.follow)
        menu.tell()
