"""Django app of the face api."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.faces.api"
    label = "api"
