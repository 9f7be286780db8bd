"""Django app of the city events system (一网统管)."""

from __future__ import annotations

from django.apps import AppConfig


class CityEventsConfig(AppConfig):
    """Registers lifecycle, roles and catalogue format with the foundation."""

    name = "yishi.systems.city_events"
    label = "city_events"
    api_router = "yishi.systems.city_events.api.router"

    def ready(self) -> None:
        """Tell the foundation what this system brings."""
        from yishi.foundation.access.actors import register_roles
        from yishi.foundation.cases.catalogue import register_parser
        from yishi.foundation.cases.lifecycle import register_lifecycle
        from yishi.systems.city_events import catalogue, roles
        from yishi.systems.city_events.lifecycle import LIFECYCLE, SYSTEM

        register_lifecycle(LIFECYCLE)
        register_roles(*roles.ROLES)
        register_parser(
            SYSTEM, catalogue.parse_folder, catalogue.dump_folder, catalogue.from_content
        )
