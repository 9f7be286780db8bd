"""Django app of the foundation package access."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.access"
    label = "access"

    def ready(self) -> None:
        """Note when somebody signed in."""
        from yishi.foundation.access.signing import connect

        connect()
