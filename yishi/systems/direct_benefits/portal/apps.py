"""Django app of the policy portal (政策通)."""

from __future__ import annotations

from django.apps import AppConfig


class BenefitPortalConfig(AppConfig):
    """Pages of 政策通 for the public and for enterprises."""

    name = "yishi.systems.direct_benefits.portal"
    label = "benefit_portal"
    portal_urls = "yishi.systems.direct_benefits.portal.urls"
    desk_urls = "yishi.systems.direct_benefits.portal.desk"

    def ready(self) -> None:
        """Tell the foundation what the portal brings."""
        from yishi.systems.direct_benefits.portal import menu

        menu.tell()
