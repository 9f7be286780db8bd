"""Django app of the face desk."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.faces.desk"
    label = "desk"
