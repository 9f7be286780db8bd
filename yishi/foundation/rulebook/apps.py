"""Django app of the foundation package rulebook."""

from django.apps import AppConfig


class RulebookConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.rulebook"
    label = "rulebook"
