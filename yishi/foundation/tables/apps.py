"""Django app of the foundation package tables."""

from django.apps import AppConfig


class TablesConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.tables"
    label = "tables"
