"""Django app of the foundation package calendars."""

from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.calendars"
    label = "calendars"
