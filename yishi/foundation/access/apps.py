"""Django app of the foundation package access."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.access"
    label = "access"
