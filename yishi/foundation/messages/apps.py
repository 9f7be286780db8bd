"""Django app of the foundation package messages."""

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.messages"
    label = "messaging"
