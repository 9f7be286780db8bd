"""Django app of the foundation package audit."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.audit"
    label = "audit"
