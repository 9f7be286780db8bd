"""Django app of the face portal."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.faces.portal"
    label = "portal"
