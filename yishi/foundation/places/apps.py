"""Django app of the foundation package places."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.places"
    label = "places"
