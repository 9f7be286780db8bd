"""Django app of the face screen."""

from django.apps import AppConfig


class ScreenConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.faces.screen"
    label = "screen"
