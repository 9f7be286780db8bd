"""Django app of the face open311."""

from django.apps import AppConfig


class Open311Config(AppConfig):
    """Registers the package with Django."""

    name = "yishi.faces.open311"
    label = "open311"
