"""Django app of the credit file."""

from __future__ import annotations

from django.apps import AppConfig


class CreditConfig(AppConfig):
    """Registers what the credit file brings."""

    name = "yishi.foundation.credit"
    label = "credit"

    def ready(self) -> None:
        """Tell the house what this package brings."""
        from yishi.foundation.rulebook.seed import register_file

        register_file("credit/effects.yaml")
