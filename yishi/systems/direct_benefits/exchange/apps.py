"""Django app of the port to the national and provincial service networks."""

from __future__ import annotations

from django.apps import AppConfig


class BenefitExchangeConfig(AppConfig):
    """Policies and results out, acknowledgements in."""

    name = "yishi.systems.direct_benefits.exchange"
    label = "benefit_exchange"
    api_router = "yishi.systems.direct_benefits.exchange.api.router"
