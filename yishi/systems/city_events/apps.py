"""Django app of the city events system (一网统管)."""

from django.apps import AppConfig


class CityEventsConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.systems.city_events"
    label = "city_events"
