"""Django app of the foundation package cases."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.cases"
    label = "cases"
