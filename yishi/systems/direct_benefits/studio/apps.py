"""Django app of the policy studio (政策编制) and of the officers' pages of direct benefits."""

from __future__ import annotations

from django.apps import AppConfig


class BenefitStudioConfig(AppConfig):
    """Drafts of benefit items, and what the desk offers of direct benefits."""

    name = "yishi.systems.direct_benefits.studio"
    label = "benefit_studio"
    desk_urls = "yishi.systems.direct_benefits.studio.urls"

    def ready(self) -> None:
        """Tell the desk what there is."""
        from yishi.systems.direct_benefits.studio import menu

        menu.tell()
