"""Django app of the city events system (一网统管)."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CityEventsConfig(AppConfig):
    """Registers lifecycle, roles and catalogue format with the foundation."""

    name = "yishi.systems.city_events"
    label = "city_events"
    api_router = "yishi.systems.city_events.api.router"
    open311_source = "yishi.systems.city_events.open311.SOURCE"
    api_webhooks = "yishi.systems.city_events.exchange.schemas.WEBHOOKS"
    portal_urls = "yishi.systems.city_events.portal.urls"

    def ready(self) -> None:
        """Tell the foundation what this system brings."""
        from yishi.foundation import revisions
        from yishi.foundation.access.actors import register_roles
        from yishi.foundation.audit.retention import register_kind
        from yishi.foundation.cases import checks
        from yishi.foundation.cases.catalogue import register_parser
        from yishi.foundation.cases.erasure import REPORTERS, register_part
        from yishi.foundation.cases.figures import register_stages
        from yishi.foundation.cases.kpis import register_kpis
        from yishi.foundation.cases.lifecycle import register_lifecycle
        from yishi.foundation.exchange.register import register_system
        from yishi.foundation.messages import texts
        from yishi.systems.city_events import catalogue, context, erasing, hot_counts, roles
        from yishi.systems.city_events.assessment import kpis, verifying
        from yishi.systems.city_events.devices import keeping, silence
        from yishi.systems.city_events.exchange.events import EXCHANGE
        from yishi.systems.city_events.figures import FIGURE_STAGES
        from yishi.systems.city_events.hotline.alarms import TEXTS
        from yishi.systems.city_events.lifecycle import LIFECYCLE, SYSTEM
        from yishi.systems.city_events.routing import reading as routing

        register_lifecycle(LIFECYCLE)
        register_stages(FIGURE_STAGES)
        register_roles(*roles.ROLES)
        register_part(*erasing.PARTS)
        REPORTERS.append(erasing.erase_reporter)
        register_kind(*keeping.KINDS)
        register_parser(
            SYSTEM,
            catalogue.parse_folder,
            catalogue.dump_folder,
            catalogue.from_content,
            catalogue.folder_notes,
        )
        register_parser(
            routing.SYSTEM, routing.parse_folder, routing.dump_folder, routing.from_content
        )
        register_system(EXCHANGE)
        texts.register(TEXTS | silence.TEXTS)
        register_kpis(SYSTEM, kpis.books)
        revisions.READ_FIRST.append(context.read_first)
        checks.STORED.append(verifying.stored_faults)
        checks.STORED.append(hot_counts.faults)
        checks.COUNTING += [verifying.count_all, hot_counts.count_all]
        self._offer_at_the_desk()
        _register_papers()
        _register_portal()

    def _offer_at_the_desk(self) -> None:
        from yishi.foundation.ui import desk, navigation
        from yishi.systems.city_events import menu
        from yishi.systems.city_events.case_page import DESK

        desk.register(DESK)
        navigation.register(*menu.items())


def _register_papers() -> None:
    """The numbered documents of city events."""
    from yishi.foundation.papers.issuing import PaperKind, register_kinds
    from yishi.systems.city_events.dispatch_order import DISPATCH_ORDER
    from yishi.systems.city_events.receipts import REPORT_RECEIPT, RESULT_RECEIPT
    from yishi.systems.city_events.supervision_order import SUPERVISION_ORDER

    register_kinds(
        PaperKind(DISPATCH_ORDER, _("派遣单"), "派遣"),
        PaperKind(REPORT_RECEIPT, _("上报回执"), "上报回执"),
        PaperKind(RESULT_RECEIPT, _("处置回执"), "处置回执"),
        PaperKind(SUPERVISION_ORDER, _("督办单"), "督办"),
    )


def _register_portal() -> None:
    """What residents find on the portal's first page and in its menu."""
    from yishi.foundation.ui import navigation
    from yishi.foundation.ui.services import Service, register_figures, register_service
    from yishi.systems.city_events.lifecycle import SYSTEM
    from yishi.systems.city_events.portal.figures import figures

    register_service(
        Service(
            _("上报问题"),
            _("路面破损、垃圾、路灯、积水、噪声……拍照或写几个字，约两分钟，不用注册。"),
            "events:report",
            main=True,
            order=10,
        ),
        Service(
            _("查询进度和评价"),
            _("凭查询码看现在由谁办理、什么时候办完；办结后可以评价，没解决可以要求重办。"),
            "events:track",
            main=True,
            order=20,
        ),
    )
    register_figures(SYSTEM, figures)
    navigation.register(
        navigation.MenuItem(_("上报问题"), "events:report", "portal", order=20),
        navigation.MenuItem(_("查询和评价"), "events:track", "portal", order=30),
    )
