"""Django app of the foundation package revisions."""

from django.apps import AppConfig


class RevisionsConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.revisions"
    label = "revisions"
