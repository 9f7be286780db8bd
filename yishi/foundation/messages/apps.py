"""Django app of the foundation package messages."""

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    """Registers the package with Django."""

    name = "yishi.foundation.messages"
    label = "messaging"

    def ready(self) -> None:
        """Tell the owners of data that somebody disputes it."""
        from yishi.foundation.messages.tickets import tell_owner
        from yishi.foundation.parties.fields import register_told

        register_told(tell_owner)
