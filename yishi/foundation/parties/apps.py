"""Django app of the foundation package parties."""

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.parties"
    label = "parties"
