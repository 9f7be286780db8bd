"""Django app of the port to the national and provincial service networks."""

from __future__ import annotations

from django.apps import AppConfig


class BenefitExchangeConfig(AppConfig):
    """Policies and results out, acknowledgements in."""

    name = "yishi.systems.direct_benefits.exchange"
    label = "benefit_exchange"
    api_router = "yishi.systems.direct_benefits.exchange.api.router"
    desk_urls = "yishi.systems.direct_benefits.exchange.pages"

    def ready(self) -> None:
        """Tell the foundation what the port brings."""
        from django.utils.translation import gettext_lazy as _

        from yishi.foundation.ui.navigation import MenuItem, register
        from yishi.systems.direct_benefits.exchange.pages import READERS

        register(
            MenuItem(
                _("政策交换"),
                "desk:benefit_exchange:list",
                "desk",
                frozenset(READERS),
                _("查询"),
                order=33,
            )
        )
