"""Django app of the foundation package papers."""

from django.apps import AppConfig


class PapersConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.papers"
    label = "papers"
