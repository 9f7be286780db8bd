"""Django app of the foundation package ui."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Registers the package with Django. It has no tables."""

    name = "yishi.foundation.ui"
    label = "ui"
